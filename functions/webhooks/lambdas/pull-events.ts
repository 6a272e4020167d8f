import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { dynamoEventConsumers } from "../adapters/dynamo-event-consumers.ts";
import { dynamoFeedLog } from "../adapters/dynamo-feed-log.ts";
import { pullEventsEndpoint } from "../http/pull-events.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const client = documentClient();

export const handler = httpLambda([
  pullEventsEndpoint({
    log: dynamoFeedLog(client, TABLE_NAME, systemClock),
    consumers: dynamoEventConsumers(client, TABLE_NAME),
    now: systemClock,
    pause: (seconds) => setTimeout(seconds * 1000),
  }),
]);
