import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const digestOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** 256 random bits, base64url. */
export const newClientSecret = (): string => randomBytes(32).toString("base64url");

/** What a given secret must look like: the form of 256 random bits, so that its plain hash can be kept. */
export const CLIENT_SECRET = /^[\w-]{43,128}$/;

/**
 * What is kept of a secret. A plain SHA-256 is right here: slow, salted hashes protect what people think up; 256 random bits
 * cannot be found by trying, and a token request should not cost a tenth of a second of CPU.
 */
export const hashOfSecret = (secret: string): string => digestOf(secret).toString("base64url");

/** Compares in constant time. */
export const isSecretOf = (hash: string, secret: string): boolean => {
  const kept = Buffer.from(hash, "base64url");
  const given = digestOf(secret);
  return kept.length === given.length && timingSafeEqual(kept, given);
};
