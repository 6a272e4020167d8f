import { setTimeout } from "node:timers/promises";
import { SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { newId } from "#shared/kernel/ids.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { dynamoFeedLog } from "../adapters/dynamo-feed-log.ts";
import { dynamoLanes } from "../adapters/dynamo-lanes.ts";
import { dynamoRecoveries } from "../adapters/dynamo-recoveries.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { httpsCourier } from "../adapters/https-courier.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { sqsWakes } from "../adapters/sqs-wakes.ts";
import { onLaneWoken } from "../consumers/on-lane-woken.ts";
import { lanePusher } from "../push/push-lane.ts";
import { recoverer } from "../push/recover.ts";

const { TABLE_NAME, SIGNING_KEYS_SECRET, ALLOWED_PRIVATE_HOSTS, QUICK_QUEUE_URL, SLOW_QUEUE_URL, SPEED, PATIENCE } =
  env({
    TABLE_NAME: z.string(),
    SIGNING_KEYS_SECRET: z.string(),
    ALLOWED_PRIVATE_HOSTS: z.string().default(""),
    QUICK_QUEUE_URL: z.string(),
    SLOW_QUEUE_URL: z.string(),
    SPEED: z.enum(["quick", "slow"]),
    PATIENCE: z.coerce.number().int().positive(),
  });
const client = documentClient();
const vault = secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET)));
const deps = {
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  lanes: dynamoLanes(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME, systemClock),
  recoveries: dynamoRecoveries(client, TABLE_NAME, systemClock),
  log: dynamoFeedLog(client, TABLE_NAME, systemClock),
  wakes: sqsWakes(new SQSClient({}), { quick: QUICK_QUEUE_URL, slow: SLOW_QUEUE_URL }),
  courier: httpsCourier(guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: PATIENCE * 1000 }), vault),
  speed: SPEED,
  patience: PATIENCE,
  now: systemClock,
  random: Math.random,
  pause: (seconds: number) => setTimeout(seconds * 1000),
  newHolder: newId,
};

export const handler = onLaneWoken({ push: lanePusher(deps), recover: recoverer(deps) });
