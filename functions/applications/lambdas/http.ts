import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "../adapters/dynamo-applications.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { applicationEndpoints } from "../http/index.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const client = documentClient();

export const handler = httpLambda(
  applicationEndpoints({
    applications: dynamoApplications(client, {
      table: TABLE_NAME,
      cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)),
    }),
    items: dynamoItems(client, TABLE_NAME),
    now: systemClock,
  }),
);
