import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "./adapters/dynamo-applications.ts";
import { dynamoItems } from "./adapters/dynamo-items.ts";
import { SettingsText } from "./deployed-settings.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, SETTINGS } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  SETTINGS: SettingsText,
});
const client = documentClient();
const cipher = fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET));

/** The table of this deployment, for whatever is not this capability's cases. */
export const table = { client, table: TABLE_NAME, cipher };

/** What every function that acts on cases stands on. */
export const deployed = {
  applications: dynamoApplications(client, { table: TABLE_NAME, cipher }),
  items: dynamoItems(client, { table: TABLE_NAME, now: systemClock }),
  settings: SETTINGS,
  now: systemClock,
};
