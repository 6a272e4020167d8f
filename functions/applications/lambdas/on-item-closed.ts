import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { onItemClosed } from "../consumers/on-item-closed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onItemClosed({ items: dynamoItems(documentClient(), { table: TABLE_NAME, now: systemClock }) });
