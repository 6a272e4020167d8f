import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoClients } from "../adapters/dynamo-clients.ts";
import { dynamoRows } from "../adapters/dynamo-rows.ts";
import { staffStore } from "../adapters/staff-store.ts";
import { importRegistry } from "../import-registry.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const client = documentClient();

export const handler = importRegistry({
  clients: dynamoClients(client, TABLE_NAME),
  staff: staffStore(dynamoRows(client, TABLE_NAME, systemClock), fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET))),
  now: systemClock,
});
