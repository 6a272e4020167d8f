import type { Instant } from "#shared/kernel/clock.ts";

/** Counts tries. Whom or what it counts is kept as a keyed hash only. */
export interface Attempts {
  /** One try more; false, and not counted, when there were so many within the window already. */
  take(name: string, of: string, most: number, windowSeconds: number, at: Instant): Promise<boolean>;
  /** It was no guess after all. */
  giveBack(name: string, of: string, windowSeconds: number, at: Instant): Promise<void>;
}
