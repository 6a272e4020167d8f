import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { rotateRows, type SealedRow, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { CASE, rowOf, stateOf } from "./adapters/application-row.ts";
import { CREDIT, resealedCredit } from "./adapters/credit-row.ts";
import { DRAFT, draftOf, draftRow } from "./adapters/draft-row.ts";
import { FILE, stateOf as fileOf, rowOf as fileRow } from "./materials/adapters/file-row.ts";

/** How a row of each kind, by the first part of its sort key, is sealed anew. */
const rewriters: Readonly<Record<string, (cipher: FieldCipher, row: SealedRow) => SealedRow>> = {
  [CASE]: (cipher, row) => rowOf(cipher, stateOf(cipher, row)),
  [DRAFT]: (cipher, row) => draftRow(cipher, draftOf(cipher, row)),
  [CREDIT]: resealedCredit,
  [FILE]: (cipher, row) => fileRow(cipher, fileOf(cipher, row)),
};

/** Cases, drafts, files and broken promises. */
export const rotateKeys = ({ rows, cipher }: { readonly rows: SealedRows; readonly cipher: FieldCipher }) =>
  rotateRows({
    rows,
    resealed: (row) =>
      row.keyId === undefined || row.keyId === cipher.keyId
        ? undefined
        : rewriters[row.sk.split("#")[0] ?? ""]?.(cipher, row),
  });
