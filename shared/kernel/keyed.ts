import { accept, type Decision, refuse } from "./decision.ts";
import { fingerprint } from "./ids.ts";

/** A keyed request, as the aggregate that answered it keeps it. */
export interface Keyed {
  readonly key: string;
  readonly fingerprint: string;
}

/**
 * Two clients may choose the same key.
 * @param asked what a repeat has to ask for again
 */
export const keyed = (
  { caller, key }: { readonly caller: { readonly client: string }; readonly key: string },
  asked: readonly unknown[],
): Keyed => ({ key: `${caller.client}/${key}`, fingerprint: fingerprint(asked) });

/** What was answered to this key before; a refusal when the key came with another request. */
export const answeredBefore = <R>(
  { commands }: { readonly commands: readonly (Keyed & { readonly receipt: R })[] },
  wanted: Keyed,
): Decision<R, "request.key-reused"> | undefined => {
  const known = commands.find(({ key }) => key === wanted.key);
  if (!known) return undefined;
  return known.fingerprint === wanted.fingerprint ? accept(known.receipt) : refuse("request.key-reused");
};
