import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { rotateRows, type SealedRow, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { isParked, resealedPush } from "./adapters/push-row.ts";
import { rowOf, SHIPMENT, stateOf } from "./adapters/shipment-row.ts";
import type { Patience } from "./domain/watch-shipment.ts";

/** What guards a row while it is rewritten: a shipment's version, or a push as it was parked. */
export const GUARDS = ["version", "parked"] as const;

/** Shipments, and pushes parked for parcels that nobody knew; a waybill is claimed in the clear. */
export const rotateKeys = ({
  rows,
  cipher,
  patience,
}: {
  readonly rows: SealedRows;
  readonly cipher: FieldCipher;
  readonly patience: Patience;
}) => {
  const resealed = (row: SealedRow): SealedRow | undefined => {
    if (isParked(row)) return resealedPush(cipher, row);
    if (row.sk !== SHIPMENT || row.keyId === cipher.keyId) return undefined;
    return rowOf(cipher, patience, stateOf(cipher, row));
  };
  return rotateRows({ rows, resealed });
};
