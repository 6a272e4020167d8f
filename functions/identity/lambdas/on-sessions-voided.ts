import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoClients } from "../adapters/dynamo-clients.ts";
import { dynamoOidcModels } from "../adapters/dynamo-oidc-models.ts";
import { onSessionsVoided } from "../consumers/on-sessions-voided.ts";
import { deployedAccounts } from "../deployed-accounts.ts";
import { warmSignOut } from "../issuer/sign-out-before.ts";
import { issuerPages } from "../pages/issuer-pages.ts";

const { TABLE_NAME, ISSUER, SIGNING_KEYS_SECRET } = env({
  TABLE_NAME: z.string(),
  ISSUER: z.url(),
  SIGNING_KEYS_SECRET: z.string(),
});
const client = documentClient();

export const handler = onSessionsVoided({
  signOutBefore: warmSignOut({
    issuer: ISSUER,
    clients: dynamoClients(client, TABLE_NAME),
    models: dynamoOidcModels(client, TABLE_NAME),
    accounts: await deployedAccounts(),
    pages: issuerPages,
    keyRing: () => loadKeyRing(SIGNING_KEYS_SECRET),
    now: Date.now,
  }),
});
