import {
  checkOutPaymentOrder,
  listPaymentOrders,
  readFiscalReceipt,
  readPaymentOrder,
  renewPaymentOrder,
} from "#shared/contracts/http/payments.ts";
import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { keyed } from "#shared/kernel/keyed.ts";
import { endpoint, type Request } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import { changeOrder } from "../change-order.ts";
import type { Handle } from "../domain/attempt.ts";
import { beginAttempt, type Order, openAttempt, payableUntil, renew } from "../domain/order.ts";
import { type Orders, ProviderRefused, type Providers, ProviderUnavailable } from "../domain/ports.ts";
import { mayPay, payerViewOf } from "./seeing.ts";

export interface PayingDeps {
  readonly orders: Orders;
  readonly providers: Providers;
  readonly now: Clock;
  /** The address of a receipt's PDF, good for ten minutes from then. */
  readonly receiptLink: (order: string, now: Instant) => string;
}

const own = async (
  { orders }: Pick<PayingDeps, "orders">,
  { path, caller }: Pick<Request<{ id: string }, unknown, unknown>, "path" | "caller">,
): Promise<Decision<Order, "payment.order-not-found">> => {
  const order = await orders.find(path.id);
  return order && mayPay(caller, order) ? accept(order) : refuse("payment.order-not-found");
};

export const listPaymentOrdersEndpoint = (deps: PayingDeps) =>
  endpoint(listPaymentOrders, async ({ query, caller }) => {
    const orders = await deps.orders.ofApplication(query.application);
    return accept({ items: orders.filter((order) => mayPay(caller, order)).map(payerViewOf) });
  });

export const readPaymentOrderEndpoint = (deps: PayingDeps) =>
  endpoint(readPaymentOrder, async (request) => {
    const found = await own(deps, request);
    return found.ok ? accept(payerViewOf(found.value)) : found;
  });

export const checkOutPaymentOrderEndpoint = (deps: PayingDeps) =>
  endpoint(checkOutPaymentOrder, async (request) => {
    const { body, caller, path } = request;
    const found = await own(deps, request);
    if (!found.ok) return found;
    const order = found.value;
    const provider = deps.providers[body.provider];
    if (!provider) return refuse("payment.provider-not-offered");
    if (!provider.offers(body)) return refuse("payment.way-not-offered");

    const now = deps.now();
    const payer = caller.applicant
      ? {
          name: caller.applicant.name,
          ...(caller.applicant.kind === "legal" && { code: caller.applicant.idNumber }),
        }
      : body.payer;
    const begun = beginAttempt(
      order,
      {
        provider: body.provider,
        way: body.way,
        ...keyed(request, [path, body]),
        payer,
      },
      now,
    );
    if (!begun.ok) return begun;
    const { attempt, change } = begun.value;
    if (change) await deps.orders.save(change);
    const answered = (pay: Handle) =>
      accept({ number: attempt.number, provider: attempt.provider, way: attempt.way, pay });
    if (attempt.handle) return answered(attempt.handle);

    let handle: Handle;
    try {
      handle = await provider.checkout({
        number: attempt.number,
        startedAt: attempt.startedAt,
        amount: order.total,
        way: attempt.way,
        description: order.charges[0]?.name ?? "政务服务缴费",
        expiresAt: payableUntil(order, attempt),
        returnUrl: body.returnUrl,
        openId: body.openId,
        source: request.source,
        charges: order.charges,
        department: order.department,
      });
    } catch (error) {
      // The attempt stays: repeated with the same key it goes on, and it is watched, should the provider have taken it.
      if (error instanceof ProviderUnavailable) {
        logger.warn("payment.provider-unavailable", { what: "checkout", order: order.id, reason: error.message });
        return refuse("payment.provider-unavailable");
      }
      if (error instanceof ProviderRefused) {
        logger.warn("payment.provider-refused", { what: "checkout", order: order.id, reason: error.message });
        return refuse("payment.provider-refused");
      }
      throw error;
    }
    const after = await changeOrder(deps.orders, order.id, (current) =>
      openAttempt(current, attempt.number, handle, deps.now()),
    );
    // Settled or closed in between: what was just made must not be paid, and is closed at the provider.
    if (after?.status === "settled") return refuse("payment.order-settled");
    if (after?.status === "closed") return refuse("payment.order-closed");
    // Two requests with one key: what is kept is what both are told.
    const kept = after?.attempts.find(({ number }) => number === attempt.number);
    return kept?.state === "open" ? answered(kept.handle) : refuse("payment.attempt-over");
  });

export const renewPaymentOrderEndpoint = (deps: PayingDeps) =>
  endpoint(renewPaymentOrder, async (request) => {
    const found = await own(deps, request);
    if (!found.ok) return found;
    const command = keyed(request, ["renew", request.path]);
    const decision = renew(found.value, command, deps.now());
    if (!decision.ok) return decision;
    if (decision.value) await deps.orders.save(decision.value);
    return accept(payerViewOf(decision.value?.order ?? found.value));
  });

export const readFiscalReceiptEndpoint = (deps: PayingDeps) =>
  endpoint(readFiscalReceipt, async (request) => {
    const found = await own(deps, request);
    if (!found.ok) return found;
    const order = found.value;
    if (order.status !== "settled") return refuse("payment.order-unpaid");
    const { receipt } = order;
    if (!receipt || receipt.state === "none") return refuse("payment.no-receipt");
    if (receipt.state === "due") return refuse("payment.receipt-not-ready");
    return accept({
      code: receipt.code,
      number: receipt.number,
      check: receipt.check,
      date: receipt.date,
      state: receipt.state,
      ...(order.payer && { payer: order.payer.name }),
      collectingUnit: order.department,
      charges: order.charges,
      total: order.total,
      pdf: deps.receiptLink(order.id, deps.now()),
    });
  });
