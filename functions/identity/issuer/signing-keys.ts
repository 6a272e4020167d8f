import { createECDH, hkdfSync } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { derivedKey, type KeyRing } from "#shared/runtime/key-ring.ts";

interface SigningKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly alg: "ES256";
  readonly use: "sig";
  /** JWK thumbprint, RFC 7638. */
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  /** The private key. */
  readonly d: string;
}

export interface SigningKeys {
  /** Signs now. */
  readonly current: SigningKey;
  /** All whose signatures are or will soon be good: what the JWK set is made from. The current one comes first. */
  readonly all: readonly SigningKey[];
}

const EPOCH_MS = 30 * 24 * 3_600_000;

/** Order of the group of P-256 (FIPS 186-5, SP 800-186). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** The order's 256 bits and 64 more, so that the remainder's bias is below 2^-64. */
const EXTRA_RANDOM_BYTES = 40;

const epochOf = (at: number): number => Math.floor(at / EPOCH_MS);

/**
 * The signing keys of a moment, derived from the ring's seed and the 30 days the moment lies in. Nothing is stored and nothing
 * has to be rotated: the next key is published 30 days before it signs, the previous one 30 days after it signed last. Keys of
 * the ring's previous seeds are still published, but sign no more.
 * @param at milliseconds since 1970
 */
export const signingKeysAt = async (ring: KeyRing, at: number): Promise<SigningKeys> => {
  const epoch = epochOf(at);
  const [current, ...others] = await Promise.all([
    signingKey(ring.key, epoch),
    signingKey(ring.key, epoch + 1),
    signingKey(ring.key, epoch - 1),
    ...ring.previous.flatMap(({ key }) => [signingKey(key, epoch), signingKey(key, epoch - 1)]),
  ]);
  return { current, all: [current, ...others] };
};

/** Whether keys of one moment are still those of another. */
export const isSameEpoch = (one: number, other: number): boolean => epochOf(one) === epochOf(other);

/** FIPS 186-5 A.2.1, key pair generation using extra random bits: d = (c mod (n - 1)) + 1. */
const signingKey = async (seed: string, epoch: number): Promise<SigningKey> => {
  const bits = Buffer.from(
    hkdfSync("sha256", seed, "yimen", `identity signing ES256 epoch ${epoch}`, EXTRA_RANDOM_BYTES),
  );
  const d = (BigInt(`0x${bits.toString("hex")}`) % (ORDER - 1n)) + 1n;
  const privateKey = Buffer.from(d.toString(16).padStart(64, "0"), "hex");
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  const point = ecdh.getPublicKey();
  const jwk = {
    kty: "EC",
    crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"),
    y: point.subarray(33).toString("base64url"),
  } as const;
  return {
    ...jwk,
    alg: "ES256",
    use: "sig",
    kid: await calculateJwkThumbprint(jwk),
    d: privateKey.toString("base64url"),
  };
};

/** Keys that sign the issuer's cookies; the first signs, the others still verify. */
export const cookieKeys = (ring: KeyRing): string[] =>
  [ring, ...ring.previous].map(({ key }) => derivedKey(key, "identity cookies").toString("base64url"));
