import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoFinder } from "../adapters/dynamo-finder.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { onItemChanged } from "../consumers/on-item-changed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const client = documentClient();

export const handler = onItemChanged({
  items: dynamoItems(client, TABLE_NAME),
  finder: dynamoFinder(client, TABLE_NAME),
});
