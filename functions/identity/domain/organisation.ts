import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";

export type OrganisationKind = "enterprise" | "public-institution" | "social-organisation" | "government-organ";
export type MemberRole = "admin" | "handler";

export interface Member {
  readonly person: string;
  /** admin (管理员) manages members and mandates; handler (经办人) applies for the organisation. */
  readonly roles: readonly MemberRole[];
  readonly since: Instant;
}

/**
 * Another legal representative, who showed the register's document (准予变更登记通知书, 营业执照) at a counter; or another guardian,
 * who showed theirs (出生医学证明, 户口簿, 判决书).
 */
export interface Replacement {
  /** The visit to the counter at which it was shown. */
  readonly visit: string;
  readonly staff: string;
  readonly department: string;
  readonly evidence: Evidence;
  /** Who it was until then. */
  readonly before: string;
  readonly at: Instant;
}

export interface Evidence {
  /** What was shown, with its number. */
  readonly document: string;
  /** Of the scan that the department keeps. */
  readonly sha256?: string | undefined;
}

/** A legal person (法人), known by its unified social credit code. */
export interface Organisation {
  readonly uscc: string;
  readonly version: number;
  readonly name: string;
  readonly kind: OrganisationKind;
  /** The legal representative (法定代表人), by person id. */
  readonly representative: string;
  readonly members: readonly Member[];
  /** How the representative came to be one, where they did not register it themselves. */
  readonly replacement?: Replacement | undefined;
  /** False for an early code whose check character is wrong, let in by the warn mode. */
  readonly checked: boolean;
  readonly registeredAt: Instant;
}

/** In "warn" mode an early code with a wrong check character is let in and marked. */
export type UsccCheck = "strict" | "warn";

export type OrganisationRefusal =
  | "organisation.invalid-code"
  | "organisation.not-representative"
  | "organisation.assurance-too-low";

/** Its legal representative registers it, and is its first admin. */
export const registerOrganisation = (
  { uscc, name, kind }: Pick<Organisation, "uscc" | "name" | "kind">,
  representative: { readonly name: string; readonly idNumber: string },
  registrant: { readonly id: string; readonly name: string; readonly idNumber: string; readonly assurance: number },
  check: UsccCheck,
  at: Instant,
): Decision<Organisation, OrganisationRefusal> => {
  const checked = isUscc(uscc);
  if (!checked && (check === "strict" || !/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(uscc)))
    return refuse("organisation.invalid-code");
  if (representative.idNumber !== registrant.idNumber || representative.name !== registrant.name)
    return refuse("organisation.not-representative");
  if (registrant.assurance < 2) return refuse("organisation.assurance-too-low");
  return accept({
    uscc,
    version: 1,
    name,
    kind,
    representative: registrant.id,
    members: [{ person: registrant.id, roles: ["admin", "handler"], since: at }],
    checked,
    registeredAt: at,
  });
};

export const isAdmin = ({ members }: Pick<Organisation, "members">, person: string): boolean =>
  members.some((member) => member.person === person && member.roles.includes("admin"));

/** Whoever the legal representative has made an admin does not take the organisation out of their hands. */
const isAnothersRepresentative = ({ representative }: Organisation, person: string, by: string): boolean =>
  person === representative && by !== representative;

/** Takes a member in, or changes their roles. */
export const setMember = (
  organisation: Organisation,
  { person, roles }: Pick<Member, "person" | "roles">,
  by: string,
  at: Instant,
): Decision<Organisation, "member.last-admin" | "member.is-representative"> => {
  if (isAnothersRepresentative(organisation, person, by) && !roles.includes("admin"))
    return refuse("member.is-representative");
  const since = organisation.members.find((known) => known.person === person)?.since ?? at;
  const member = { person, roles: [...new Set(roles)].sort(), since };
  return withAdmin({
    ...organisation,
    version: organisation.version + 1,
    members: [...organisation.members.filter((known) => known.person !== person), member],
  });
};

/**
 * The one before is a member no longer, whoever they are and whatever they think of it; what the organisation has granted stays
 * granted. The same person again, or the same visit, changes nothing. Refused when another visit has replaced the representative
 * since this one was opened: a request that comes late, or again, does not undo what was shown after it.
 * @param shown with when the visit was opened
 */
export const replaceRepresentative = (
  organisation: Organisation,
  person: string,
  { openedAt, ...shown }: Omit<Replacement, "before" | "at"> & { readonly openedAt: Instant },
  at: Instant,
): Decision<Organisation, "organisation.replaced-since"> => {
  const { representative: before, replacement } = organisation;
  if (person === before || shown.visit === replacement?.visit) return accept(organisation);
  if (replacement && replacement.at >= openedAt) return refuse("organisation.replaced-since");
  const since = organisation.members.find((known) => known.person === person)?.since ?? at;
  return accept({
    ...organisation,
    version: organisation.version + 1,
    representative: person,
    replacement: { ...shown, before, at },
    members: [
      ...organisation.members.filter((known) => known.person !== person && known.person !== before),
      { person, roles: ["admin", "handler"], since },
    ],
  });
};

export const removeMember = (
  organisation: Organisation,
  person: string,
  by: string,
): Decision<Organisation, "member.last-admin" | "member.not-found" | "member.is-representative"> => {
  if (!organisation.members.some((known) => known.person === person)) return refuse("member.not-found");
  if (isAnothersRepresentative(organisation, person, by)) return refuse("member.is-representative");
  return withAdmin({
    ...organisation,
    version: organisation.version + 1,
    members: organisation.members.filter((known) => known.person !== person),
  });
};

const withAdmin = (organisation: Organisation): Decision<Organisation, "member.last-admin"> =>
  organisation.members.some(({ roles }) => roles.includes("admin"))
    ? accept(organisation)
    : refuse("member.last-admin");
