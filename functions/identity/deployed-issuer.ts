import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoClients } from "./adapters/dynamo-clients.ts";
import { dynamoOidcModels } from "./adapters/dynamo-oidc-models.ts";
import { deployedAccounts } from "./deployed-accounts.ts";
import { issuerPages } from "./pages/issuer-pages.ts";

/** What the provider stands on in functions that show no sign-in and account pages. Read once, at cold start. */
export const deployedIssuer = async () => {
  const { TABLE_NAME, ISSUER, SIGNING_KEYS_SECRET } = env({
    TABLE_NAME: z.string(),
    ISSUER: z.url(),
    SIGNING_KEYS_SECRET: z.string(),
  });
  const client = documentClient();
  return {
    issuer: ISSUER,
    clients: dynamoClients(client, TABLE_NAME),
    models: dynamoOidcModels(client, TABLE_NAME),
    accounts: await deployedAccounts(),
    pages: issuerPages,
    keyRing: () => loadKeyRing(SIGNING_KEYS_SECRET),
    now: Date.now,
  };
};
