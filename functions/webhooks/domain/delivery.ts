import type { Instant } from "#shared/kernel/clock.ts";
import type { FeedEvent, Position } from "./feed.ts";

/** What one attempt met: an HTTP status, or why there was no answer. */
export type AttemptResult = { readonly milliseconds: number } & (
  | {
      readonly status: number;
      readonly retryAfterSeconds?: number | undefined;
      /** The beginning of what was answered, as text. */
      readonly answer?: string | undefined;
    }
  | { readonly error: string }
);

export interface Attempt {
  readonly at: Instant;
  readonly status?: number | undefined;
  readonly error?: string | undefined;
  readonly milliseconds: number;
  readonly answer?: string | undefined;
}

export interface DeliveryKey {
  readonly endpoint: string;
  readonly position: Position;
}

interface DeliveryFacts extends DeliveryKey {
  /** 0 while it is not stored: its first row is written with its first attempt. */
  readonly version: number;
  /** The event's id, sent as webhook-id. */
  readonly event: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Instant;
  readonly createdAt: Instant;
  /** How many attempts of the schedule were made since it began, or began anew. */
  readonly tries: number;
  /** The last of all that were ever made. */
  readonly attempts: readonly Attempt[];
  /** Keys of the requests that had it begin anew. */
  readonly renewedBy?: readonly string[] | undefined;
}

export type PendingDelivery = DeliveryFacts & { readonly status: "pending"; readonly nextAttemptAt: Instant };
export type SettledDelivery = DeliveryFacts & { readonly status: "delivered" | "failed" };

/** One event on its way to one endpoint: written when it was tried. What was not is what stands behind the lane's position. */
export type Delivery = PendingDelivery | SettledDelivery;

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;

/** Seconds to wait before each attempt (Standard Webhooks 1.0.0, retry schedule). */
const WAITS = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

export const ATTEMPTS_AT_MOST = WAITS.length;
const ATTEMPTS_KEPT = 30;
const RENEWALS_KEPT = 10;

/** Share of a wait by which it is lengthened at most, so that deliveries which failed together do not return together. */
export const JITTER = 0.2;
const RETRY_AFTER_AT_MOST = 24 * HOUR;
const BUSY_WAIT_AT_MOST = 15 * MINUTE;

export const later = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();

export const beginDelivery = (endpoint: string, event: FeedEvent, now: Instant): PendingDelivery => ({
  endpoint,
  position: event.position,
  version: 0,
  event: event.id,
  type: event.type,
  subject: event.subject,
  time: event.time,
  createdAt: now,
  tries: 0,
  attempts: [],
  status: "pending",
  nextAttemptAt: now,
});

export const isDue = (delivery: Delivery, now: Instant): delivery is PendingDelivery =>
  delivery.status === "pending" && delivery.nextAttemptAt <= now;

export type Outcome = "delivered" | "gone" | "throttled" | "failed";

/** How an answer is to be taken: 2xx is success, redirects are failures. */
export const outcomeOf = (result: AttemptResult): Outcome => {
  if ("error" in result) return "failed";
  if (result.status >= 200 && result.status < 300) return "delivered";
  if (result.status === 410) return "gone";
  return [429, 502, 503, 504].includes(result.status) ? "throttled" : "failed";
};

export const secondsAsked = (result: AttemptResult): number =>
  "status" in result ? Math.min(result.retryAfterSeconds ?? 0, RETRY_AFTER_AT_MOST) : 0;

interface Made {
  readonly result: AttemptResult;
  readonly startedAt: Instant;
  /** 0 to 1. */
  readonly jitter: number;
}

const withAttempt = (delivery: PendingDelivery, { result, startedAt }: Pick<Made, "result" | "startedAt">) => {
  const { nextAttemptAt: _, status: __, ...facts } = delivery;
  const { milliseconds } = result;
  const met =
    "status" in result
      ? { status: result.status, ...(result.answer && { answer: result.answer }) }
      : { error: result.error };
  const attempts = [...delivery.attempts, { at: startedAt, ...met, milliseconds }].slice(-ATTEMPTS_KEPT);
  return { ...facts, version: delivery.version + 1, attempts };
};

export const recordAttempt = (delivery: PendingDelivery, made: Made, now: Instant): Delivery => {
  const tries = delivery.tries + 1;
  const next = { ...withAttempt(delivery, made), tries };
  const outcome = outcomeOf(made.result);
  if (outcome === "delivered") return { ...next, status: "delivered" };
  const wait = WAITS[tries];
  if (wait === undefined || outcome === "gone") return { ...next, status: "failed" };
  const seconds = Math.ceil(Math.max(wait * (1 + JITTER * made.jitter), secondsAsked(made.result)));
  return { ...next, status: "pending", nextAttemptAt: later(now, seconds) };
};

/** While nothing is delivered at all, an attempt only finds out whether something is again: it uses up none of the schedule. */
export const recordProbe = (delivery: PendingDelivery, made: Made, now: Instant): Delivery => {
  if (["delivered", "gone"].includes(outcomeOf(made.result))) return recordAttempt(delivery, made, now);
  return { ...withAttempt(delivery, made), status: "pending", nextAttemptAt: delivery.nextAttemptAt };
};

const BUSY = 429;

/** Whether the endpoint is there, and only has too much to do. */
export const isBusy = (result: AttemptResult): boolean => "status" in result && result.status === BUSY;

/**
 * Answered 429: it is not refused, only not now. That uses up none of the schedule, so that nothing is given up because
 * its receiver is slow to take things; the waits double up to a quarter of an hour.
 */
export const recordBusy = (delivery: PendingDelivery, made: Made, now: Instant): PendingDelivery => {
  const next = withAttempt(delivery, made);
  const inARow = next.attempts.length - 1 - next.attempts.findLastIndex(({ status }) => status !== BUSY);
  const wait = Math.min(BUSY_WAIT_AT_MOST, 2 ** inARow) * (1 + JITTER * made.jitter);
  const seconds = Math.ceil(Math.max(wait, secondsAsked(made.result)));
  return { ...next, status: "pending", nextAttemptAt: later(now, seconds) };
};

/** A quick worker did not wait for the answer: noted, and to be made again at once by one that has the time. */
export const recordImpatience = (
  delivery: PendingDelivery,
  made: { milliseconds: number; startedAt: Instant },
  now: Instant,
): PendingDelivery => {
  const result = { error: "moved-to-slow-lane", milliseconds: made.milliseconds };
  return {
    ...withAttempt(delivery, { result, startedAt: made.startedAt }),
    status: "pending",
    nextAttemptAt: now,
  };
};

/** Begins anew with the whole schedule. The very same object when it is under way, or was begun by that request before. */
export const renew = (delivery: Delivery, key: string, now: Instant): Delivery => {
  if (delivery.renewedBy?.includes(key)) return delivery;
  if (delivery.status === "pending" && delivery.version > 0) return delivery;
  const renewedBy = [...(delivery.renewedBy ?? []), key].slice(-RENEWALS_KEPT);
  return { ...delivery, version: delivery.version + 1, tries: 0, renewedBy, status: "pending", nextAttemptAt: now };
};

/** Makes the next attempt now: what it waited for counts no more. */
export const hasten = (delivery: PendingDelivery, now: Instant): PendingDelivery => ({
  ...delivery,
  version: delivery.version + 1,
  nextAttemptAt: now,
});

/** Ends a delivery whose event is no longer kept. */
export const giveUp = ({ nextAttemptAt: _, ...delivery }: PendingDelivery): SettledDelivery => ({
  ...delivery,
  version: delivery.version + 1,
  status: "failed",
});
