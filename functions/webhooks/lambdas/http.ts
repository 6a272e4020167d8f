import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { dynamoEventConsumers } from "../adapters/dynamo-event-consumers.ts";
import { dynamoFeedLog } from "../adapters/dynamo-feed-log.ts";
import { dynamoLanes } from "../adapters/dynamo-lanes.ts";
import { dynamoRecoveries } from "../adapters/dynamo-recoveries.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { sqsWakes } from "../adapters/sqs-wakes.ts";
import { createEndpointEndpoint } from "../http/create-endpoint.ts";
import { deliveryEndpoints } from "../http/deliveries.ts";
import { eventConsumerEndpoints } from "../http/event-consumers.ts";
import { manageEndpoints } from "../http/manage-endpoint.ts";

const { TABLE_NAME, SIGNING_KEYS_SECRET, ALLOWED_PRIVATE_HOSTS, QUICK_QUEUE_URL, SLOW_QUEUE_URL } = env({
  TABLE_NAME: z.string(),
  SIGNING_KEYS_SECRET: z.string(),
  ALLOWED_PRIVATE_HOSTS: z.string().default(""),
  QUICK_QUEUE_URL: z.string(),
  SLOW_QUEUE_URL: z.string(),
});
const client = documentClient();
const deps = {
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  lanes: dynamoLanes(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME, systemClock),
  recoveries: dynamoRecoveries(client, TABLE_NAME, systemClock),
  consumers: dynamoEventConsumers(client, TABLE_NAME),
  log: dynamoFeedLog(client, TABLE_NAME, systemClock),
  wakes: sqsWakes(new SQSClient({}), { quick: QUICK_QUEUE_URL, slow: SLOW_QUEUE_URL }),
  vault: secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET))),
  guard: guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: 5_000 }),
  now: systemClock,
};

export const handler = httpLambda([
  createEndpointEndpoint(deps),
  ...manageEndpoints(deps),
  ...deliveryEndpoints(deps),
  ...eventConsumerEndpoints(deps),
]);
