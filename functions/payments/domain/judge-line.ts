import type { Fen } from "#shared/kernel/fen.ts";
import type { Difference, SideSum } from "./day.ts";
import { differenceOf, noSum, taken } from "./match.ts";
import { type Order, paymentsOf } from "./order.ts";
import type { BillLine } from "./ports.ts";
import { hasFailed, type Refund, type RefundState } from "./refund.ts";

/** What is left of a doubt once its order was read: a difference or nothing, and what of it our side's sum did not have yet. */
export interface Verdict {
  readonly difference?: Difference | undefined;
  readonly here: SideSum;
}

/** One movement as a sum. */
const sumOf = (kind: BillLine["kind"], amount: Fen): SideSum =>
  kind === "payment" ? { payments: amount, refunds: 0, count: 1 } : { payments: 0, refunds: amount, count: 1 };

const refundOf = (order: Order | undefined, number: string): Refund | undefined =>
  order?.refunds.find(({ id }) => id === number);

/** Whether the provider is known to have taken it. */
const isTaken = (refund: Refund): boolean =>
  !["requested", "approved", "rejected"].includes(refund.state) && !("booked" in refund && refund.booked === false);

/** What our books have of the line, whatever the day they have put it to: which one it is, the provider decides. */
const amountHere = (order: Order, { kind, number }: BillLine): Fen | undefined => {
  if (kind === "payment") return paymentsOf(order).find((payment) => payment.number === number)?.amount;
  const refund = refundOf(order, number);
  return refund && isTaken(refund) ? refund.amount : undefined;
};

const failed = (state: RefundState | undefined): boolean => state !== undefined && hasFailed(state);
const stands = (state: RefundState | undefined): boolean => state !== undefined && !hasFailed(state);
/** How a refund may stand here when the bill has it so. */
const alike = { done: stands, pending: () => true, failed } as const;

/** A refund that both have is a difference unless both have it at the same end. */
export const judgeRefund = (order: Order | undefined, line: BillLine): Verdict => {
  const state = refundOf(order, line.number)?.state;
  if (alike[line.outcome](state)) return { here: noSum };
  return { difference: differenceOf("status", line, line.amount, `refund-${state}`), here: noSum };
};

/** A line that our books of that day lack. */
export const judgeStranger = (order: Order | undefined, line: BillLine): Verdict => {
  const amount = order && amountHere(order, line);
  if (amount === undefined) {
    const note = order ? `order-${order.status}` : "order-unknown";
    return { difference: differenceOf("missing-here", line, undefined, note), here: noSum };
  }
  if (amount !== line.amount) return { difference: differenceOf("amount", line, amount), here: noSum };
  return { ...(line.kind === "refund" && judgeRefund(order, line)), here: sumOf(line.kind, line.amount) };
};

/** A refund of ours that the bill lacks. What failed need not stand in a bill: no money moved. */
export const judgeLost = (order: Order | undefined, difference: Difference): Verdict =>
  failed(refundOf(order, difference.number)?.state)
    ? { here: taken(noSum, sumOf("refund", difference.here ?? 0)) }
    : { difference, here: noSum };
