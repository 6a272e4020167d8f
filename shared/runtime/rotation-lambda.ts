import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { documentClient } from "./dynamo.ts";
import { env } from "./env.ts";
import { type FieldCipher, fieldCipher, loadKeyRing } from "./key-ring.ts";
import type { RotationSlice } from "./sealed-rows.ts";

interface Rotated {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly cipher: FieldCipher;
}

/** The function that rotates a capability's field keys. The ring is read anew at every slice: a warm function may be older than the new key. */
export const rotationLambda = (rotating: (of: Rotated) => (payload: unknown) => Promise<RotationSlice>) => {
  const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
  const client = documentClient();
  return async (payload: unknown): Promise<RotationSlice> =>
    rotating({ client, table: TABLE_NAME, cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)) })(payload);
};
