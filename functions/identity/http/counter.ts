import * as contract from "#shared/contracts/http/identity.ts";
import { refuse } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { originOf } from "./calling.ts";

const openCounterSessionEndpoint = (accounts: Accounts) =>
  endpoint(contract.openCounterSession, async ({ caller, key, body, source }) => {
    if (!caller.staff) return refuse("counter.not-a-clerk");
    const id = derivedId("counter", caller.staff, key);
    return accounts.openCounterSession(caller.staff, { ...body, id }, originOf(caller, source));
  });

const endCounterSessionEndpoint = (accounts: Accounts) =>
  endpoint(contract.endCounterSession, async ({ caller, path }) =>
    caller.staff ? accounts.endCounterSession(caller.staff, path.id) : refuse("counter.not-found"),
  );

const replaceRepresentativeEndpoint = (accounts: Accounts) =>
  endpoint(contract.replaceRepresentative, async ({ caller, path, body }) =>
    caller.staff ? accounts.replaceRepresentative(caller.staff, path.id, body) : refuse("counter.not-a-clerk"),
  );

const replaceGuardianEndpoint = (accounts: Accounts) =>
  endpoint(contract.replaceGuardian, async ({ caller, path, body }) =>
    caller.staff ? accounts.replaceGuardian(caller.staff, path.id, body) : refuse("counter.not-a-clerk"),
  );

export const counterEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [openCounterSessionEndpoint, replaceRepresentativeEndpoint, replaceGuardianEndpoint, endCounterSessionEndpoint].map(
    (create) => create(accounts),
  );
