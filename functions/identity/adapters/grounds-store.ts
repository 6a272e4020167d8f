import * as z from "zod";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import {
  MandateGrantedV1,
  MandateRevokedV1,
  OrganisationRegisteredV1,
  RepresentativeReplacedV1,
} from "#shared/contracts/events/identity.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Guardianship, Guardianships, Mandates, Organisations } from "../domain/account-ports.ts";
import type { Mandate, Principal } from "../domain/mandate.ts";
import type { Organisation } from "../domain/organisation.ts";
import { CURRENT, type IdentityRows, type Row } from "./identity-rows.ts";
import { StoredReplacement } from "./stored-replacement.ts";

const Kind = z.enum(["natural", "legal"]);
const StoredMandate = z.object({
  id: z.string(),
  version: z.int().positive(),
  by: z.object({ kind: Kind, id: z.string() }),
  agent: z.string(),
  scope: z.union([z.literal("all"), z.array(z.string())]),
  validUntil: z.string(),
  evidence: z.object({ file: z.string(), sha256: z.string() }).optional(),
  status: z.enum(["active", "revoked"]),
  grantedBy: z.string(),
  grantedAt: z.string(),
  revokedAt: z.string().optional(),
  revokedBy: z.string().optional(),
  fingerprint: z.string(),
});
const StoredOrganisation = z.object({
  uscc: z.string(),
  version: z.int().positive(),
  name: z.string(),
  kind: z.enum(["enterprise", "public-institution", "social-organisation", "government-organ"]),
  representative: z.string(),
  members: z.array(z.object({ person: z.string(), roles: z.array(z.enum(["admin", "handler"])), since: z.string() })),
  replacement: StoredReplacement.optional(),
  checked: z.boolean(),
  registeredAt: z.string(),
}) satisfies z.ZodType<Organisation>;
const StoredGuardianship = z.object({ guardian: z.string(), child: z.string(), validUntil: z.string() });

export const mandateKey = (id: string): string => `mandate#${id}`;
export const memberKey = (uscc: string, person: string): string => `member#${uscc}#${person}`;
export const guardianshipKey = (child: string, guardian: string): string => `guardianship#${child}#${guardian}`;
export const organisationKey = (uscc: string): string => `organisation#${uscc}`;
const agentReference = (person: string): string => `agent#${person}`;
const principalValue = ({ kind, id }: Principal): string => `${kind}#${id}`;

export const guardianshipRow = (guardianship: Guardianship): Row => ({
  pk: guardianshipKey(guardianship.child, guardianship.guardian),
  sk: CURRENT,
  ...guardianship,
  reference: agentReference(guardianship.guardian),
});

/** The rows an agent is bound to, of one kind. */
const rowsOfAgent = async (rows: IdentityRows, person: string, kind: string): Promise<readonly Row[]> => {
  const keys = await rows.keysBy("reference", agentReference(person));
  const found = await Promise.all(keys.filter((key) => key.startsWith(`${kind}#`)).map((key) => rows.find(key)));
  return found.filter((row) => row !== undefined);
};

export const mandatesStore = (rows: IdentityRows): Mandates => {
  const mandateOf = (row: Row): Mandate => {
    const { by, ...stored } = StoredMandate.parse(row);
    return { ...stored, principal: by };
  };
  const events = (mandate: Mandate) => {
    const { id, version, principal, agent, validUntil } = mandate;
    const data = { mandate: id, principal, agent };
    return eventsOf({ source: "/identity", subject: id, version, at: mandate.revokedAt ?? mandate.grantedAt }, [
      mandate.status === "active"
        ? { contract: MandateGrantedV1, data: { ...data, validUntil } }
        : { contract: MandateRevokedV1, data },
    ]);
  };
  const newestFirst = (a: Mandate, b: Mandate) => (a.grantedAt < b.grantedAt ? 1 : -1);
  return {
    async find(id) {
      const row = await rows.find(mandateKey(id));
      return row && mandateOf(row);
    },
    save({ principal, ...mandate }) {
      const row = {
        pk: mandateKey(mandate.id),
        sk: CURRENT,
        ...mandate,
        by: principal,
        reference: agentReference(mandate.agent),
        principal: principalValue(principal),
      };
      return rows.save(row, events({ principal, ...mandate }));
    },
    byAgent: async (agent) => (await rowsOfAgent(rows, agent, "mandate")).map(mandateOf).sort(newestFirst),
    async byPrincipal(principal) {
      const keys = await rows.keysBy("principal", principalValue(principal));
      const found = await Promise.all(keys.filter((key) => key.startsWith("mandate#")).map((key) => rows.find(key)));
      return found
        .filter((row) => row !== undefined)
        .map(mandateOf)
        .sort(newestFirst);
    },
  };
};

const organisationEvents = (organisation: Organisation, before: Organisation | undefined): readonly AnyEvent[] => {
  const { uscc, version, kind, registeredAt, replacement } = organisation;
  if (!before)
    return eventsOf({ source: "/identity", subject: uscc, version, at: registeredAt }, [
      { contract: OrganisationRegisteredV1, data: { organisation: uscc, kind } },
    ]);
  if (!replacement || before.representative === organisation.representative) return [];
  const { visit, department: servedBy, at } = replacement;
  return eventsOf({ source: "/identity", subject: uscc, version, at }, [
    { contract: RepresentativeReplacedV1, data: { organisation: uscc, visit, servedBy } },
  ]);
};

export const organisationsStore = (rows: IdentityRows): Organisations => {
  const find = async (uscc: string) => {
    const row = await rows.find(organisationKey(uscc));
    return row && StoredOrganisation.parse(row);
  };
  return {
    find,
    async save(organisation, before) {
      const { uscc, members } = organisation;
      const left = (before?.members ?? []).filter(({ person }) => !members.some((member) => member.person === person));
      await rows.saveTogether({
        aggregate: { pk: organisationKey(uscc), sk: CURRENT, ...organisation },
        events: organisationEvents(organisation, before),
        put: members.map(({ person, roles }) => ({
          pk: memberKey(uscc, person),
          sk: CURRENT,
          uscc,
          person,
          roles,
          reference: agentReference(person),
        })),
        remove: left.map(({ person }) => memberKey(uscc, person)),
      });
    },
    async ofMember(person) {
      const memberships = await rowsOfAgent(rows, person, "member");
      const found = await Promise.all(memberships.map(({ uscc }) => find(String(uscc))));
      return found.filter((organisation) => organisation !== undefined);
    },
  };
};

export const guardianshipsStore = (rows: IdentityRows): Guardianships => ({
  async ofGuardian(guardian) {
    return (await rowsOfAgent(rows, guardian, "guardianship")).map((row) => StoredGuardianship.parse(row));
  },
  async find(child, guardian) {
    const row = await rows.find(guardianshipKey(child, guardian));
    return row && StoredGuardianship.parse(row);
  },
  end: (child, guardian) => rows.remove(guardianshipKey(child, guardian)),
});
