import { setTimeout } from "node:timers/promises";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { dynamoFeedLog } from "../adapters/dynamo-feed-log.ts";
import { sqsWakes } from "../adapters/sqs-wakes.ts";
import { onEvent } from "../consumers/on-event.ts";
import { feedAppender } from "../feed/append.ts";
import { endpointWaker } from "../feed/wake-endpoints.ts";

const { TABLE_NAME, QUICK_QUEUE_URL, SLOW_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  QUICK_QUEUE_URL: z.string(),
  SLOW_QUEUE_URL: z.string(),
});
const client = documentClient();

export const handler = onEvent({
  append: feedAppender({
    log: dynamoFeedLog(client, TABLE_NAME, systemClock),
    now: systemClock,
    pause: (seconds) => setTimeout(seconds * 1000),
    random: Math.random,
  }),
  wake: endpointWaker({
    endpoints: dynamoEndpoints(client, TABLE_NAME),
    wakes: sqsWakes(new SQSClient({}), { quick: QUICK_QUEUE_URL, slow: SLOW_QUEUE_URL }),
  }),
  now: systemClock,
});
