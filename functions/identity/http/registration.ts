import * as contract from "#shared/contracts/http/identity.ts";
import { accept } from "#shared/kernel/decision.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { Accounts } from "../accounts/accounts.ts";
import { originOf } from "./calling.ts";

const startPhoneChallengeEndpoint = (accounts: Accounts) =>
  endpoint(contract.startPhoneChallenge, ({ caller, key, body: { source, ...request } }) =>
    accounts.startPhoneChallenge(
      { ...request, id: derivedId("challenge", caller.client, key) },
      originOf(caller, source),
    ),
  );

const registerPersonEndpoint = (accounts: Accounts) =>
  endpoint(contract.registerPerson, ({ caller, body: { challenge, code, source, ...registration } }) =>
    accounts.register({ ...registration, proof: { challenge, code } }, originOf(caller, source)),
  );

const verifyPersonEndpoint = (accounts: Accounts) =>
  endpoint(contract.verifyPerson, async ({ caller, key, path, body: { purpose, ...claim } }) =>
    accept(
      await accounts.verifyPerson(
        { ...claim, person: path.id },
        {
          id: derivedId("verification", caller.client, path.id, key),
          client: caller.client,
          department: caller.department,
          purpose,
        },
      ),
    ),
  );

const readContactEndpoint = (accounts: Accounts) =>
  endpoint(contract.readContact, ({ caller, key, path, body }) =>
    accounts.contact(path.id, {
      ...body,
      id: derivedId("contact", caller.client, path.id, key),
      client: caller.client,
    }),
  );

export const registrationEndpoints = (accounts: Accounts): readonly Endpoint[] =>
  [startPhoneChallengeEndpoint, registerPersonEndpoint, verifyPersonEndpoint, readContactEndpoint].map((create) =>
    create(accounts),
  );
