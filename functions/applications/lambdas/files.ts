import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "../adapters/dynamo-applications.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { contentInspector } from "../materials/adapters/content-inspector.ts";
import { dynamoFiles } from "../materials/adapters/dynamo-files.ts";
import { itemMaterials } from "../materials/adapters/item-materials.ts";
import { fileS3Client, s3FileBytes } from "../materials/adapters/s3-file-bytes.ts";
import { fileEndpoints } from "../materials/http/index.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, FILES_BUCKET } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  FILES_BUCKET: z.string(),
});
const client = documentClient();
const cipher = fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET));

export const handler = httpLambda(
  fileEndpoints({
    files: dynamoFiles(client, { table: TABLE_NAME, cipher }),
    bytes: s3FileBytes(fileS3Client(), FILES_BUCKET),
    inspector: contentInspector,
    materials: itemMaterials(dynamoItems(client, TABLE_NAME)),
    applications: dynamoApplications(client, { table: TABLE_NAME, cipher }),
    now: systemClock,
  }),
);
