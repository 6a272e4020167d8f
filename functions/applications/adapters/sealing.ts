import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { FieldCipher, Place } from "#shared/runtime/key-ring.ts";
import type { ApplicantKey } from "../domain/ports.ts";

/** The place names the capability, not the table: a table restored from a backup has another name. */
const placeOf = (key: string): Place => ({ table: "applications", key, attribute: "sealed" });

/**
 * Compressed, then sealed. Brotli takes a sixth less than deflate of Chinese text: it saves a 3 KB form one write unit
 * at every step.
 */
export const seal = (cipher: FieldCipher, key: string, content: unknown) => {
  const plain = Buffer.from(JSON.stringify(content));
  const compressed = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: 5,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength,
    },
  });
  const { keyId, data } = cipher.seal(compressed, placeOf(key));
  return { keyId, sealed: data };
};

/** Throws when the row was altered or moved. */
export const unseal = (
  cipher: FieldCipher,
  key: string,
  { keyId, sealed }: { readonly keyId: string; readonly sealed: Uint8Array },
): unknown => JSON.parse(brotliDecompressSync(cipher.open({ keyId, data: sealed }, placeOf(key))).toString("utf8"));

type Purpose = "applicant" | "drafts" | "credit";

/** The keyed hash an applicant's things are found by, as it is written now. */
export const applicantKey = (
  cipher: FieldCipher,
  { kind, idNumber }: ApplicantKey,
  purpose: Purpose = "applicant",
): string => cipher.lookup(`${kind}:${idNumber}`, purpose);

/** Under which keys they may stand: the current one first, then those from before a rotation. */
export const applicantKeys = (
  cipher: FieldCipher,
  { kind, idNumber }: ApplicantKey,
  purpose: Purpose = "applicant",
): readonly string[] => cipher.lookups(`${kind}:${idNumber}`, purpose);
