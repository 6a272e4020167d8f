import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

/** The newest key encrypts and signs; previous ones still open what they closed, until rotation is complete. */
const Key = z.object({ id: z.string(), key: z.string().min(32) });
export const KeyRing = Key.extend({ previous: z.array(Key).default([]) });
export type KeyRing = z.infer<typeof KeyRing>;

/** Reads a key ring from AWS Secrets Manager: once per cold start, never on the hot path. */
export const loadKeyRing = async (secretId: string): Promise<KeyRing> => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return KeyRing.parse(JSON.parse(SecretString ?? "{}"));
};

/** 32 bytes for one purpose only (HKDF-SHA256, RFC 5869). */
export const derivedKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync("sha256", secret, "yimen", purpose, 32));

/** Where a sealed value stands; it opens nowhere else. */
export interface Place {
  /** The capability that keeps it, or a part of it: a table restored from a backup has another name. */
  readonly owner: string;
  readonly key: string;
  readonly attribute: string;
}

export interface FieldCipher {
  /** The key that seals now; what bears another waits for the rotation. */
  readonly keyId: string;
  seal(plain: Buffer, place: Place): { keyId: string; data: Uint8Array };
  open(sealed: { keyId: string; data: Uint8Array }, place: Place): Buffer;
  /** A keyed hash by which an identifier can be found but not read, as it is written now. */
  lookup(value: string, purpose: string): string;
  /**
   * All keyed hashes under which the same identifier may stand: the current one first, then those of previous keys, so that
   * what has not been rewritten since the keys were rotated is still found.
   */
  lookups(value: string, purpose: string): readonly string[];
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM per field, the key id beside the data, the place as additional data. Throws when a value was moved or altered. */
export const fieldCipher = (ring: KeyRing): FieldCipher => {
  const keys = new Map([ring, ...ring.previous].map(({ id, key }) => [id, derivedKey(key, "fields")]));
  const keyOf = (id: string): Buffer => {
    const key = keys.get(id);
    if (!key) throw new Error(`field key ${id} is not in the key ring`);
    return key;
  };
  const hashed = (key: string, value: string, purpose: string): string =>
    createHmac("sha256", derivedKey(key, `lookup:${purpose}`))
      .update(value)
      .digest("base64url");
  const aad = ({ owner, key, attribute }: Place) => Buffer.from(JSON.stringify([owner, key, attribute]));
  return {
    keyId: ring.id,
    seal(plain, place) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keyOf(ring.id), iv).setAAD(aad(place));
      const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return { keyId: ring.id, data };
    },
    open({ keyId, data }, place) {
      const bytes = Buffer.from(data);
      const decipher = createDecipheriv("aes-256-gcm", keyOf(keyId), bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(aad(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    },
    lookup: (value, purpose) => hashed(ring.key, value, purpose),
    lookups: (value, purpose) => [ring, ...ring.previous].map(({ key }) => hashed(key, value, purpose)),
  };
};
