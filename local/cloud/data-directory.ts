import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CloudError } from "./cloud-error.ts";
import { loadSqlite } from "./quiet-sqlite.ts";

/** Where a cloud keeps its data; all undefined when it keeps them in memory. */
export interface DataDirectory {
  dynamodb: string | undefined;
  queuesAndBuckets: string | undefined;
  secrets: string | undefined;
  checkpoints(mapping: string): string | undefined;
  release(): void;
}

/**
 * Takes a directory for this process alone. The lock is the operating system's: it ends with the process, however that ends.
 * @throws CloudError when another cloud uses the directory
 */
export const takeDataDirectory = async (directory: string | undefined): Promise<DataDirectory> => {
  const { DatabaseSync } = await loadSqlite();
  if (!directory)
    return {
      dynamodb: undefined,
      queuesAndBuckets: undefined,
      secrets: undefined,
      checkpoints: () => undefined,
      release: () => {},
    };
  const inside = (name: string) => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const checkpoints = inside("checkpoints");
  const lock = new DatabaseSync(join(directory, "lock.db"));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    throw new CloudError(`Another cloud is running on ${directory}; end it first, or choose another directory.`, {
      cause,
    });
  }
  return {
    dynamodb: inside("dynamodb"),
    queuesAndBuckets: inside("queues-and-buckets"),
    secrets: inside("secrets"),
    checkpoints: (mapping) => join(checkpoints, `${mapping}.json`),
    release: () => lock.close(),
  };
};
