import type { Instant } from "#shared/kernel/clock.ts";
import type { Described } from "./subscription.ts";

/**
 * Where an event stands among all events of its department: 1, 2, 3, ... without a hole. The order in which they became
 * known here, which within a case is nearly always that of `sequence`.
 */
export type Position = number;

/** An event as it stands in the feed. */
export interface FeedEvent extends Described {
  readonly position: Position;
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly time: Instant;
  readonly correlationId?: string | undefined;
  /** The bytes that are pushed and pulled. */
  readonly body: string;
}

/** Events that stand one behind the other and were appended together. */
export interface Block {
  readonly first: Position;
  readonly at: Instant;
  readonly events: readonly FeedEvent[];
}

/** Events appended by one write. Who looks for a position begins so many before it. */
export const BLOCK_AT_MOST = 10;

/** A receiver can rely on fewer (Standard Webhooks 1.0.0 asks for less than 20 KB). */
export const BODY_BYTES_AT_MOST = 20_000;

const DAY = 86_400;

/** For how long the feed can be read and deliveries can be made again. */
const KEPT_DAYS = 30;

/**
 * An event older than this is not taken in: for so long its repeats are known, and no longer. It is shorter than rows are
 * kept, so that a repeat never outlives what tells it is one.
 */
export const isTooOld = (time: Instant, now: Instant): boolean =>
  Date.parse(time) < Date.parse(now) - KEPT_DAYS * DAY * 1000;

/** Epoch seconds at which a row of the feed ends by itself: two days after it can last be read. */
export const expiryOf = (at: Instant): number => Math.ceil(Date.parse(at) / 1000) + (KEPT_DAYS + 2) * DAY;

export const oldestKept = (now: Instant): Instant => new Date(Date.parse(now) - KEPT_DAYS * DAY * 1000).toISOString();
