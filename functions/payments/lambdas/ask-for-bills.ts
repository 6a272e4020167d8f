import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoDays } from "../adapters/dynamo-days.ts";
import { loadProviderSettings } from "../adapters/provider-settings.ts";
import { sqsComparisons } from "../adapters/sqs-comparisons.ts";
import { askForBills } from "../ask-for-bills.ts";
import { providerNames } from "../domain/attempt.ts";

const { TABLE_NAME, PROVIDERS_SECRET, COMPARISONS_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  PROVIDERS_SECRET: z.string(),
  COMPARISONS_QUEUE_URL: z.string(),
});
const settings = await loadProviderSettings(PROVIDERS_SECRET);

export const handler = askForBills({
  days: dynamoDays(documentClient(), TABLE_NAME),
  bills: { providers: providerNames.filter((name) => settings[name] !== undefined) },
  comparisons: sqsComparisons(new SQSClient({}), COMPARISONS_QUEUE_URL),
  now: systemClock,
});
