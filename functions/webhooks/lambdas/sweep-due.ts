import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { sqsAttempts } from "../adapters/sqs-attempts.ts";
import { onMinutePassed } from "../consumers/on-minute-passed.ts";

const { TABLE_NAME, ATTEMPTS_QUEUE_URL } = env({ TABLE_NAME: z.string(), ATTEMPTS_QUEUE_URL: z.string() });

export const handler = onMinutePassed({
  deliveries: dynamoDeliveries(documentClient(), TABLE_NAME),
  attempts: sqsAttempts(new SQSClient({}), ATTEMPTS_QUEUE_URL),
  now: systemClock,
});
