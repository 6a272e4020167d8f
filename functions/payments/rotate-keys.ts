import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { rotateRows, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { orderOf, rowOf } from "./adapters/order-row.ts";

/** What guards an order's row while it is rewritten; most changes leave what is sealed in it alone. */
export const GUARDS = ["version"] as const;

const Sealed = z.looseObject({ payer: z.looseObject({ keyId: z.string() }) });

/** Names of payers in orders; nothing else of payments is sealed. */
export const rotateKeys = ({ rows, cipher }: { readonly rows: SealedRows; readonly cipher: FieldCipher }) =>
  rotateRows({
    rows,
    resealed: (row) => {
      const sealed = row.sk === "order" ? Sealed.safeParse(row) : undefined;
      return !sealed?.success || sealed.data.payer.keyId === cipher.keyId
        ? undefined
        : rowOf(cipher, orderOf(cipher, row));
    },
  });
