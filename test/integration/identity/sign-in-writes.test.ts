import { readFile } from "node:fs/promises";
import * as client from "openid-client";
import { afterAll, expect, it } from "vitest";
import { dynamoOidcModels } from "#functions/identity/adapters/dynamo-oidc-models.ts";
import { dynamoRows } from "#functions/identity/adapters/dynamo-rows.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { identityStage, origin, zhang } from "#test/support/accounts-stage.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { measuredClients } from "#test/support/issuer-clients.ts";
import { signIn } from "#test/support/issuer-persons.ts";
import { authorization, type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";
import { observe } from "#test/support/observed-client.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const TABLE = "identity";
const { idNumber, password } = zhang;

let stage: IssuerStage;
afterAll(async () => {
  await stage?.close();
});

it("signing in writes as often as the bench has published: limits, accounts and the issuer's rows", async () => {
  const documents = ownDocuments();
  await createDeployedTable(documents, TABLE, (scope) => new IdentityData(scope, local));
  const sent = observe(documents);
  const { accounts, later, person: registers } = identityStage({ rows: (now) => dynamoRows(documents, TABLE, now) });
  const person = await registers(zhang, 1);
  stage = await issuerStage({
    models: dynamoOidcModels(documents, TABLE),
    accounts,
    clients: measuredClients,
  });
  const [portal, program] = await Promise.all([stage.discover("portal"), stage.discover("mini-program")]);
  const writesOf = async <T>(work: () => Promise<T>): Promise<readonly [number, T]> => {
    // Nobody has signed in for so long that all limits begin anew.
    later(20);
    sent.length = 0;
    const done = await work();
    return [sent.filter(({ command }) => /^(Put|Update|Delete|Batch|Transact)/.test(command)).length, done];
  };

  const [byInterface, { refresh_token = "" }] = await writesOf(() =>
    client.genericGrantRequest(program, "urn:yimen:grant:password", {
      identifier: idNumber,
      password,
      scope: "persons:self",
    }),
  );
  const [byPage] = await writesOf(async () => {
    expect((await accounts.signInWithPassword({ identifier: idNumber, password }, origin)).ok).toBe(true);
    const request = await authorization(portal, { scope: "openid persons:self" });
    const { at } = await stage.browser().open(request.url, () => signIn("1", person));
    return request.done(at);
  });
  const [byRefresh] = await writesOf(() => client.refreshTokenGrant(program, refresh_token));
  const [ofClients] = await writesOf(() => client.clientCredentialsGrant(program, { scope: "persons:self" }));

  const results = await readFile(new URL("../../../bench/results/identity.md", import.meta.url), "utf8");
  const published = /Writes: (\d+) per sign-in by interface, (\d+) per sign-in by page, (\d+) per refresh/.exec(
    results,
  );
  expect([byInterface, byPage, byRefresh]).toEqual(published?.slice(1).map(Number));
  expect(ofClients).toBe(0);
});
