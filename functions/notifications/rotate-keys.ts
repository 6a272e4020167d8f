import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { rotateRows, type SealedRows } from "#shared/runtime/sealed-rows.ts";
import { PREFERENCES, resealedPreferences } from "./adapters/preferences-row.ts";

/** What guards preferences while they are rewritten: every change of them seals the account anew. */
export const GUARDS = ["openId"] as const;

/** People's accounts at WeChat; nothing else of notifications is sealed. */
export const rotateKeys = ({ rows, cipher }: { readonly rows: SealedRows; readonly cipher: FieldCipher }) =>
  rotateRows({ rows, resealed: (row) => (row.sk === PREFERENCES ? resealedPreferences(cipher, row) : undefined) });
