import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { dynamoDeliveries } from "../adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "../adapters/dynamo-endpoints.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { createEndpointEndpoint } from "../http/create-endpoint.ts";
import { deleteEndpointEndpoint } from "../http/delete-endpoint.ts";
import { listDeliveriesEndpoint } from "../http/list-deliveries.ts";
import { listEndpointsEndpoint } from "../http/list-endpoints.ts";

const { TABLE_NAME, SIGNING_KEYS_SECRET, ALLOWED_PRIVATE_HOSTS } = env({
  TABLE_NAME: z.string(),
  SIGNING_KEYS_SECRET: z.string(),
  ALLOWED_PRIVATE_HOSTS: z.string().default(""),
});
const client = documentClient();
const deps = {
  endpoints: dynamoEndpoints(client, TABLE_NAME),
  deliveries: dynamoDeliveries(client, TABLE_NAME),
  vault: secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET))),
  guard: guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: 5_000 }),
  now: systemClock,
};

export const handler = httpLambda([
  createEndpointEndpoint(deps),
  listEndpointsEndpoint(deps),
  deleteEndpointEndpoint(deps),
  listDeliveriesEndpoint(deps),
]);
