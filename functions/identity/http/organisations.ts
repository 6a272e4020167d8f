import * as contract from "#shared/contracts/http/identity.ts";
import { refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { actingPerson, oneselfAlone } from "./calling.ts";

const registerOrganisationEndpoint = (accounts: Accounts) =>
  endpoint(contract.registerOrganisation, async ({ caller, body }) => {
    const self = oneselfAlone(caller);
    return self.ok ? accounts.registerOrganisation(self.value, body) : self;
  });

/** Members may look and admins change, as themselves or for the organisation; not by mandate, and not at a counter. */
const memberOf = (caller: Parameters<typeof actingPerson>[0], uscc: string): string | undefined => {
  const acting = actingPerson(caller);
  if (!acting || caller.helper) return undefined;
  const { person, actFor } = acting;
  const forItself = actFor.kind === "natural" && actFor.id === person;
  const forTheirs = actFor.kind === "legal" && actFor.id === uscc && caller.ground === "member";
  return forItself || forTheirs ? person : undefined;
};

const readOrganisationEndpoint = (accounts: Accounts) =>
  endpoint(contract.readOrganisation, async ({ caller, path }) => {
    const member = memberOf(caller, path.uscc);
    return member ? accounts.organisation(member, path.uscc) : refuse("organisation.not-found");
  });

const setMemberEndpoint = (accounts: Accounts) =>
  endpoint(contract.setMember, async ({ caller, path, body }) => {
    const admin = memberOf(caller, path.uscc);
    return admin
      ? accounts.setMember(admin, path.uscc, { person: path.person, roles: body.roles })
      : refuse("organisation.not-found");
  });

const removeMemberEndpoint = (accounts: Accounts) =>
  endpoint(contract.removeMember, async ({ caller, path }) => {
    const admin = memberOf(caller, path.uscc);
    return admin ? accounts.removeMember(admin, path.uscc, path.person) : refuse("organisation.not-found");
  });

export const organisationEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [registerOrganisationEndpoint, readOrganisationEndpoint, setMemberEndpoint, removeMemberEndpoint].map((create) =>
    create(accounts),
  );
