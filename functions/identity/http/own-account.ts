import * as contract from "#shared/contracts/http/identity.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { actingPerson, oneself, oneselfAlone, originOf } from "./calling.ts";

const readMeEndpoint = (accounts: Accounts) =>
  endpoint(contract.readMe, async ({ caller }) => {
    const acting = actingPerson(caller);
    // The authorizer has just looked whether they are the guardian.
    const isGuardian = acting && caller.ground === "guardian";
    const whose = isGuardian ? accept({ person: acting.actFor.id, signedInAt: undefined }) : oneself(caller);
    if (!whose.ok) return whose;
    const account = await accounts.account(whose.value.person, whose.value.signedInAt);
    return account ? accept(account) : refuse("person.closed");
  });

const listPrincipalsEndpoint = (accounts: Accounts) =>
  endpoint(contract.listPrincipals, async ({ caller }) => {
    const acting = actingPerson(caller);
    if (!acting) return refuse("request.scope-missing");
    const choices = await accounts.principalsOf(acting.person);
    return accept({
      items: choices.map(({ ground, ...choice }) => ({ ...choice, ...(ground && { ground: ground.type }) })),
    });
  });

const registerWardEndpoint = (accounts: Accounts) =>
  endpoint(contract.registerWard, async ({ caller, body, source }) => {
    const self = oneselfAlone(caller);
    return self.ok ? accounts.registerWard(self.value, body, originOf(caller, source)) : self;
  });

const changePhoneEndpoint = (accounts: Accounts) =>
  endpoint(contract.changePhone, async ({ caller, key, body, source }) => {
    const self = oneselfAlone(caller);
    if (!self.ok) return self;
    const id = derivedId("phone", caller.client, self.value.person, key);
    return accounts.changePhone(self.value, { ...body, id }, originOf(caller, source));
  });

const changePasswordEndpoint = (accounts: Accounts) =>
  endpoint(contract.changePassword, async ({ caller, key, body, source }) => {
    const self = oneselfAlone(caller);
    if (!self.ok) return self;
    const id = derivedId("password", caller.client, self.value.person, key);
    return accounts.changePassword(self.value.person, { ...body, id }, originOf(caller, source));
  });

const giveConsentEndpoint = (accounts: Accounts) =>
  endpoint(contract.giveConsent, async ({ caller, body, source }) => {
    const self = oneselfAlone(caller);
    if (!self.ok) return self;
    const given = await accounts.giveConsent(self.value, body, originOf(caller, source));
    return given.ok ? accept({ items: given.value }) : given;
  });

const withdrawConsentEndpoint = (accounts: Accounts) =>
  endpoint(contract.withdrawConsent, async ({ caller, path }) => {
    const self = oneselfAlone(caller);
    if (!self.ok) return self;
    const left = await accounts.withdrawConsent(self.value, path.purpose);
    return left.ok ? accept({ items: left.value }) : left;
  });

const listAccessesEndpoint = (accounts: Accounts) =>
  endpoint(contract.listAccesses, async ({ caller, query }) => {
    const self = oneselfAlone(caller);
    if (!self.ok) return self;
    const page = await accounts.accessLog(self.value.person, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

const exportMeEndpoint = (accounts: Accounts) =>
  endpoint(contract.exportMe, async ({ caller, source }) => {
    const self = oneselfAlone(caller);
    return self.ok ? accounts.exportOwnData(self.value, originOf(caller, source)) : self;
  });

const closeMeEndpoint = (accounts: Accounts) =>
  endpoint(contract.closeMe, async ({ caller, body, source }) => {
    const self = oneselfAlone(caller);
    return self.ok ? accounts.closeAccount(self.value.person, body, originOf(caller, source)) : self;
  });

export const ownAccountEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [
    readMeEndpoint,
    listPrincipalsEndpoint,
    registerWardEndpoint,
    changePhoneEndpoint,
    changePasswordEndpoint,
    giveConsentEndpoint,
    withdrawConsentEndpoint,
    listAccessesEndpoint,
    exportMeEndpoint,
    closeMeEndpoint,
  ].map((create) => create(accounts));
