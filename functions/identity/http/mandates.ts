import type { Caller } from "#shared/contracts/http/caller.ts";
import * as contract from "#shared/contracts/http/identity.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId, fingerprint } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { type ActingPerson, actingPerson } from "./calling.ts";

/** A mandate is not passed on: who acts under one neither grants, lists nor revokes for the principal. */
const speaking = (caller: Caller): ActingPerson | undefined =>
  caller.ground?.startsWith("mandate:") ? undefined : actingPerson(caller);

const grantMandateEndpoint = (accounts: Accounts) =>
  endpoint(contract.grantMandate, async ({ caller, key, body }) => {
    // A clerk could grant one to whom they like.
    if (caller.helper) return refuse("person.not-at-the-counter");
    const acting = speaking(caller);
    if (!acting) return refuse("mandate.not-yours-to-grant");
    const { person, actFor: principal } = acting;
    return accounts.grantMandate(acting, {
      ...body,
      principal,
      id: derivedId("mandate", person, key),
      fingerprint: fingerprint([principal, body]),
    });
  });

const listMandatesEndpoint = (accounts: Accounts) =>
  endpoint(contract.listMandates, async ({ caller, query }) => {
    const acting = actingPerson(caller);
    if (!acting) return refuse("request.scope-missing");
    if (query.as === "agent") return accept({ items: await accounts.mandatesOf({ agent: acting.person }) });
    if (!speaking(caller)) return refuse("mandate.not-yours-to-grant");
    return accept({ items: await accounts.mandatesOf({ principal: acting.actFor }) });
  });

const revokeMandateEndpoint = (accounts: Accounts) =>
  endpoint(contract.revokeMandate, async ({ caller, path }) => {
    const acting = actingPerson(caller);
    return acting ? accounts.revokeMandate(acting.person, path.id) : refuse("request.scope-missing");
  });

const verifyMandateEndpoint = (accounts: Accounts) =>
  endpoint(contract.verifyMandate, ({ path }) => accounts.verifyMandate(path.id));

export const mandateEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [grantMandateEndpoint, listMandatesEndpoint, revokeMandateEndpoint, verifyMandateEndpoint].map((create) =>
    create(accounts),
  );
