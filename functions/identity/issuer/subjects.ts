import type { PrincipalRef } from "../accounts/accounts.ts";
import type { Subject } from "./interactions.ts";

const STAFF = "staff:";

/** How the provider names an account: what tokens carry as `sub`. */
export const accountIdOf = (subject: Subject): string =>
  subject.kind === "staff" ? `${STAFF}${subject.staff}` : subject.person;

export const subjectOf = (accountId: string): Subject =>
  accountId.startsWith(STAFF)
    ? { kind: "staff", staff: accountId.slice(STAFF.length) }
    : { kind: "person", person: accountId };

/** A principal as a request names one: "natural:<person id>" or "legal:<USCC>". */
export const parsePrincipal = (text: string): PrincipalRef | undefined => {
  const [, kind, id] = /^(natural|legal):([0-9A-Z]{18,26})$/.exec(text) ?? [];
  return (kind === "natural" || kind === "legal") && id ? { kind, id } : undefined;
};

export const isSamePrincipal = (one: PrincipalRef, other: PrincipalRef): boolean =>
  one.kind === other.kind && one.id === other.id;
