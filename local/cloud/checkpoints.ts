import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** How far each shard of a stream has been read. */
export interface Checkpoints {
  /** True when the mapping has run before on this data, even if it has read nothing yet. */
  readonly resumed: boolean;
  read(shard: string): string | undefined;
  write(shard: string, sequenceNumber: string): void;
}

/** Writes a file so that a reader, also after a crash, sees the old or the new content and nothing between. */
export const writeWhole = (path: string, content: string): void => {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

/**
 * Checkpoints of one event source mapping. A damaged file is as none: everything is read again, which consumers must stand anyway.
 * @param path where they are kept; undefined keeps them in memory
 */
export const openCheckpoints = (path: string | undefined): Checkpoints => {
  let shards: Record<string, string> = {};
  let resumed = false;
  if (path) {
    mkdirSync(dirname(path), { recursive: true });
    try {
      shards = JSON.parse(readFileSync(path, "utf8"));
      resumed = true;
    } catch {
      writeWhole(path, "{}");
    }
  }
  return {
    resumed,
    read: (shard) => shards[shard],
    write: (shard, sequenceNumber) => {
      shards[shard] = sequenceNumber;
      if (path) writeWhole(path, JSON.stringify(shards));
    },
  };
};
