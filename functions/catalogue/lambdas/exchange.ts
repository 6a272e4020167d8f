import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { ajvFormCheck } from "../adapters/ajv-form-check.ts";
import { dynamoBasicItems } from "../adapters/dynamo-basic-items.ts";
import { dynamoCityFacts } from "../adapters/dynamo-city-facts.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { exchangingEndpoints } from "../http/exchanging.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const client = documentClient();
const deps = {
  items: dynamoItems(client, TABLE_NAME),
  basics: dynamoBasicItems(client, TABLE_NAME),
  facts: dynamoCityFacts(client, TABLE_NAME),
  checkForm: ajvFormCheck,
  now: systemClock,
};

export const handler = httpLambda(exchangingEndpoints(deps));
