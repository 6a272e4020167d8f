import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { readLink } from "../../materials/adapters/s3-file-bytes.ts";
import type { ReceiptBytes } from "../domain/ports.ts";

const PDF = "application/pdf";
const keyOf = (id: string): string => `receipts/${id}.pdf`;

export const s3ReceiptBytes = (client: S3Client, bucket: string): ReceiptBytes => ({
  async keep(id, pdf) {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: keyOf(id),
        Body: pdf,
        ContentType: PDF,
        ContentDisposition: "attachment",
      }),
    );
  },
  link: (id, at, seconds) =>
    readLink(client, { bucket, key: keyOf(id), fileName: `${id}.pdf`, mediaType: PDF }, at, seconds),
});
