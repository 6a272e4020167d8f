import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";

/** What an archive may be at most: far above any document, far below what fills a function. */
const ENTRIES_AT_MOST = 4_000;
const INFLATED_BYTES_AT_MOST = 150_000_000;
const NESTED_AT_MOST = 3;

/** It cannot be read through: broken, encrypted, too deep or too large when inflated. */
export class UnreadableArchiveError extends Error {
  override readonly name = "UnreadableArchiveError";
}

/** Shared by an archive and all that lie inside it, so that many small bombs are one large one. */
export interface Budget {
  entries: number;
  bytes: number;
}

export const newBudget = (): Budget => ({ entries: ENTRIES_AT_MOST, bytes: INFLATED_BYTES_AT_MOST });

const ENCRYPTED = 0x1;

const contentOf = async (zip: ZipFile, entry: Entry, budget: Budget): Promise<Buffer> => {
  const stream = await zip.openReadStreamPromise(entry);
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    // Counted as it comes out, whatever the directory says.
    budget.bytes -= chunk.length;
    if (budget.bytes < 0) throw new UnreadableArchiveError("too large when inflated");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/**
 * Calls back with every file of a ZIP archive.
 * @param depth how many archives it lies in
 * @throws UnreadableArchiveError
 */
export const eachEntry = async (
  content: Buffer,
  depth: number,
  budget: Budget,
  visit: (name: string, inner: Buffer) => Promise<void>,
): Promise<void> => {
  if (depth >= NESTED_AT_MOST) throw new UnreadableArchiveError("too deep");
  let zip: ZipFile;
  try {
    zip = await fromBufferPromise(content, { lazyEntries: true });
  } catch (error) {
    throw new UnreadableArchiveError("not an archive", { cause: error });
  }
  try {
    for await (const entry of zip.eachEntry()) {
      if (--budget.entries < 0) throw new UnreadableArchiveError("too many files");
      if (entry.generalPurposeBitFlag & ENCRYPTED) throw new UnreadableArchiveError("encrypted");
      if (!entry.fileName.endsWith("/")) await visit(entry.fileName, await contentOf(zip, entry, budget));
    }
  } catch (error) {
    if (error instanceof UnreadableArchiveError) throw error;
    throw new UnreadableArchiveError("broken", { cause: error });
  }
};
