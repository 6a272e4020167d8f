import type { UsccCheck } from "../domain/organisation.ts";
import type { Accounts } from "./accounts.ts";
import { challengeAccounts } from "./challenges.ts";
import { contactAccounts } from "./contact.ts";
import { counterAccounts } from "./counter.ts";
import { organisationAccounts } from "./organisations.ts";
import { ownAccounts } from "./own-account.ts";
import type { AccountParts } from "./parts.ts";
import { principalAccounts } from "./principals.ts";
import { registrationAccounts } from "./registration.ts";
import { signInAccounts } from "./sign-in.ts";
import { staffManagement } from "./staff-management.ts";
import { staffAccounts } from "./staff-sign-in.ts";
import { stepUpAccounts } from "./step-up.ts";

export const createAccounts = (parts: AccountParts, check: UsccCheck = "strict"): Accounts => ({
  ...challengeAccounts(parts),
  ...registrationAccounts(parts),
  ...signInAccounts(parts),
  ...principalAccounts(parts),
  ...organisationAccounts(parts, check),
  ...ownAccounts(parts),
  ...stepUpAccounts(parts),
  ...staffAccounts(parts),
  ...staffManagement(parts),
  ...contactAccounts(parts),
  ...counterAccounts(parts),
});
