import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";

/** What one attempt met: an HTTP status, or why there was no answer. */
export type AttemptResult = { readonly milliseconds: number } & (
  | { readonly status: number; readonly retryAfterSeconds?: number | undefined }
  | { readonly error: string }
);

interface Attempt {
  readonly at: Instant;
  readonly status?: number | undefined;
  readonly error?: string | undefined;
  readonly milliseconds: number;
}

export interface DeliveryKey {
  readonly endpoint: string;
  /** The event's id, sent as webhook-id. */
  readonly event: string;
  /** The event's time; with the id it makes the place in the log. */
  readonly time: Instant;
}

interface DeliveryFacts extends DeliveryKey {
  readonly version: number;
  readonly department: string;
  readonly type: string;
  readonly subject: string;
  readonly correlationId?: string | undefined;
  /** The bytes to be sent, the same at every attempt. */
  readonly body: string;
  readonly createdAt: Instant;
  readonly attempts: readonly Attempt[];
}

export type PendingDelivery = DeliveryFacts & {
  readonly status: "pending";
  readonly nextAttemptAt: Instant;
  /** When the sweep takes over: no message is on its way for it, or that message must be lost. */
  readonly sweepAt: Instant;
};
export type SettledDelivery = DeliveryFacts & { readonly status: "delivered" | "failed" };

/** One event on its way to one endpoint. */
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

/** Share of a wait by which it is lengthened at most, so that endpoints which failed together do not return together. */
const JITTER = 0.2;
const RETRY_AFTER_AT_MOST = 24 * HOUR;
/** The longest delay an SQS message can have. */
const QUEUE_WAIT_AT_MOST = 15 * MINUTE;
const MESSAGE_IS_LOST_AFTER = 2 * MINUTE;

const later = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();

const due = (now: Instant, wait: number): Pick<PendingDelivery, "nextAttemptAt" | "sweepAt"> => ({
  nextAttemptAt: later(now, wait),
  sweepAt: later(now, wait <= QUEUE_WAIT_AT_MOST ? wait + MESSAGE_IS_LOST_AFTER : wait),
});

/** Seconds for which the next attempt's message is to be delayed; undefined when the wait is longer than a queue can keep it. */
export const queueDelay = (delivery: PendingDelivery, now: Instant): number | undefined => {
  const seconds = Math.max(0, Math.ceil((Date.parse(delivery.nextAttemptAt) - Date.parse(now)) / 1000));
  return seconds <= QUEUE_WAIT_AT_MOST ? seconds : undefined;
};

/** When a delivery that the sweep has sent a message for is looked at again. */
export const sweepAgainAt = (now: Instant): Instant => later(now, 5 * MINUTE);

export const beginDelivery = (
  facts: Omit<DeliveryFacts, "version" | "createdAt" | "attempts">,
  now: Instant,
): PendingDelivery => ({ ...facts, version: 1, createdAt: now, attempts: [], status: "pending", ...due(now, 0) });

export type DeliveryRefusal = "delivery.settled" | "delivery.attempt-superseded";

/** Whether the attempt of that number (from 0) is still to be made. */
export const dueAttempt = (delivery: Delivery, attempt: number): Decision<PendingDelivery, DeliveryRefusal> => {
  if (delivery.status !== "pending") return refuse("delivery.settled");
  if (delivery.attempts.length !== attempt) return refuse("delivery.attempt-superseded");
  return accept(delivery);
};

export const saysGone = (result: AttemptResult): boolean => "status" in result && result.status === 410;

/** @param jitter 0 to 1 */
export const recordAttempt = (
  delivery: PendingDelivery,
  { result, startedAt, jitter }: { result: AttemptResult; startedAt: Instant; jitter: number },
  now: Instant,
): Delivery => {
  const { nextAttemptAt: _, sweepAt: __, ...facts } = delivery;
  const { milliseconds } = result;
  const met = "status" in result ? { status: result.status } : { error: result.error };
  const attempts = [...delivery.attempts, { at: startedAt, ...met, milliseconds }];
  const next = { ...facts, version: delivery.version + 1, attempts };

  if ("status" in result && result.status >= 200 && result.status < 300) return { ...next, status: "delivered" };
  const wait = WAITS[attempts.length];
  if (wait === undefined || saysGone(result)) return { ...next, status: "failed" };
  const asked = "status" in result ? Math.min(result.retryAfterSeconds ?? 0, RETRY_AFTER_AT_MOST) : 0;
  const seconds = Math.ceil(Math.max(wait * (1 + JITTER * jitter), asked));
  return { ...next, status: "pending", ...due(now, seconds) };
};

/** Ends a delivery whose endpoint is removed or disabled. */
export const dropDelivery = (delivery: PendingDelivery): SettledDelivery => {
  const { nextAttemptAt: _, sweepAt: __, ...facts } = delivery;
  return { ...facts, version: delivery.version + 1, status: "failed" };
};
