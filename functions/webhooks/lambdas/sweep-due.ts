import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoLanes } from "../adapters/dynamo-lanes.ts";
import { dynamoRecoveries } from "../adapters/dynamo-recoveries.ts";
import { sqsWakes } from "../adapters/sqs-wakes.ts";
import { onMinutePassed } from "../consumers/on-minute-passed.ts";

const { TABLE_NAME, QUICK_QUEUE_URL, SLOW_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  QUICK_QUEUE_URL: z.string(),
  SLOW_QUEUE_URL: z.string(),
});
const client = documentClient();

export const handler = onMinutePassed({
  lanes: dynamoLanes(client, TABLE_NAME),
  recoveries: dynamoRecoveries(client, TABLE_NAME, systemClock),
  wakes: sqsWakes(new SQSClient({}), { quick: QUICK_QUEUE_URL, slow: SLOW_QUEUE_URL }),
  now: systemClock,
});
