import { personScopes, type Scope, scopes, staffScopes } from "#shared/contracts/http/scopes.ts";

const ofPersons: ReadonlySet<string> = new Set(personScopes);
const ofStaff: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(staffScopes));

/** Every scope of our API. */
export const apiScopes = Object.keys(scopes) as Scope[];

/** Which of a client's scopes a token can carry when people sign in with it. */
export const scopesOfUsers = (registered: readonly string[], users: "persons" | "staff"): string[] =>
  registered.filter((scope) => (users === "staff" ? ofStaff.has(scope) : ofPersons.has(scope)));

/** Which of them a member of staff holds the role for. */
export const scopesOfRoles = (registered: readonly string[], roles: readonly string[]): string[] =>
  registered.filter((scope) => ofStaff.get(scope)?.some((role) => roles.includes(role)));
