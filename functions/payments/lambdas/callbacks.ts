import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { offeredProviders } from "../adapters/offered-providers.ts";
import { loadProviderSettings } from "../adapters/provider-settings.ts";
import { paymentCallbacks } from "../http/callbacks.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, PROVIDERS_SECRET, API_URL } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  PROVIDERS_SECRET: z.string(),
  API_URL: z.url(),
});
const [ring, settings] = await Promise.all([loadKeyRing(FIELD_KEYS_SECRET), loadProviderSettings(PROVIDERS_SECRET)]);

export const handler = paymentCallbacks({
  orders: dynamoOrders(documentClient(), { table: TABLE_NAME, cipher: fieldCipher(ring) }),
  // A provider waits 5 seconds for the answer; fetching its keys must leave time to give one.
  providers: offeredProviders(settings, { apiUrl: API_URL, wire: wire(2_500), now: systemClock }),
  now: systemClock,
});
