import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoSealedRows } from "#shared/runtime/sealed-rows.ts";
import { patience } from "../deployed.ts";
import { GUARDS, rotateKeys } from "../rotate-keys.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const rows = dynamoSealedRows(documentClient(), TABLE_NAME, GUARDS);

/** The ring is read anew at every slice: a warm function may be older than the new key. */
export const handler = async (payload: unknown) =>
  rotateKeys({ rows, cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)), patience })(payload);
