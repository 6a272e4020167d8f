import { randomBytes } from "node:crypto";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import type { SecretVault } from "../domain/ports.ts";
import { publicKeyOf } from "./webhook-signature.ts";

const SECRET_BYTES = 32;
const SEED_BYTES = 32;

/** Sealed secrets open only in the row of their own endpoint, and each only as what it is. */
export const secretVault = (cipher: FieldCipher): SecretVault => {
  const place = (endpoint: string, attribute: "secret" | "seed") => ({ owner: "webhooks", key: endpoint, attribute });
  return {
    create(endpoint, madeBy) {
      const seed = randomBytes(SEED_BYTES);
      return {
        madeBy,
        secret: cipher.seal(randomBytes(SECRET_BYTES), place(endpoint, "secret")),
        seed: cipher.seal(seed, place(endpoint, "seed")),
        publicKey: publicKeyOf(seed),
      };
    },
    secretOf: (endpoint, { secret }) => `whsec_${cipher.open(secret, place(endpoint, "secret")).toString("base64")}`,
    seedOf: (endpoint, { seed }) => cipher.open(seed, place(endpoint, "seed")),
  };
};
