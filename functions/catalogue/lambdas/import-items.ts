import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { importItems } from "../import-items.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = importItems({ items: dynamoItems(documentClient(), TABLE_NAME), now: systemClock });
