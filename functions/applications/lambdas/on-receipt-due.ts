import { readFileSync } from "node:fs";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoApplications } from "../adapters/dynamo-applications.ts";
import { dynamoItems } from "../adapters/dynamo-items.ts";
import { fileS3Client } from "../materials/adapters/s3-file-bytes.ts";
import { dynamoReceipts } from "../receipts/adapters/dynamo-receipts.ts";
import { pdfPrinter } from "../receipts/adapters/pdf-printer.ts";
import { s3ReceiptBytes } from "../receipts/adapters/s3-receipt-bytes.ts";
import { onReceiptDue } from "../receipts/consumers/on-receipt-due.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, FILES_BUCKET, API_URL } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  FILES_BUCKET: z.string(),
  API_URL: z.url(),
});
const client = documentClient();

export const handler = onReceiptDue({
  applications: dynamoApplications(client, {
    table: TABLE_NAME,
    cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)),
  }),
  items: dynamoItems(client, { table: TABLE_NAME, now: systemClock }),
  receipts: dynamoReceipts(client, TABLE_NAME),
  bytes: s3ReceiptBytes(fileS3Client(), FILES_BUCKET),
  printer: pdfPrinter(readFileSync(new URL("NotoSansSC_400Regular.ttf", import.meta.url))),
  progressUrl: `${API_URL}/progress`,
});
