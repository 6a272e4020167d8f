import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";

const Kept = z.object({
  clientSecrets: z.record(z.string(), z.string()).default({}),
  wecomSecret: z.string().default(() => randomBytes(32).toString("base64url")),
  departmentPort: z.int().default(0),
  /** Residents who have an account already. */
  registered: z.array(z.string()).default([]),
});

/** What must be the same after a restart for the outside world to find the platform, and to be found, as before. */
export type Kept = z.infer<typeof Kept>;

const fileIn = (dataDir: string): string => join(dataDir, "demo-city.json");

export const readKept = (dataDir: string | undefined): Kept => {
  const file = dataDir && fileIn(dataDir);
  return Kept.parse(file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
};

export const keep = (dataDir: string | undefined, kept: Kept): void => {
  if (dataDir) writePrivately(fileIn(dataDir), kept);
};

/** Whole or not at all, and for its owner's eyes only. */
export const writePrivately = (file: string, content: unknown): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};
