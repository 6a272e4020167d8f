import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { recordsStore } from "../adapters/records-store.ts";
import { onPersonalDataRead } from "../consumers/on-personal-data-read.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onPersonalDataRead({
  records: recordsStore(dynamoRows(documentClient(), TABLE_NAME, systemClock)),
});
