import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { dynamoDays } from "../adapters/dynamo-days.ts";
import { dynamoOrders } from "../adapters/dynamo-orders.ts";
import { offeredProviders } from "../adapters/offered-providers.ts";
import { loadProviderSettings } from "../adapters/provider-settings.ts";
import { receiptPath } from "../adapters/receipt-link.ts";
import { sqsComparisons } from "../adapters/sqs-comparisons.ts";
import { providerNames } from "../domain/attempt.ts";
import { paymentEndpoints } from "../http/index.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, PROVIDERS_SECRET, API_URL, COMPARISONS_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  PROVIDERS_SECRET: z.string(),
  API_URL: z.url(),
  COMPARISONS_QUEUE_URL: z.string(),
});
const client = documentClient();
const [ring, settings] = await Promise.all([loadKeyRing(FIELD_KEYS_SECRET), loadProviderSettings(PROVIDERS_SECRET)]);

export const handler = httpLambda(
  paymentEndpoints({
    orders: dynamoOrders(client, { table: TABLE_NAME, cipher: fieldCipher(ring) }),
    days: dynamoDays(client, TABLE_NAME),
    providers: offeredProviders(settings, { apiUrl: API_URL, wire: wire(5_000), now: systemClock }),
    offered: providerNames.filter((name) => settings[name] !== undefined),
    comparisons: sqsComparisons(new SQSClient({}), COMPARISONS_QUEUE_URL),
    receiptLink: (order, now) => API_URL + receiptPath(ring, order, now),
    now: systemClock,
  }),
);
