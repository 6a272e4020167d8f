import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoCases } from "./adapters/dynamo-cases.ts";
import { dynamoShipments } from "./adapters/dynamo-shipments.ts";
import { dynamoWaybills } from "./adapters/dynamo-waybills.ts";
import { reconciling } from "./domain/watch-shipment.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, QUIET_WORKING_DAYS, UNSENT_WORKING_DAYS, ADDRESS_KEPT_DAYS } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  QUIET_WORKING_DAYS: z.coerce.number().int().positive(),
  UNSENT_WORKING_DAYS: z.coerce.number().int().positive(),
  ADDRESS_KEPT_DAYS: z.coerce.number().int().positive(),
});
const client = documentClient();

export const now = systemClock;
export const cipher = fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET));
export const patience = {
  quietWorkingDays: QUIET_WORKING_DAYS,
  unsentWorkingDays: UNSENT_WORKING_DAYS,
  addressKeptDays: ADDRESS_KEPT_DAYS,
};
export const shipments = reconciling(dynamoShipments(client, { table: TABLE_NAME, cipher, patience }), patience);
export const cases = dynamoCases(client, TABLE_NAME);
export const waybills = dynamoWaybills(client, { table: TABLE_NAME, cipher, now });
