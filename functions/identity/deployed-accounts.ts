import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import type { Accounts } from "./accounts/accounts.ts";
import { intoTheNextSecond } from "./accounts/parts.ts";
import { type StoredAccountsParts, storedAccounts } from "./accounts/stored-accounts.ts";
import { dynamoOidcModels } from "./adapters/dynamo-oidc-models.ts";
import { dynamoRows } from "./adapters/dynamo-rows.ts";
import { endSessionsIn, sessionsIn } from "./adapters/sessions-end.ts";
import { loadOutsideSettings } from "./upstreams/outside-settings.ts";
import { outsidePorts } from "./upstreams/outside-world.ts";

/**
 * The accounts as every function of identity has them that serves people. Read once, at cold start.
 * @param endSessions where there is a provider, its own way, which tells clients; the rows alone unless told.
 */
export const deployedAccounts = async (endSessions?: StoredAccountsParts["endSessions"]): Promise<Accounts> => {
  const { TABLE_NAME, FIELD_KEYS_SECRET, OUTSIDE_SECRET, USCC_CHECK } = env({
    TABLE_NAME: z.string(),
    FIELD_KEYS_SECRET: z.string(),
    /** Without it nothing is sent to anyone, and nobody is verified. */
    OUTSIDE_SECRET: z.string().optional(),
    USCC_CHECK: z.enum(["strict", "warn"]).default("strict"),
  });
  const client = documentClient();
  const [ring, outside] = await Promise.all([
    loadKeyRing(FIELD_KEYS_SECRET),
    OUTSIDE_SECRET === undefined ? {} : loadOutsideSettings(OUTSIDE_SECRET),
  ]);
  const cipher = fieldCipher(ring);
  const models = dynamoOidcModels(client, TABLE_NAME);
  return storedAccounts({
    rows: dynamoRows(client, TABLE_NAME, systemClock),
    cipher,
    ...outsidePorts(outside),
    endSessions: intoTheNextSecond(endSessions ?? endSessionsIn(models)),
    sessionsOf: sessionsIn(models),
    now: systemClock,
    usccCheck: USCC_CHECK,
  });
};
