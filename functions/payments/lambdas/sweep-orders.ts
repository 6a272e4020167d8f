import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { offeredProviders, offeredReceipts } from "../adapters/offered-providers.ts";
import { loadProviderSettings } from "../adapters/provider-settings.ts";
import { sweepOrders } from "../sweep-orders.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, PROVIDERS_SECRET, API_URL } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  PROVIDERS_SECRET: z.string(),
  API_URL: z.url(),
});
const [ring, settings] = await Promise.all([loadKeyRing(FIELD_KEYS_SECRET), loadProviderSettings(PROVIDERS_SECRET)]);
const outside = { wire: wire(6_000), now: systemClock };

export const handler = sweepOrders({
  orders: dynamoOrders(documentClient(), { table: TABLE_NAME, cipher: fieldCipher(ring) }),
  providers: offeredProviders(settings, { apiUrl: API_URL, ...outside }),
  receipts: offeredReceipts(settings, outside),
  now: systemClock,
});
