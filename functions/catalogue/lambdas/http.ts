import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { dynamoBasicItems } from "../adapters/dynamo-basic-items.ts";
import { dynamoCityFacts } from "../adapters/dynamo-city-facts.ts";
import { dynamoFinder } from "../adapters/dynamo-finder.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { readingEndpoints } from "../http/reading.ts";
import { guidePage, manualPage } from "../pages/item-pages.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const client = documentClient();
const deps = {
  items: dynamoItems(client, TABLE_NAME),
  basics: dynamoBasicItems(client, TABLE_NAME),
  facts: dynamoCityFacts(client, TABLE_NAME),
  finder: dynamoFinder(client, TABLE_NAME),
};

export const handler = httpLambda(readingEndpoints(deps), { pages: [guidePage(deps), manualPage(deps)] });
