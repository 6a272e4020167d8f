import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "../adapters/dynamo-applications.ts";
import { dynamoAttempts } from "../progress/attempts.ts";
import { progressPages } from "../progress/pages.ts";
import { dynamoReceipts } from "../receipts/adapters/dynamo-receipts.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const client = documentClient();
const store = { table: TABLE_NAME, cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)) };

export const handler = progressPages({
  applications: dynamoApplications(client, store),
  receipts: dynamoReceipts(client, TABLE_NAME),
  attempts: dynamoAttempts(client, store),
  now: systemClock,
});
