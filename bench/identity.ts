import { PutCommand } from "@aws-sdk/lib-dynamodb";
import * as client from "openid-client";
import { storedAccounts } from "#functions/identity/accounts/stored-accounts.ts";
import { dynamoOidcModels } from "#functions/identity/adapters/dynamo-oidc-models.ts";
import { dynamoRows } from "#functions/identity/adapters/dynamo-rows.ts";
import { scryptPasswords } from "#functions/identity/adapters/scrypt-passwords.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { measuredClients } from "#test/support/issuer-clients.ts";
import { authorization, issuerStage, ring } from "#test/support/issuer-stage.ts";
import { observe } from "#test/support/observed-client.ts";
import { interleaved, publish, ratio, row, TIMES_HEAD } from "./measure.ts";

const SIGN_INS = 60;
const TOKENS = 200;
const MINUTES = 60_000;

const who = { name: "张三丰", idNumber: "11010519491231002X", phone: "13800138000", password: "correct horse 1" };

/** Sign-in and tokens through the issuer's lambda over loopback, on DynamoDB Local in memory. */
const signIns = async (): Promise<string[]> => {
  const dynamo = await startDynamoDb();
  const documents = localDocumentClient(dynamo.endpoint);
  await createDeployedTable(documents, "identity", (scope) => new IdentityData(scope, local));
  const sent = observe(documents);
  let at = Date.now();
  const now = () => new Date(at).toISOString();
  let code = "";
  const passwords = scryptPasswords();
  const accounts = storedAccounts({
    sessionsOf: async () => [],
    rows: dynamoRows(documents, "identity", now),
    cipher: fieldCipher(ring),
    messages: {
      sendCode: async (message) => {
        code = message.code;
        return { result: "sent" };
      },
      sendNotice: async () => ({ result: "sent" }),
    },
    verifier: { begin: async () => ({ result: "unavailable" }), outcome: async () => ({ result: "unavailable" }) },
    endSessions: async () => {},
    now,
    passwords,
  });
  const origin = { source: "203.0.113.7" };
  const started = await accounts.startPhoneChallenge({ phone: who.phone, purpose: "register" }, origin);
  if (!started.ok) throw new Error(started.refusal.code);
  const consents = (["account", "sensitive-data"] as const).map((purpose) => ({ purpose, textVersion: "2026-1" }));
  const proof = { challenge: started.value.challenge, code };
  const registered = await accounts.register({ ...who, proof, consents }, origin);
  if (!registered.ok) throw new Error(registered.refusal.code);

  const stage = await issuerStage({
    models: dynamoOidcModels(documents, "identity"),
    accounts,
    clients: measuredClients,
  });
  try {
    const program = await stage.discover("mini-program");
    const portal = await stage.discover("portal");
    let refreshToken = "";
    // Limits are per quarter of an hour; so much lies between two sign-ins.
    const later = () => {
      at += 20 * MINUTES;
    };
    const byPassword = async () => {
      later();
      const tokens = await client.genericGrantRequest(program, "urn:yimen:grant:password", {
        identifier: who.idNumber,
        password: who.password,
        scope: "persons:self",
      });
      refreshToken = tokens.refresh_token ?? "";
    };
    const byPage = async () => {
      later();
      const signedIn = await accounts.signInWithPassword({ identifier: who.idNumber, password: who.password }, origin);
      if (!signedIn.ok) throw new Error(signedIn.refusal.code);
      const { person, assurance } = signedIn.value;
      const request = await authorization(portal, { scope: "openid persons:self" });
      const acr = assurance.level === 0 ? "0" : assurance.level === 1 ? "1" : assurance.level === 2 ? "2" : "3";
      const { at: back } = await stage
        .browser()
        .open(request.url, () => ({ kind: "signed-in", subject: { kind: "person", person }, acr, amr: ["pwd"] }));
      await request.done(back);
    };
    const refresh = async () => {
      refreshToken = (await client.refreshTokenGrant(program, refreshToken)).refresh_token ?? "";
    };
    const clientToken = () => client.clientCredentialsGrant(program, { scope: "persons:self" });
    const oneHash = () => passwords.hash(who.password);
    let puts = 0;
    const onePut = () =>
      documents.send(new PutCommand({ TableName: "identity", Item: { pk: `bench#${puts++}`, sk: "current" } }));

    const slow = await interleaved(SIGN_INS, { byPassword, byPage, oneHash });
    await byPassword();
    const quick = await interleaved(TOKENS, { clientToken, refresh, onePut });

    const writesOf = async (work: () => Promise<unknown>): Promise<number> => {
      sent.length = 0;
      await work();
      return sent.filter(({ command }) => /^(Put|Update|Delete|Transact)/.test(command)).length;
    };
    const writes = {
      byPassword: await writesOf(byPassword),
      byPage: await writesOf(byPage),
      refresh: await writesOf(refresh),
    };
    return [
      ...TIMES_HEAD,
      row("sign-in by interface (password, tokens)", slow("byPassword")),
      row("sign-in by page (password, code with PKCE, tokens)", slow("byPage")),
      row("one scrypt hash by itself", slow("oneHash")),
      row("token of a client (client credentials)", quick("clientToken")),
      row("tokens by refresh, with rotation", quick("refresh")),
      row("one put by itself", quick("onePut")),
      "",
      `A sign-in by interface takes ${ratio(slow("byPassword"), slow("oneHash"))} times its scrypt hash, one by page ` +
        `${ratio(slow("byPage"), slow("oneHash"))} times; a client's token ${ratio(quick("clientToken"), quick("onePut"))} ` +
        `times one put, a refresh ${ratio(quick("refresh"), quick("onePut"))} times.`,
      "",
      `Writes: ${writes.byPassword} per sign-in by interface, ${writes.byPage} per sign-in by page, ${writes.refresh} per refresh ` +
        "(limits counted along; a client's token writes nothing).",
    ];
  } finally {
    await stage.close();
    documents.destroy();
    await dynamo.stop();
  }
};

publish("identity", "Identity: sign-in and tokens", await signIns());
