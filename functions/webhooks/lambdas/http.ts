import * as z from "zod";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { addressRules } from "../adapters/address-rules.ts";
import { dynamoEventConsumers } from "../adapters/dynamo-event-consumers.ts";
import { guardedPost } from "../adapters/guarded-post.ts";
import { secretVault } from "../adapters/secret-vault.ts";
import { client, deployed, table } from "../deployed.ts";
import { createEndpointEndpoint } from "../http/create-endpoint.ts";
import { deliveryEndpoints } from "../http/deliveries.ts";
import { eventConsumerEndpoints } from "../http/event-consumers.ts";
import { manageEndpoints } from "../http/manage-endpoint.ts";

const { SIGNING_KEYS_SECRET, ALLOWED_PRIVATE_HOSTS } = env({
  SIGNING_KEYS_SECRET: z.string(),
  ALLOWED_PRIVATE_HOSTS: z.string().default(""),
});
const deps = {
  ...deployed,
  consumers: dynamoEventConsumers(client, table),
  vault: secretVault(fieldCipher(await loadKeyRing(SIGNING_KEYS_SECRET))),
  guard: guardedPost({ rules: addressRules(ALLOWED_PRIVATE_HOSTS), timeout: 5_000 }),
};

export const handler = httpLambda([
  createEndpointEndpoint(deps),
  ...manageEndpoints(deps),
  ...deliveryEndpoints(deps),
  ...eventConsumerEndpoints(deps),
]);
