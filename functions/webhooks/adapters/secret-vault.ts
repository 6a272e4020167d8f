import { randomBytes } from "node:crypto";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { SecretVault } from "../domain/ports.ts";

const SECRET_BYTES = 32;

/** Sealed secrets open only in the row of their own endpoint. */
export const secretVault = (cipher: FieldCipher): SecretVault => {
  const placeOf = (endpoint: string) => ({ table: "webhooks", key: endpoint, attribute: "secret" });
  return {
    create: (endpoint) => cipher.seal(randomBytes(SECRET_BYTES), placeOf(endpoint)),
    open: (endpoint, sealed) => `whsec_${cipher.open(sealed, placeOf(endpoint)).toString("base64")}`,
  };
};
