import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoClients } from "../adapters/dynamo-clients.ts";
import { dynamoOidcModels } from "../adapters/dynamo-oidc-models.ts";
import { deployedAccounts } from "../deployed-accounts.ts";
import { subjectOf } from "../issuer/subjects.ts";
import { warmInteractions } from "../issuer/warm-interactions.ts";
import { identityPages } from "../pages/identity-pages.ts";
import { issuerPages } from "../pages/issuer-pages.ts";
import { outsideSignInOf } from "../upstreams/configured-sign-in.ts";
import { loadOutsideSettings } from "../upstreams/outside-settings.ts";
import { dynamoSpentMarks } from "../upstreams/spent-marks.ts";

const { TABLE_NAME, ISSUER, SIGNING_KEYS_SECRET, OUTSIDE_SECRET } = env({
  TABLE_NAME: z.string(),
  ISSUER: z.url(),
  SIGNING_KEYS_SECRET: z.string(),
  OUTSIDE_SECRET: z.string(),
});
const { origin } = new URL(ISSUER);
const client = documentClient();
const [accounts, ring, settings] = await Promise.all([
  deployedAccounts(async (account, except) => void (await interactions.endAllSessions(subjectOf(account), except))),
  loadKeyRing(SIGNING_KEYS_SECRET),
  loadOutsideSettings(OUTSIDE_SECRET),
]);
const clients = dynamoClients(client, TABLE_NAME);

const interactions = warmInteractions({
  issuer: ISSUER,
  clients,
  models: dynamoOidcModels(client, TABLE_NAME),
  accounts,
  pages: issuerPages,
  keyRing: () => loadKeyRing(SIGNING_KEYS_SECRET),
  now: Date.now,
});

export const handler = identityPages({
  accounts,
  interactions,
  outside: outsideSignInOf(settings, {
    publicUrl: origin,
    keyRing: ring,
    accounts,
    spent: dynamoSpentMarks(client, TABLE_NAME),
  }),
  clients,
  ring,
  origin,
  now: systemClock,
});
