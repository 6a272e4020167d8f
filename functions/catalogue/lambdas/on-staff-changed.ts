import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoCityFacts } from "../adapters/dynamo-city-facts.ts";
import { onStaffChanged } from "../consumers/on-staff-changed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onStaffChanged({ facts: dynamoCityFacts(documentClient(), TABLE_NAME) });
