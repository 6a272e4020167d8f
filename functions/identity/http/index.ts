import type { Endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { counterEndpoints } from "./counter.ts";
import { mandateEndpoints } from "./mandates.ts";
import { organisationEndpoints } from "./organisations.ts";
import { ownAccountEndpoints } from "./own-account.ts";
import { registrationEndpoints } from "./registration.ts";
import { staffEndpoints } from "./staff.ts";

export const identityEndpoints = (accounts: Accounts): readonly Endpoint[] => [
  ...registrationEndpoints(accounts),
  ...ownAccountEndpoints(accounts),
  ...organisationEndpoints(accounts),
  ...mandateEndpoints(accounts),
  ...counterEndpoints(accounts),
  ...staffEndpoints(accounts),
];
