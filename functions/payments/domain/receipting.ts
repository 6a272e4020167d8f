import type { Instant } from "#shared/kernel/clock.ts";
import { type Change, changed, later, type Order } from "./order.ts";
import type { ReceiptNumber } from "./receipt.ts";

/** Once all of the settlement is back, a receipt that was made out is to be voided, and one that was not is not needed. */
export const receiptVoided = (order: Order, now: Instant): Order => {
  if (order.status !== "settled" || !order.receipt) return order;
  const back = order.refunds
    .filter(({ of, state }) => of === order.settlement.number && (state === "completed" || state === "returned"))
    .reduce((sum, { amount }) => sum + amount, 0);
  if (back < order.settlement.amount) return order;
  if (order.receipt.state === "issued")
    return { ...order, receipt: { ...order.receipt, state: "voiding", tryAt: now, tries: 0 } };
  return order.receipt.state === "due" ? { ...order, receipt: { state: "none" } } : order;
};

/** The treasury has made the receipt out. */
export const takeReceipt = (order: Order, made: ReceiptNumber, now: Instant): Change | undefined => {
  if (order.status !== "settled") return undefined;
  // All was given back while the treasury was writing: what it wrote is to be voided.
  if (order.receipt?.state === "none")
    return changed({ ...order, receipt: { ...made, state: "voiding", tryAt: now, tries: 0 } }, now);
  return order.receipt?.state === "due" ? changed({ ...order, receipt: { ...made, state: "issued" } }, now) : undefined;
};

export const takeReceiptVoided = (order: Order, now: Instant): Change | undefined => {
  if (order.status !== "settled" || order.receipt?.state !== "voiding") return undefined;
  const { code, number, check, date } = order.receipt;
  return changed({ ...order, receipt: { code, number, check, date, state: "voided" } }, now);
};

/** The treasury could not be asked: later again. */
export const postponeReceipt = (order: Order, now: Instant): Change | undefined => {
  if (order.status !== "settled" || !order.receipt || !("tryAt" in order.receipt)) return undefined;
  const tries = order.receipt.tries + 1;
  const seconds = Math.min(60 * 2 ** tries, 6 * 3_600);
  return changed({ ...order, receipt: { ...order.receipt, tries, tryAt: later(now, seconds) } }, now);
};
