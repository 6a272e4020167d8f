import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { sweepDue } from "../sweep-due.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = sweepDue({ items: dynamoItems(documentClient(), TABLE_NAME), now: systemClock });
