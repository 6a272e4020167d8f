import type { Accounts, OrganisationView } from "../accounts/accounts.ts";
import { isAdmin } from "../domain/organisation.ts";

/** The organisations that someone belongs to. */
export const organisationsOf = async (person: string, accounts: Accounts): Promise<readonly OrganisationView[]> => {
  const principals = await accounts.principalsOf(person);
  const found = await Promise.all(
    principals
      .filter(({ ground }) => ground?.type === "member")
      .map(({ principal }) => accounts.organisation(person, principal.id)),
  );
  return found.flatMap((decision) => (decision.ok ? [decision.value] : []));
};

/** Those of them that they are an admin of. */
export const ownedBy = async (person: string, accounts: Accounts): Promise<readonly OrganisationView[]> =>
  (await organisationsOf(person, accounts)).filter((organisation) => isAdmin(organisation, person));
