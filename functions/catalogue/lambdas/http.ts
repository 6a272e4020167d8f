import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { listItemsEndpoint } from "../http/list-items.ts";
import { readItemEndpoint } from "../http/read-item.ts";
import { readItemVersionEndpoint } from "../http/read-item-version.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });
const deps = { items: dynamoItems(documentClient(), TABLE_NAME) };

export const handler = httpLambda([listItemsEndpoint(deps), readItemEndpoint(deps), readItemVersionEndpoint(deps)]);
