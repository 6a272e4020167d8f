import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { onMinutePassed } from "../consumers/on-minute-passed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onMinutePassed({ items: dynamoItems(documentClient(), TABLE_NAME), now: systemClock });
