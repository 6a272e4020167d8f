import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "../adapters/dynamo-applications.ts";
import { dynamoFiles } from "../materials/adapters/dynamo-files.ts";
import { onMaterialsAttached } from "../materials/consumers/on-materials-attached.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET } = env({ TABLE_NAME: z.string(), FIELD_KEYS_SECRET: z.string() });
const client = documentClient();
const store = { table: TABLE_NAME, cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)) };

export const handler = onMaterialsAttached({
  applications: dynamoApplications(client, store),
  files: dynamoFiles(client, store),
});
