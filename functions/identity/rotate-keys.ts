import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { logger } from "#shared/runtime/logger.ts";
import { CURRENT, type IdentityRows, type Row } from "./adapters/identity-rows.ts";
import { numberKeys, numberRow, personOf, personRow } from "./adapters/person-row.ts";
import { staffOf, staffRow } from "./adapters/staff-store.ts";

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

const SealedStaff = z.looseObject({ name: z.looseObject({ keyId: z.string() }), version: z.int() });
const SealedPerson = z.looseObject({ keyId: z.string(), version: z.int() });

/**
 * Brings what is sealed, and what it is found by, from previous keys to the current one; a slice at a time, so that it may
 * be stopped and gone on with. Run to the end with nothing rewritten and nothing left, no row needs a previous key.
 */
export const rotateKeys =
  ({ rows, cipher }: { rows: IdentityRows; cipher: FieldCipher }) =>
  async (payload: unknown): Promise<RotationSlice> => {
    const { cursor, limit } = Order.parse(payload ?? {});
    const slice = await rows.slice(cursor, limit);
    let rewritten = 0;
    let left = 0;
    for (const row of slice.rows) {
      const done = await rewrite(row, rows, cipher);
      if (done === true) rewritten++;
      if (done === false) left++;
    }
    logger.info("keys.rotated", { seen: slice.rows.length, rewritten, left, done: slice.next === undefined });
    return { seen: slice.rows.length, rewritten, left, ...(slice.next && { next: slice.next }) };
  };

/** Undefined for a row that needs nothing. */
const rewrite = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  if (row.sk !== CURRENT) return undefined;
  if (row.pk.startsWith("person#")) return rewritePerson(row, rows, cipher);
  if (row.pk.startsWith("staff#")) return rewriteStaff(row, rows, cipher);
  return undefined;
};

const rewritePerson = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  const sealed = SealedPerson.safeParse(row);
  if (!sealed.success || sealed.data.keyId === cipher.keyId) return undefined;
  const person = personOf(cipher, row);
  if (person.status === "closed") return undefined;
  const [, ...previous] = numberKeys(cipher, person.idNumber);
  return rows.rewrite(personRow(cipher, person), { put: [numberRow(cipher, person)], remove: previous });
};

const rewriteStaff = async (row: Row, rows: IdentityRows, cipher: FieldCipher): Promise<boolean | undefined> => {
  const sealed = SealedStaff.safeParse(row);
  if (!sealed.success || sealed.data.name.keyId === cipher.keyId) return undefined;
  return rows.rewrite(staffRow(cipher, staffOf(cipher, row)));
};
