import type Provider from "oidc-provider";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import { createProvider, type IssuerParts } from "./provider.ts";
import { isSameEpoch } from "./signing-keys.ts";

/** A replaced seed and an epoch's change reach a warm function within this time. */
const KEEP_MS = 3_600_000;

export type WarmParts = IssuerParts & {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly keyRing: () => Promise<KeyRing>;
};

/** What is made of the provider, made anew when its keys may have changed; one that could not be made is tried again. */
export const keepWarm = <T>(
  { now, keyRing, ...parts }: WarmParts,
  make: (provider: Provider) => T,
): (() => Promise<T>) => {
  let built: { readonly at: number; readonly made: Promise<T> } | undefined;
  return () => {
    const at = now();
    if (!built || at - built.at >= KEEP_MS || !isSameEpoch(at, built.at)) {
      const made = keyRing()
        .then((ring) => createProvider(parts, ring, at))
        .then(make);
      built = { at, made };
      made.catch(() => {
        built = undefined;
      });
    }
    return built.made;
  };
};
