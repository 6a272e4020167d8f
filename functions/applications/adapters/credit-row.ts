import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { SealedRow } from "#shared/runtime/sealed-rows.ts";
import type { ApplicantKey } from "../domain/ports.ts";
import { applicantKeys, seal, unseal } from "./sealing.ts";

export const CREDIT = "broken-commitment";

/** Under which keys the broken promises of the applicant may stand. */
export const creditKeys = (cipher: FieldCipher, applicant: ApplicantKey): readonly string[] =>
  applicantKeys(cipher, applicant, "credit").map((hash) => `credit#${hash}`);

/** That a promise was broken in this case; whose it was is sealed, for the rotation of keys only. */
export const creditRow = (
  cipher: FieldCipher,
  { id, applicant: { kind, idNumber } }: { readonly id: string; readonly applicant: ApplicantKey },
) => {
  const [pk] = creditKeys(cipher, { kind, idNumber });
  if (!pk) throw new Error("no key to write under");
  return { pk, sk: `${CREDIT}#${id}`, application: id, ...seal(cipher, pk, { kind, idNumber }) };
};

const Kept = z.object({ pk: z.string(), application: z.string(), keyId: z.string(), sealed: z.instanceof(Uint8Array) });
const Whose = z.object({ kind: z.enum(["natural", "legal"]), idNumber: z.string() });

/** The same record under the current key. */
export const resealedCredit = (cipher: FieldCipher, row: SealedRow) => {
  const { pk, application, ...sealed } = Kept.parse(row);
  return creditRow(cipher, { id: application, applicant: Whose.parse(unseal(cipher, pk, sealed)) });
};
