import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { consumeQueue } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CheckDeps, faultIn } from "../check-upload.ts";
import { settle } from "../domain/file.ts";
import type { StoredFiles } from "../domain/ports.ts";

/** "Object Created" of S3, or the result of GuardDuty's scan; both name the object, and nothing else of them is believed. */
const Notice = z.object({
  detail: z.union([
    z.object({ object: z.object({ key: z.string() }) }).transform(({ object }) => object.key),
    z.object({ s3ObjectDetails: z.object({ objectKey: z.string() }) }).transform((it) => it.s3ObjectDetails.objectKey),
  ]),
});

const KEY = /^quarantine\/([0-9A-HJKMNP-TV-Z]{26})$/;

/**
 * Checks what has arrived in quarantine and settles the file: copied to where clean files lie, or rejected. It may be told
 * late, twice or out of order, and may die at any step: the copy is made before the row says so, of exactly the object that
 * was inspected, and what is left in quarantine is removed last, also when the file was settled long ago.
 */
export const onFileUploaded = ({ files, now, ...check }: CheckDeps & { files: StoredFiles; now: Clock }) =>
  consumeQueue(Notice, async ({ detail: key }) => {
    const id = KEY.exec(key)?.[1];
    if (!id) {
      logger.warn("file.unknown-object");
      return;
    }
    const outcome = await untilNoRace(async () => {
      const file = await files.find(id);
      if (!file) return "unknown";
      if (file.status === "clean" || file.status === "rejected") return file.status;
      const object = await check.bytes.quarantined(id);
      if (!object) return "gone";
      const fault = await faultIn(file, object, check);
      if (fault === "pending") return "pending";
      if (!fault) await check.bytes.release(file, object.etag);
      const change = settle(file, fault, now());
      if (change) await files.save(change);
      return fault ? `rejected: ${fault}` : "clean";
    });
    if (outcome !== "pending" && outcome !== "gone") await check.bytes.discard(id);
    logger.info("file.checked", { file: id, outcome });
  });
