import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { configuredScanner } from "../materials/adapters/configured-scanner.ts";
import { contentInspector } from "../materials/adapters/content-inspector.ts";
import { dynamoFiles } from "../materials/adapters/dynamo-files.ts";
import { fileS3Client, s3FileBytes } from "../materials/adapters/s3-file-bytes.ts";
import { onFileUploaded } from "../materials/consumers/on-file-uploaded.ts";

const { TABLE_NAME, FIELD_KEYS_SECRET, FILES_BUCKET, SCANNER } = env({
  TABLE_NAME: z.string(),
  FIELD_KEYS_SECRET: z.string(),
  FILES_BUCKET: z.string(),
  SCANNER: z.string(),
});
const s3 = fileS3Client();

export const handler = onFileUploaded({
  files: dynamoFiles(documentClient(), {
    table: TABLE_NAME,
    cipher: fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)),
  }),
  bytes: s3FileBytes(s3, FILES_BUCKET),
  inspector: contentInspector,
  scanner: configuredScanner(SCANNER, s3, FILES_BUCKET),
  now: systemClock,
});
