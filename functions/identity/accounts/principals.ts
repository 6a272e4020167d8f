import { accept, refuse } from "#shared/kernel/decision.ts";
import { maskedName } from "#shared/kernel/masking.ts";
import { isGood, type Mandate, type Principal, revokeMandate } from "../domain/mandate.ts";
import { isAdmin } from "../domain/organisation.ts";
import type { OpenPerson } from "../domain/person.ts";
import type { ActingClaims, Ground, MandateView, PrincipalAccounts, PrincipalChoice } from "./accounts.ts";
import { type AccountParts, findOpen, tell } from "./parts.ts";

const groundClaim = (ground: Ground): string => (ground.type === "mandate" ? `mandate:${ground.id}` : ground.type);

export const claimsOf = (person: OpenPerson, { principal, ground }: PrincipalChoice): ActingClaims => ({
  sub: person.id,
  act_for: principal,
  ...(ground && { ground: groundClaim(ground) }),
  acr: String(person.assurance.level),
});

/** Whether someone may decide on behalf of a principal: oneself, or an organisation one is an admin of. */
export const maySpeakFor = async (parts: AccountParts, person: string, principal: Principal): Promise<boolean> => {
  if (principal.kind === "natural") return principal.id === person;
  const organisation = await parts.organisations.find(principal.id);
  return organisation !== undefined && isAdmin(organisation, person);
};

/** An organisation's name, a person's masked; none for an account that is closed. */
const nameOf = async (parts: AccountParts, { kind, id }: Principal): Promise<string | undefined> => {
  if (kind === "legal") return (await parts.organisations.find(id))?.name;
  const person = await findOpen(parts, id);
  return person && maskedName(person.name);
};

export const viewOfMandate = async (parts: AccountParts, mandate: Mandate): Promise<MandateView> => {
  const { id, version, principal, agent, scope, validUntil, grantedAt, evidence } = mandate;
  const [principalName, agentName] = await Promise.all([
    nameOf(parts, principal),
    nameOf(parts, { kind: "natural", id: agent }),
  ]);
  return {
    id,
    version,
    principal,
    principalName: principalName ?? "—",
    agent,
    agentName: agentName ?? "—",
    scope,
    validUntil,
    grantedAt,
    ...(evidence && { evidence }),
    status: mandate.status === "revoked" ? "revoked" : isGood(mandate, parts.now()) ? "active" : "expired",
  };
};

const reach = ({ scope }: Mandate): number => (scope === "all" ? Number.MAX_SAFE_INTEGER : scope.length);

const principalsOf = async (parts: AccountParts, person: OpenPerson): Promise<readonly PrincipalChoice[]> => {
  const at = parts.now();
  const [organisations, mandates, guardianships] = await Promise.all([
    parts.organisations.ofMember(person.id),
    parts.mandates.byAgent(person.id),
    parts.guardianships.ofGuardian(person.id),
  ]);
  const members = organisations
    .filter(({ members }) => members.some((member) => member.person === person.id))
    .map(
      ({ uscc, name }): PrincipalChoice => ({
        principal: { kind: "legal", id: uscc },
        ground: { type: "member" },
        name,
        scope: "all",
      }),
    );
  const agencies = mandates
    .filter((mandate) => isGood(mandate, at))
    // A token rests on one mandate: of several by the same principal, on the one that reaches furthest.
    .sort((one, other) => reach(other) - reach(one))
    .map(async ({ id, principal, scope, validUntil }): Promise<PrincipalChoice | undefined> => {
      const name = await nameOf(parts, principal);
      return name ? { principal, ground: { type: "mandate", id }, name, scope, validUntil } : undefined;
    });
  const wards = guardianships
    .filter(({ validUntil }) => validUntil > at)
    .map(async ({ child, validUntil }): Promise<PrincipalChoice | undefined> => {
      const principal = { kind: "natural", id: child } as const;
      const name = await nameOf(parts, principal);
      return name ? { principal, ground: { type: "guardian" }, name, scope: "all", validUntil } : undefined;
    });
  const others = await Promise.all([...agencies, ...wards]);
  return [
    { principal: { kind: "natural", id: person.id }, name: maskedName(person.name), scope: "all" },
    ...members,
    ...others.filter((choice) => choice !== undefined),
  ];
};

export const principalAccounts = (parts: AccountParts): PrincipalAccounts => ({
  async principalsOf(id) {
    const person = await findOpen(parts, id);
    return person ? principalsOf(parts, person) : [];
  },

  async mayActFor(id, wanted) {
    const person = await findOpen(parts, id);
    const choices = person ? await principalsOf(parts, person) : [];
    const choice = choices.find(({ principal }) => principal.kind === wanted.kind && principal.id === wanted.id);
    return person && choice ? accept({ choice, claims: claimsOf(person, choice) }) : refuse("mandate.none");
  },

  async mandatesOf(by) {
    const mandates =
      "agent" in by ? await parts.mandates.byAgent(by.agent) : await parts.mandates.byPrincipal(by.principal);
    return Promise.all(mandates.map((mandate) => viewOfMandate(parts, mandate)));
  },

  async revokeMandate(person, id) {
    const mandate = await parts.mandates.find(id);
    if (!mandate) return refuse("mandate.not-found");
    if (mandate.agent !== person && !(await maySpeakFor(parts, person, mandate.principal)))
      return refuse("mandate.not-found");
    const revoked = revokeMandate(mandate, person, parts.now());
    if (!revoked) return accept(await viewOfMandate(parts, mandate));
    await parts.mandates.save(revoked);
    const agent = await findOpen(parts, mandate.agent);
    await tell(parts, agent?.phone, "mandate-revoked");
    return accept(await viewOfMandate(parts, revoked));
  },
});
