import * as z from "zod";
import { readItemVersion } from "#shared/contracts/http/catalogue/finding.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { callApi } from "#shared/runtime/api-client.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { onItemPublished } from "../consumers/on-item-published.ts";

const { TABLE_NAME, API_URL } = env({ TABLE_NAME: z.string(), API_URL: z.url() });

export const handler = onItemPublished({
  items: dynamoItems(documentClient(), { table: TABLE_NAME, now: systemClock }),
  readItem: (code, version) => callApi(API_URL, readItemVersion, { code, version }),
});
