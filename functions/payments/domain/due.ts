import { endOfLegalDate, type Instant } from "#shared/kernel/clock.ts";
import type { Attempt } from "./attempt.ts";
import { isLive, type Order } from "./order.ts";
import { hasFailed, type Refund } from "./refund.ts";

/** A code that nobody has paid for a day is shown nowhere any more; a notice of the treasury is paid at a bank until its day. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

const isForgotten = ({ provider, startedAt }: Attempt, now: Instant): boolean =>
  provider !== "nontax" && Date.parse(now) - Date.parse(startedAt) > FORGOTTEN_AFTER_MS;

/** Open after its last day. */
export const isEnding = (order: Order, now: Instant): boolean =>
  order.status === "open" && endOfLegalDate(order.payBy.date) <= now;

interface Moment {
  readonly now: Instant;
  /** Money is in doubt: also what is due later, and what seemed done. */
  readonly atOnce: boolean;
}

/** What is due for an attempt: to be asked for, or to be closed at its provider. */
export const dueOfAttempt = (
  order: Order,
  attempt: Attempt,
  { now, atOnce }: Moment,
): "ask" | "withdraw" | undefined => {
  // What was closed for us may have been paid for the provider.
  if (!isLive(attempt)) return atOnce && attempt.state === "closed" ? "ask" : undefined;
  if (attempt.state !== "closing" && isEnding(order, now)) return "withdraw";
  if (!atOnce && attempt.checkAt > now) return undefined;
  return attempt.state === "closing" || isForgotten(attempt, now) ? "withdraw" : "ask";
};

/** Whether a refund is to be sent or asked for. */
export const isRefundDue = (refund: Refund, { now, atOnce }: Moment): boolean => {
  if (refund.state === "approved") return atOnce || refund.tryAt <= now;
  if (refund.state === "processing") return atOnce || refund.checkAt <= now;
  // What failed for us may have been given back for the provider.
  return atOnce && hasFailed(refund.state);
};
