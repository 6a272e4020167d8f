import { createRemoteJWKSet } from "jose";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { knownApplicants } from "../adapters/known-applicants.ts";
import { lazyCipher } from "../adapters/lazy-cipher.ts";
import { liveGrounds } from "../adapters/live-grounds.ts";
import { authorizer } from "../authorizer.ts";

const { ISSUER, TABLE_NAME, FIELD_KEYS_SECRET } = env({
  ISSUER: z.url(),
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
});
const rows = dynamoRows(documentClient(), TABLE_NAME, systemClock);

export const handler = authorizer({
  issuer: ISSUER,
  keys: createRemoteJWKSet(new URL(`${ISSUER}/jwks`)),
  live: liveGrounds(rows),
  applicants: knownApplicants(rows, lazyCipher(FIELD_KEYS_SECRET)),
});
