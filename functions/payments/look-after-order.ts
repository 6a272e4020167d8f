import type { Clock } from "#shared/kernel/clock.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { logger } from "#shared/runtime/logger.ts";
import { changeOrder } from "./change-order.ts";
import type { Attempt } from "./domain/attempt.ts";
import { dueOfAttempt, isEnding, isRefundDue } from "./domain/due.ts";
import {
  type Change,
  closeAttempt,
  expire,
  isLive,
  type Order,
  paymentsOf,
  postponeCheck,
  settle,
} from "./domain/order.ts";
import {
  type FiscalReceipts,
  type Orders,
  ProviderRefused,
  type Providers,
  ProviderUnavailable,
} from "./domain/ports.ts";
import { postponeReceipt, takeReceipt, takeReceiptVoided } from "./domain/receipting.ts";
import type { Refund } from "./domain/refund.ts";
import { postponeRefund, takeRefundReport } from "./domain/refunding.ts";

export interface Deps {
  readonly orders: Orders;
  readonly providers: Providers;
  readonly receipts: FiscalReceipts | undefined;
  readonly now: Clock;
}

/**
 * Does what is due for one order without being asked: asks for attempts of which no callback came, closes those that must not be
 * paid, sends refunds and asks for them, has receipts made out, and lets the order expire. Each step is one write after one
 * idempotent call, so that it can be broken off anywhere and done again. With `atOnce` also what is due later, and what seemed done.
 */
export const lookAfterOrder = ({ orders, providers, receipts, now }: Deps) => {
  const change = (id: string, decide: (order: Order) => Change | undefined) => changeOrder(orders, id, decide);

  const taken = (decision: Decision<Change | undefined, string>, order: Order, what: string): Change | undefined => {
    if (decision.ok) return decision.value;
    logger.error("payment.report-refused", new Error(decision.refusal.code), { order: order.id, what });
    return undefined;
  };

  /** What went wrong outside is no fault of ours: undefined, and it is tried again later. */
  const outside = async <T>(what: string, order: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProviderUnavailable)
        logger.warn("payment.provider-unavailable", { what, order, reason: error.message });
      else if (error instanceof ProviderRefused)
        logger.warn("payment.provider-refused", { what, order, reason: error.message });
      else throw error;
      return undefined;
    }
  };

  const ask = async (order: Order, attempt: Attempt): Promise<void> => {
    const { number, provider: name, startedAt } = attempt;
    const provider = providers[name];
    const found =
      provider && (await outside("query", order.id, () => provider.query({ number, startedAt, amount: order.total })));
    await change(order.id, (current) => {
      if (found?.state === "paid") {
        const { state: _, ...paid } = found;
        const settled = settle(current, { provider: name, number, ...paid }, now());
        return taken(settled, current, "query") ?? postponeCheck(current, number, now());
      }
      if (found?.state === "closed") return closeAttempt(current, number, now());
      return postponeCheck(current, number, now());
    });
  };

  const withdraw = async (order: Order, attempt: Attempt): Promise<void> => {
    const { number, provider: name, startedAt } = attempt;
    const provider = providers[name];
    const closed =
      provider &&
      (await outside("close", order.id, async () => {
        await provider.close({ number, startedAt, amount: order.total });
        return true;
      }));
    if (closed) await change(order.id, (current) => closeAttempt(current, number, now()));
    else await ask(order, attempt);
  };

  /** While providers were asked a person may have ended it: what is not as it was is not sent. */
  const isUnchanged = async (order: string, { id, state }: Refund): Promise<boolean> =>
    (await orders.find(order))?.refunds.some((each) => each.id === id && each.state === state) ?? false;

  const refund = async (order: Order, entry: Refund): Promise<void> => {
    const payment = paymentsOf(order).find(({ number }) => number === entry.of);
    const provider = payment && providers[payment.provider];
    const found =
      provider &&
      (await outside("refund", order.id, async () => {
        const { id, requestedAt, amount, reason } = entry;
        const call = { refund: id, requestedAt, amount, reason, payment };
        const asked = entry.state === "approved" ? ({ state: "unknown" } as const) : await provider.queryRefund(call);
        // It never came there, or came to nothing: by its number it is the same refund, however often it is sent.
        const isToSend = asked.state === "unknown" && (entry.state === "approved" || entry.state === "processing");
        return isToSend && (await isUnchanged(order.id, entry)) ? provider.refund(call) : asked;
      }));
    await change(order.id, (current) => {
      if (!found || !payment || found.state === "unknown") return postponeRefund(current, entry.id, now());
      const report = { provider: payment.provider, refund: entry.id, ...found };
      return (
        taken(takeRefundReport(current, report, now()), current, "refund") ?? postponeRefund(current, entry.id, now())
      );
    });
  };

  const receipt = async (order: Order & { status: "settled" }): Promise<void> => {
    if (order.receipt?.state === "voiding") {
      const { receipt: made } = order;
      const voided = await outside("void-receipt", order.id, async () => {
        await receipts?.void({ ...made, order: order.id });
        return receipts !== undefined;
      });
      await change(order.id, (current) =>
        voided ? takeReceiptVoided(current, now()) : postponeReceipt(current, now()),
      );
      return;
    }
    const made = await outside("issue-receipt", order.id, async () =>
      receipts?.issue({
        order: order.id,
        payer: order.payer?.name ?? "",
        payerCode: order.payer?.code,
        department: order.department,
        charges: order.charges,
        total: order.total,
        paidAt: order.settlement.at,
      }),
    );
    await change(order.id, (current) => (made ? takeReceipt(current, made, now()) : postponeReceipt(current, now())));
  };

  return async (id: string, { atOnce = false } = {}): Promise<void> => {
    const order = await orders.find(id);
    if (!order) return;
    for (const attempt of order.attempts) {
      const due = dueOfAttempt(order, attempt, { now: now(), atOnce });
      if (due === "ask") await ask(order, attempt);
      if (due === "withdraw") await withdraw(order, attempt);
    }
    // As long as a provider does not say that nothing was paid, the order waits: money must not come to a closed order.
    if (isEnding(order, now()))
      await change(id, (current) => (current.attempts.some(isLive) ? undefined : expire(current, now())));

    const after = await orders.find(id);
    if (!after) return;
    for (const entry of after.refunds) if (isRefundDue(entry, { now: now(), atOnce })) await refund(after, entry);
    // Asked for all at once it is the money that is in doubt; receipts have their own time.
    const last = atOnce ? undefined : await orders.find(id);
    if (last?.status === "settled" && last.receipt && "tryAt" in last.receipt && last.receipt.tryAt <= now())
      await receipt(last);
  };
};
