import type { Caller } from "#shared/contracts/http/caller.ts";
import * as contract from "#shared/contracts/http/identity.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import type { Operator } from "../domain/staff.ts";

/** A client on its own appoints nobody: someone must answer for it. */
const operatorOf = ({ staff, department, division, roles }: Caller): Operator | undefined =>
  staff && department && division && roles?.includes("operator") ? { staff, department, division } : undefined;

const listStaffEndpoint = (accounts: Accounts) =>
  endpoint(contract.listStaff, async ({ caller, query }) => {
    const operator = operatorOf(caller);
    if (!operator) return refuse("request.scope-missing");
    const page = await accounts.listStaff(operator, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

const readStaffEndpoint = (accounts: Accounts) =>
  endpoint(contract.readStaff, async ({ caller, path }) => {
    const operator = operatorOf(caller);
    return operator ? accounts.readStaff(operator, path.staff) : refuse("request.scope-missing");
  });

const appointStaffEndpoint = (accounts: Accounts) =>
  endpoint(contract.appointStaff, async ({ caller, path, body, ifMatch }) => {
    const operator = operatorOf(caller);
    return operator
      ? accounts.appointStaff(operator, { ...body, staff: path.staff }, ifMatch)
      : refuse("request.scope-missing");
  });

const dismissStaffEndpoint = (accounts: Accounts) =>
  endpoint(contract.dismissStaff, async ({ caller, path }) => {
    const operator = operatorOf(caller);
    return operator ? accounts.dismissStaff(operator, path.staff) : refuse("request.scope-missing");
  });

export const staffEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [listStaffEndpoint, readStaffEndpoint, appointStaffEndpoint, dismissStaffEndpoint].map((create) => create(accounts));
