import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { UPLOAD_BYTES_AT_MOST } from "#shared/kernel/uploads.ts";
import { type MediaType, UPLOAD_MINUTES } from "../domain/file.ts";
import type { FileBytes } from "../domain/ports.ts";

const quarantineKey = (id: string): string => `quarantine/${id}`;
const cleanKey = (id: string): string => `clean/${id}`;

const extensions = {
  "application/pdf": "pdf",
  "application/ofd": "ofd",
  "image/jpeg": "jpg",
  "image/png": "png",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
} as const satisfies Record<MediaType, string>;

/** Checksums are ours to choose: the SDK's own CRC-32 would become part of what is signed. */
export const fileS3Client = (): S3Client =>
  new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" });

/** A link to read one object, as a download under a name that tells nothing. */
export const readLink = async (
  client: S3Client,
  object: { readonly bucket: string; readonly key: string; readonly fileName: string; readonly mediaType: string },
  at: string,
  seconds: number,
) => ({
  url: await getSignedUrl(
    client,
    new GetObjectCommand({
      Bucket: object.bucket,
      Key: object.key,
      ResponseContentDisposition: `attachment; filename="${object.fileName}"`,
      ResponseContentType: object.mediaType,
      ResponseCacheControl: "private, no-store",
    }),
    { expiresIn: seconds, signingDate: new Date(at) },
  ),
  expiresAt: new Date(Date.parse(at) + seconds * 1000).toISOString(),
});

export const s3FileBytes = (client: S3Client, bucket: string): FileBytes => ({
  async uploadLink({ id, declared, announcedAt }) {
    const headers = {
      "content-type": declared.mediaType,
      "content-length": String(declared.bytes),
      // S3 itself refuses other bytes (BadDigest), and a second object while the first lies there (412).
      "x-amz-checksum-sha256": Buffer.from(declared.sha256, "hex").toString("base64"),
      "if-none-match": "*",
    };
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: quarantineKey(id),
      ContentType: declared.mediaType,
      ContentLength: declared.bytes,
      ChecksumSHA256: headers["x-amz-checksum-sha256"],
      IfNoneMatch: "*",
    });
    const names = new Set(Object.keys(headers));
    return {
      method: "PUT",
      // Signed as of the announcement: a repeat of the request gets the same link, and no later one.
      url: await getSignedUrl(client, command, {
        expiresIn: UPLOAD_MINUTES * 60,
        signingDate: new Date(announcedAt),
        unhoistableHeaders: names,
        signableHeaders: new Set([...names, "host"]),
      }),
      headers,
      expiresAt: new Date(Date.parse(announcedAt) + UPLOAD_MINUTES * 60_000).toISOString(),
    };
  },

  async quarantined(id) {
    try {
      const {
        Body,
        ETag = "",
        ContentLength = 0,
      } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: quarantineKey(id) }));
      if (ContentLength > UPLOAD_BYTES_AT_MOST) {
        (Body as { destroy?: () => void } | undefined)?.destroy?.();
        return { etag: ETag, size: ContentLength };
      }
      return { etag: ETag, size: ContentLength, content: Buffer.from((await Body?.transformToByteArray()) ?? []) };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  },

  async release({ id, declared }, etag) {
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: cleanKey(id),
        CopySource: `${bucket}/${quarantineKey(id)}`,
        CopySourceIfMatch: etag,
        MetadataDirective: "REPLACE",
        ContentType: declared.mediaType,
        ContentDisposition: "attachment",
        // A scanner's tag stays with what it was put on.
        TaggingDirective: "REPLACE",
      }),
    );
  },

  async discard(id) {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: quarantineKey(id) }));
  },

  cleanLink: ({ id, declared }, at, seconds) =>
    readLink(
      client,
      {
        bucket,
        key: cleanKey(id),
        fileName: `${id}.${extensions[declared.mediaType]}`,
        mediaType: declared.mediaType,
      },
      at,
      seconds,
    ),
});
