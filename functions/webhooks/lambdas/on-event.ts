import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { sqsAttempts } from "../adapters/sqs-attempts.ts";
import { onEvent } from "../consumers/on-event.ts";

const { TABLE_NAME, ATTEMPTS_QUEUE_URL } = env({ TABLE_NAME: z.string(), ATTEMPTS_QUEUE_URL: z.string() });
const client = documentClient();

export const handler = onEvent({
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME),
  attempts: sqsAttempts(new SQSClient({}), ATTEMPTS_QUEUE_URL),
  now: systemClock,
});
