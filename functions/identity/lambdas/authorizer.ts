import { createRemoteJWKSet } from "jose";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { liveGrounds } from "../adapters/live-grounds.ts";
import { authorizer } from "../authorizer.ts";

const { ISSUER, TABLE_NAME } = env({ ISSUER: z.url(), TABLE_NAME: z.string() });

export const handler = authorizer({
  issuer: ISSUER,
  keys: createRemoteJWKSet(new URL(`${ISSUER}/jwks`)),
  live: liveGrounds(dynamoRows(documentClient(), TABLE_NAME, systemClock)),
});
