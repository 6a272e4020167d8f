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
import { dynamoReceipts } from "../receipts/adapters/dynamo-receipts.ts";
import { s3ReceiptBytes } from "../receipts/adapters/s3-receipt-bytes.ts";
import { receiptEndpoints } from "../receipts/http/reading.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, FILES_BUCKET } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  FILES_BUCKET: z.string(),
});
const client = documentClient();
const cipher = fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET));

const s3 = fileS3Client();
const files = dynamoFiles(client, { table: TABLE_NAME, cipher });
const applications = dynamoApplications(client, { table: TABLE_NAME, cipher });

export const handler = httpLambda([
  ...fileEndpoints({
    files,
    bytes: s3FileBytes(s3, FILES_BUCKET),
    inspector: contentInspector,
    materials: itemMaterials(dynamoItems(client, { table: TABLE_NAME, now: systemClock })),
    applications,
    now: systemClock,
  }),
  ...receiptEndpoints({
    applications,
    receipts: dynamoReceipts(client, TABLE_NAME),
    receiptBytes: s3ReceiptBytes(s3, FILES_BUCKET),
    files,
    now: systemClock,
  }),
]);
