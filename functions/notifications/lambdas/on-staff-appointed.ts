import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoOfficers } from "../adapters/dynamo-officers.ts";
import { onStaffAppointed } from "../consumers/on-staff-appointed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onStaffAppointed({ officers: dynamoOfficers(documentClient(), TABLE_NAME) });
