import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { httpsCourier } from "../adapters/https-courier.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { sqsAttempts } from "../adapters/sqs-attempts.ts";
import { onAttemptDue } from "../consumers/on-attempt-due.ts";

const { TABLE_NAME, SIGNING_KEYS_SECRET, ATTEMPTS_QUEUE_URL, ALLOWED_PRIVATE_HOSTS } = env({
  TABLE_NAME: z.string(),
  SIGNING_KEYS_SECRET: z.string(),
  ATTEMPTS_QUEUE_URL: z.string(),
  ALLOWED_PRIVATE_HOSTS: z.string().default(""),
});
const client = documentClient();

export const handler = onAttemptDue({
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME),
  attempts: sqsAttempts(new SQSClient({}), ATTEMPTS_QUEUE_URL),
  vault: secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET))),
  courier: httpsCourier(guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: 15_000 })),
  now: systemClock,
  random: Math.random,
});
