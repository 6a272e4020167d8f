import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { logger } from "#shared/runtime/logger.ts";
import { CASE, rowOf, stateOf } from "./adapters/application-row.ts";
import { CREDIT, resealedCredit } from "./adapters/credit-row.ts";
import { DRAFT, draftOf, draftRow } from "./adapters/draft-row.ts";
import type { SealedRow, SealedRows } from "./adapters/sealed-rows.ts";
import { FILE, stateOf as fileOf, rowOf as fileRow } from "./materials/adapters/file-row.ts";

const Order = z.object({
  /** Where the slice before ended; left out, from the beginning. */
  cursor: z.string().optional(),
  /** Rows looked at in this slice. */
  limit: z.int().min(1).max(1000).default(500),
});

export interface RotationSlice {
  readonly seen: number;
  /** Sealed and found anew, by the current key. */
  readonly rewritten: number;
  /** Changed by someone else meanwhile; when any are left, run it once more from the beginning. */
  readonly left: number;
  /** Give it as `cursor` to go on; absent at the end. */
  readonly next?: string;
}

/** How a row of each kind, by its sort key, is sealed anew. */
const rewriters: Readonly<Record<string, (cipher: FieldCipher, row: SealedRow) => SealedRow>> = {
  [CASE]: (cipher, row) => rowOf(cipher, stateOf(cipher, row)),
  [DRAFT]: (cipher, row) => draftRow(cipher, draftOf(cipher, row)),
  [CREDIT]: resealedCredit,
  [FILE]: (cipher, row) => fileRow(cipher, fileOf(cipher, row)),
};

/**
 * Brings what is sealed, and what it is found by, from previous keys to the current one; a slice at a time, so that it may
 * be stopped and gone on with. Run to the end with nothing rewritten and nothing left, no row needs a previous key.
 */
export const rotateKeys =
  ({ rows, cipher }: { readonly rows: SealedRows; readonly cipher: FieldCipher }) =>
  async (payload: unknown): Promise<RotationSlice> => {
    const { cursor, limit } = Order.parse(payload ?? {});
    const slice = await rows.slice(cursor, limit);
    let rewritten = 0;
    let left = 0;
    for (const row of slice.rows) {
      const rewrite = rewriters[row.sk];
      if (!rewrite || row.keyId === undefined || row.keyId === cipher.keyId) continue;
      if (await rows.replace(row, rewrite(cipher, row))) rewritten++;
      else left++;
    }
    logger.info("keys.rotated", { seen: slice.rows.length, rewritten, left, done: slice.next === undefined });
    return { seen: slice.rows.length, rewritten, left, ...(slice.next && { next: slice.next }) };
  };
