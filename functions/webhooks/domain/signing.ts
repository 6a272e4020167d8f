import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";

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

export type PreviousKeys = SigningKeys & { readonly until: Instant };

/** The keys in use, and for a while after a rotation those before them, the newest first. */
export interface KeySet {
  readonly current: SigningKeys;
  readonly previous?: readonly PreviousKeys[] | undefined;
}

/** Every message bears two signatures of each. */
const PREVIOUS_KEYS_AT_MOST = 4;

const promised = ({ previous = [] }: KeySet, now: Instant): readonly PreviousKeys[] =>
  previous.filter(({ until }) => until > now);

/** The keys with which a message is signed now: a receiver may hold either until the overlap is over. */
export const keysInUse = (keys: KeySet, now: Instant): readonly [SigningKeys, ...PreviousKeys[]] => [
  keys.current,
  ...promised(keys, now),
];

/** The keys that a request has made, while they are in use. */
export const keysMadeBy = (keys: KeySet, request: string, now: Instant): SigningKeys | undefined =>
  keysInUse(keys, now).find(({ madeBy }) => madeBy === request);

/**
 * Keys before the last that were promised to sign until some time go on doing so. Without an overlap none does: whoever says that a
 * secret is known to others wants only the new one.
 */
export const rotated = (
  keys: KeySet,
  next: SigningKeys,
  until: Instant,
  now: Instant,
): Decision<KeySet, "webhook.too-many-keys"> => {
  if (until <= now) return accept({ current: next });
  const previous = [{ ...keys.current, until }, ...promised(keys, now)];
  return previous.length > PREVIOUS_KEYS_AT_MOST
    ? refuse("webhook.too-many-keys")
    : accept({ current: next, previous });
};
