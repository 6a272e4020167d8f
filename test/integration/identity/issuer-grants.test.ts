import * as client from "openid-client";
import { expect, it } from "vitest";
import { storedAccounts } from "#functions/identity/accounts/stored-accounts.ts";
import { dynamoOidcModels } from "#functions/identity/adapters/dynamo-oidc-models.ts";
import { dynamoRows } from "#functions/identity/adapters/dynamo-rows.ts";
import { IdentityData, signInGrants } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { clerk, identityStage, justNow, li, zhang } from "#test/support/accounts-stage.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { signIn } from "#test/support/issuer-persons.ts";
import { authorization, CALLBACK, issuerStage, type Person } from "#test/support/issuer-stage.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

it("the issuer signs in by every way with what it is granted, and is granted nothing else", async () => {
  const documents = ownDocuments();
  await createDeployedTable(documents, "grants", (scope) => new IdentityData(scope, local));
  const stage = identityStage({ rows: (now) => dynamoRows(documents, "grants", now) });
  const boss = await stage.person(zhang);
  const agent = await stage.person(li);
  await stage.staff.save(clerk, stage.clock());
  await stage.accounts.grantMandate(justNow(boss), {
    id: "01KB0M6A4B5C6D7E8F9G0H1J2K",
    fingerprint: "f",
    principal: { kind: "natural", id: boss },
    agent,
    scope: "all",
    validUntil: "2027-01-01T00:00:00.000Z",
  });
  stage.later(5);
  const code = await stage.codeFor(zhang.phone, "sign-in");

  /** What only the issuer does, from here on. */
  const used = new Set<string>();
  const ofIssuer = ownDocuments();
  ofIssuer.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        const { IndexName } = args.input as { IndexName?: string };
        used.add(commandName.replace(/Command$/, "") + (IndexName ? ` ${IndexName}` : ""));
        return next(args);
      },
    { step: "initialize", name: "used" },
  );
  const issuer = await issuerStage({
    models: dynamoOidcModels(ofIssuer, "grants"),
    accounts: storedAccounts({
      sessionsOf: async () => [],
      rows: dynamoRows(ofIssuer, "grants", stage.clock),
      cipher: stage.cipher,
      messages: stage.messages,
      verifier: { begin: async () => ({ result: "unavailable" }), outcome: async () => ({ result: "unavailable" }) },
      endSessions: () => Promise.reject(new Error("the issuer ends no sessions by itself")),
      now: stage.clock,
    }),
    clients: [
      {
        id: "portal",
        grants: ["authorization_code", "refresh_token", "client_credentials"],
        redirectUris: [CALLBACK],
        firstParty: true,
        scopes: ["persons:self", "personal:read"],
      },
      {
        id: "program",
        grants: ["urn:yimen:grant:password", "urn:yimen:grant:phone-code", "refresh_token"],
        firstParty: true,
      },
    ],
  });
  try {
    const portal = await issuer.discover("portal");
    const program = await issuer.discover("program");
    await client.clientCredentialsGrant(portal, { scope: "persons:self" });
    const signsIn: Person = ({ prompt }) => (prompt === "sign-in" ? signIn("2", agent) : undefined);
    const request = await authorization(portal, {
      scope: "openid profile phone personal:read persons:self",
      purpose: "delivery",
      principal: `natural:${boss}`,
    });
    const browser = issuer.browser();
    const { at } = await browser.open(request.url, signsIn);
    const tokens = await request.done(at);
    expect(tokens.claims()?.name).toBe(li.name);
    const next = await client.refreshTokenGrant(portal, tokens.refresh_token ?? "");
    await expect(client.refreshTokenGrant(portal, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await client.tokenRevocation(portal, next.refresh_token ?? "");
    const byPassword = await client.genericGrantRequest(program, "urn:yimen:grant:password", {
      identifier: zhang.phone,
      password: zhang.password,
    });
    await client.genericGrantRequest(program, "urn:yimen:grant:phone-code", { ...code, phone: zhang.phone });
    await client.tokenRevocation(program, byPassword.refresh_token ?? "");
  } finally {
    await issuer.close();
    ofIssuer.destroy();
    documents.destroy();
  }

  const granted = [
    ...signInGrants.actions.map((action) => action.replace(/^dynamodb:(.*?)(Item)?$/, "$1")),
    ...signInGrants.indexes.map((index) => `Query ${index}`),
  ];
  expect([...used].map((one) => one.replace(/Item$/, "")).sort()).toEqual(granted.sort());
});
