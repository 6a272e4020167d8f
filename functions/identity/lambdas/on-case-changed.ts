import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { casesStore } from "../adapters/records-store.ts";
import { onCaseChanged } from "../consumers/on-case-changed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onCaseChanged({ cases: casesStore(dynamoRows(documentClient(), TABLE_NAME, systemClock)) });
