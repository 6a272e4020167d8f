import { isFromBefore, type LiveGrounds } from "../domain/live-grounds.ts";
import { guardianshipKey, mandateKey, memberKey } from "./grounds-store.ts";
import type { IdentityRows, Row } from "./identity-rows.ts";
import { visitKey } from "./passing-stores.ts";
import { personKey } from "./person-row.ts";

const notBeforeOf = ({ notBefore }: Row): string | undefined => (typeof notBefore === "string" ? notBefore : undefined);

/** One consistent read each; the same rows that revocation, dismissal and the end of a visit write. */
export const liveGrounds = (rows: IdentityRows): LiveGrounds => {
  const isOf = (row: Row, { principal, person }: Parameters<LiveGrounds["standing"]>[1]) => {
    const by = row.by as { kind?: unknown; id?: unknown } | undefined;
    return row.agent === person && by?.kind === principal.kind && by?.id === principal.id;
  };
  return {
    async account(person) {
      const row = await rows.find(personKey(person));
      if (row?.status !== "open") return undefined;
      const notBefore = notBeforeOf(row);
      return notBefore === undefined ? {} : { notBefore };
    },
    async standing(ground, acting, at) {
      const { person, principal } = acting;
      if (ground === "member") return (await rows.find(memberKey(principal.id, person))) ? {} : undefined;
      if (ground === "guardian") {
        const row = await rows.find(guardianshipKey(principal.id, person));
        return row && String(row.validUntil) > at ? {} : undefined;
      }
      const row = await rows.find(mandateKey(ground.slice("mandate:".length)));
      if (!row || !isOf(row, acting) || row.status !== "active" || String(row.validUntil) <= at) return undefined;
      // What is not plainly "all" covers no more than it names.
      return row.scope === "all" ? {} : { items: Array.isArray(row.scope) ? row.scope.map(String) : [] };
    },
    async rolesOf(staff) {
      const row = await rows.find(`staff#${staff}`);
      if (!row) return { roles: [] };
      const { roles, department, division, person } = row;
      const notBefore = notBeforeOf(row);
      return {
        roles: Array.isArray(roles) ? roles.map(String) : [],
        ...(typeof department === "string" && { department }),
        ...(typeof division === "string" && { division }),
        ...(typeof person === "string" && { person }),
        ...(notBefore !== undefined && { notBefore }),
      };
    },
    async isVisitOpen(id, { person, staff, issuedAt }, at) {
      const [row, clerk] = await Promise.all([rows.find(visitKey(id)), rows.find(`staff#${staff}`)]);
      return (
        row !== undefined &&
        Array.isArray(clerk?.roles) &&
        clerk.roles.includes("clerk") &&
        clerk.department === row.department &&
        !isFromBefore(issuedAt, notBeforeOf(clerk)) &&
        row.person === person &&
        row.staff === staff &&
        row.endedAt === undefined &&
        String(row.endsAt) > at
      );
    },
  };
};
