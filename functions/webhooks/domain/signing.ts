import type { Instant } from "#shared/kernel/clock.ts";

/** A secret as it is stored; only the vault opens it. */
export interface SealedSecret {
  readonly keyId: string;
  readonly data: Uint8Array;
}

/** What one endpoint's messages are signed with (Standard Webhooks 1.0.0): `v1` by a shared secret, `v1a` by ed25519. */
export interface SigningKeys {
  /** Of the request that made them, so that its repeat is told the same. */
  readonly madeBy: string;
  /** `v1`: 32 bytes. */
  readonly secret: SealedSecret;
  /** `v1a`: the seed of the private key, 32 bytes. It never leaves the platform. */
  readonly seed: SealedSecret;
  /** `whpk_` and base64. */
  readonly publicKey: string;
}

/** The keys in use, and for a while after a rotation those before them. */
export interface KeySet {
  readonly current: SigningKeys;
  readonly previous?: (SigningKeys & { readonly until: Instant }) | undefined;
}

/** The keys with which a message is signed now: a receiver may hold either until the overlap is over. */
export const keysInUse = ({ current, previous }: KeySet, now: Instant): readonly SigningKeys[] =>
  previous && previous.until > now ? [current, previous] : [current];

/** The keys that a request has made, while they are in use. */
export const keysMadeBy = (keys: KeySet, request: string, now: Instant): SigningKeys | undefined =>
  keysInUse(keys, now).find(({ madeBy }) => madeBy === request);

export const rotated = (keys: KeySet, next: SigningKeys, until: Instant, now: Instant): KeySet => ({
  current: next,
  ...(until > now && { previous: { ...keys.current, until } }),
});
