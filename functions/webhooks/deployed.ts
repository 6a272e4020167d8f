import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoDeliveries } from "./adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "./adapters/dynamo-endpoints.ts";
import { dynamoFeedLog } from "./adapters/dynamo-feed-log.ts";
import { dynamoLanes } from "./adapters/dynamo-lanes.ts";
import { dynamoRecoveries } from "./adapters/dynamo-recoveries.ts";
import { sqsWakes } from "./adapters/sqs-wakes.ts";

const { TABLE_NAME, QUICK_QUEUE_URL, SLOW_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  QUICK_QUEUE_URL: z.string(),
  SLOW_QUEUE_URL: z.string(),
});

export const client = documentClient();
export const table = TABLE_NAME;

/** What those who wake, push and look after endpoints share. */
export const deployed = {
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  lanes: dynamoLanes(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME, systemClock),
  recoveries: dynamoRecoveries(client, TABLE_NAME, systemClock),
  log: dynamoFeedLog(client, TABLE_NAME, systemClock),
  wakes: sqsWakes(new SQSClient({}), { quick: QUICK_QUEUE_URL, slow: SLOW_QUEUE_URL }),
  now: systemClock,
};
