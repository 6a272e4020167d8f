import { createHash } from "node:crypto";
import type { FileBytes } from "../domain/ports.ts";

const digest = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

/** Quarantine and clean files in maps; for tests, which put what they like into quarantine. */
export const memoryFileBytes = () => {
  const quarantine = new Map<string, Buffer>();
  const clean = new Map<string, Buffer>();
  const bytes: FileBytes = {
    uploadLink: async ({ id, announcedAt }) => ({
      method: "PUT",
      url: `https://files.example/quarantine/${id}`,
      headers: {},
      expiresAt: new Date(Date.parse(announcedAt) + 900_000).toISOString(),
    }),
    quarantined: async (id) => {
      const content = quarantine.get(id);
      return content && { etag: digest(content), size: content.length, content };
    },
    async release({ id }, etag) {
      const content = quarantine.get(id);
      if (!content || digest(content) !== etag) throw new Error("another object lies there");
      clean.set(id, content);
    },
    async discard(id) {
      quarantine.delete(id);
    },
    cleanLink: async ({ id }, at, seconds) => ({
      url: `https://files.example/clean/${id}`,
      expiresAt: new Date(Date.parse(at) + seconds * 1000).toISOString(),
    }),
  };
  return { ...bytes, quarantine, clean };
};
