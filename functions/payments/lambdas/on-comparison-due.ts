import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { dynamoDays } from "../adapters/dynamo-days.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { offeredProviders } from "../adapters/offered-providers.ts";
import { providerBills } from "../adapters/provider-bills.ts";
import { loadProviderSettings } from "../adapters/provider-settings.ts";
import { onComparisonDue } from "../consumers/on-comparison-due.ts";
import { lookAfterOrder } from "../look-after-order.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, PROVIDERS_SECRET, API_URL } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  PROVIDERS_SECRET: z.string(),
  API_URL: z.url(),
});
const [ring, settings] = await Promise.all([loadKeyRing(FIELD_KEYS_SECRET), loadProviderSettings(PROVIDERS_SECRET)]);
const client = documentClient();
const orders = dynamoOrders(client, { table: TABLE_NAME, cipher: fieldCipher(ring) });
const outside = { wire: wire(10_000), slow: wire(8 * 60_000), now: systemClock };
const look = lookAfterOrder({
  orders,
  providers: offeredProviders(settings, { apiUrl: API_URL, ...outside }),
  receipts: undefined,
  now: systemClock,
});

export const handler = onComparisonDue({
  days: dynamoDays(client, TABLE_NAME),
  orders,
  bills: providerBills(settings, outside),
  lookAfter: (order) => look(order, { atOnce: true }),
  now: systemClock,
});
