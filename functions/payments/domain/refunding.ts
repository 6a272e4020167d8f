import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import type { ProviderName } from "./attempt.ts";
import {
  type Attention,
  type Change,
  changed,
  checkAgainAt,
  type Movement,
  type Order,
  type OrderEvent,
  type Payment,
  paymentsOf,
  refundIdOf,
  remembered,
} from "./order.ts";
import { receiptVoided } from "./receipting.ts";
import type { Overtaken, Refund, RefundFacts, RefundState } from "./refund.ts";

const gone: ReadonlySet<RefundState> = new Set(["rejected", "closed", "kept"]);

/** What of a payment is given back, on its way back, or asked back. */
const refundedOf = (order: Order, payment: string): Fen =>
  order.refunds
    .filter(({ of, state }) => of === payment && !gone.has(state))
    .reduce((sum, { amount }) => sum + amount, 0);

const REFUNDS_AT_MOST = 60;

export interface RefundAsk {
  readonly amount: Fen;
  readonly reason: string;
  readonly officer: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** An officer asks that money of the counted settlement be given back, in full or in part. Never more than was paid. */
export const requestRefund = (
  order: Order,
  { amount, reason, officer, key, fingerprint }: RefundAsk,
  now: Instant,
): Decision<
  Change | undefined,
  "payment.order-unpaid" | "refund.exceeds-payment" | "refund.too-many" | "request.key-reused"
> => {
  const known = order.commands.find((command) => command.key === key);
  if (known) return known.fingerprint === fingerprint ? accept(undefined) : refuse("request.key-reused");
  if (order.status !== "settled") return refuse("payment.order-unpaid");
  if (refundedOf(order, order.settlement.number) + amount > order.settlement.amount)
    return refuse("refund.exceeds-payment");
  if (order.refunds.length >= REFUNDS_AT_MOST) return refuse("refund.too-many");
  const refund: Refund = {
    id: refundIdOf(order),
    of: order.settlement.number,
    amount,
    reason,
    requestedAt: now,
    automatic: false,
    requestedBy: officer,
    state: "requested",
  };
  const next = { ...order, refunds: [...order.refunds, refund], commands: remembered(order, { key, fingerprint }) };
  return accept(changed(next, now, [{ type: "refund-requested", refund }]));
};

interface RefundDecision {
  readonly refund: string;
  readonly approve: boolean;
  readonly officer: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** Another officer than the one who asked approves or rejects. */
export const decideRefund = (
  order: Order,
  { refund: id, approve, officer, key, fingerprint }: RefundDecision,
  now: Instant,
): Decision<
  Change | undefined,
  "refund.not-found" | "refund.decided" | "refund.own-request" | "request.key-reused"
> => {
  const known = order.commands.find((command) => command.key === key);
  if (known) return known.fingerprint === fingerprint ? accept(undefined) : refuse("request.key-reused");
  const refund = order.refunds.find((each) => each.id === id);
  if (!refund) return refuse("refund.not-found");
  if (refund.state !== "requested") return refuse("refund.decided");
  if (refund.requestedBy === officer) return refuse("refund.own-request");
  const decided: Refund = approve
    ? { ...refund, decidedBy: officer, state: "approved", tryAt: now, tries: 0 }
    : { ...refund, decidedBy: officer, state: "rejected", at: now };
  const next = { ...withRefund(order, decided), commands: remembered(order, { key, fingerprint }) };
  return accept(changed(next, now, [{ type: approve ? "refund-approved" : "refund-rejected", refund: decided }]));
};

const withRefund = (order: Order, refund: Refund): Order => ({
  ...order,
  refunds: order.refunds.map((each) => (each.id === refund.id ? refund : each)),
});

const factsOf = ({ id, of, amount, reason, requestedAt, automatic, requestedBy, decidedBy }: Refund): RefundFacts => ({
  id,
  of,
  amount,
  reason,
  requestedAt,
  automatic,
  requestedBy,
  decidedBy,
});

/** What a provider tells of a refund. */
export interface RefundReport {
  readonly provider: ProviderName;
  readonly refund: string;
  readonly state: "processing" | "completed" | "closed" | "abnormal";
  /** Fen; absent where the protocol tells only a running total. */
  readonly amount?: Fen | undefined;
  /** When the provider took the refund: it decides in which day's bill it stands. */
  readonly acceptedAt?: Instant | undefined;
  /** Told only where the provider's day is not the calendar's. */
  readonly billDate?: string | undefined;
  readonly at: Instant;
}

/**
 * Takes in what a provider tells of a refund. What comes late or twice changes nothing: completed and rejected stay as they are, and
 * `abnormal` may still become completed or closed. What was closed, or settled by a person, stays too, unless the provider gives the
 * money back all the same: the books follow the money, and a person is told.
 */
export const takeRefundReport = (
  order: Order,
  report: RefundReport,
  now: Instant,
): Decision<Change | undefined, "refund.unknown" | "refund.amount-differs"> => {
  const refund = order.refunds.find(({ id }) => id === report.refund);
  const payment = paymentsOf(order).find(({ number }) => number === refund?.of);
  if (!refund || payment?.provider !== report.provider || refund.state === "requested" || refund.state === "rejected")
    return refuse("refund.unknown");
  if (report.amount !== undefined && report.amount !== refund.amount) return refuse("refund.amount-differs");
  if (refund.state === "closed" || refund.state === "returned" || refund.state === "kept")
    return accept(report.state === "completed" ? afterAll(order, refund, payment, report, now) : undefined);
  if (refund.state === "completed") return accept(undefined);
  if (refund.state === report.state) return accept(undefined);
  if (refund.state === "abnormal" && report.state === "processing") return accept(undefined);

  // A refund stands in the bill of the day on which the provider accepted it (WeChat: 商户退款受理成功时间).
  const movements = refund.state === "approved" ? [movementOf(order, refund, payment, report)] : [];
  const facts = factsOf(refund);
  switch (report.state) {
    case "processing": {
      const acceptedAt = report.acceptedAt ?? now;
      const next: Refund = { ...facts, state: "processing", acceptedAt, checks: 0, checkAt: checkAgainAt(now, 0) };
      return accept(changed(withRefund(order, next), now, [], movements));
    }
    case "completed": {
      const next: Refund = { ...facts, state: "completed", at: report.at };
      return accept(ended(withRefund(order, next), next, "refund-completed", now, movements));
    }
    case "closed": {
      const next: Refund = { ...facts, state: "closed", at: report.at };
      return accept(troubled(withRefund(order, next), next, "refund-closed", now, movements));
    }
    case "abnormal": {
      const next: Refund = { ...facts, state: "abnormal", at: report.at };
      return accept(troubled(withRefund(order, next), next, "refund-abnormal", now, movements));
    }
  }
};

const movementOf = (order: Order, refund: Refund, payment: Payment, report: RefundReport): Movement => ({
  provider: payment.provider,
  date: report.billDate ?? legalDate(report.acceptedAt ?? report.at),
  kind: "refund",
  number: refund.id,
  trade: payment.trade,
  amount: refund.amount,
  order: order.id,
});

/** A refund in place of what needed a person before: a surplus that did not go back waits under it from now on. */
const withAttention = (order: Order, refund: Refund, what: Attention["what"], since: Instant): readonly Attention[] => [
  ...order.attention.filter(({ reference }) => reference !== refund.id && reference !== refund.of),
  { what, reference: refund.id, since },
];

/** It needs a person. */
const troubled = (
  order: Order,
  refund: Refund,
  what: "refund-closed" | "refund-abnormal",
  now: Instant,
  movements: readonly Movement[],
): Change => {
  const attention = withAttention(order, refund, what, now);
  const events: OrderEvent[] = [
    ...(what === "refund-closed" ? [{ type: "refund-rejected", refund } as const] : []),
    { type: "attention-needed", what },
  ];
  return changed({ ...order, attention }, now, events, movements);
};

/** Given back although the books had it otherwise. What is asked back of the same payment may exceed it now: a person decides. */
const afterAll = (
  order: Order,
  refund: Refund & { readonly state: Overtaken["state"] },
  payment: Payment,
  report: RefundReport,
  now: Instant,
): Change => {
  const { at } = report;
  const { state, at: since } = refund;
  const isBooked = refund.state === "closed" || refund.booked !== false;
  const movements = isBooked ? [] : [movementOf(order, refund, payment, report)];
  const person = "by" in refund && { by: refund.by, note: refund.note };
  const next: Refund = { ...factsOf(refund), state: "completed", at, after: { state, at: since, ...person } };
  const what = state === "returned" ? "refunded-twice" : "refunded-after-all";
  const others = order.attention.filter(({ reference }) => reference !== refund.id);
  const attention = [...others, { what, reference: refund.id, since: now } as const];
  const events: OrderEvent[] = [
    // What was returned by another way is told as completed already.
    ...(state === "returned" ? [] : [{ type: "refund-completed", refund: next } as const]),
    { type: "attention-needed", what },
  ];
  return changed({ ...receiptVoided(withRefund(order, next), now), attention }, now, events, movements);
};

/** The money is back: nobody has to see to it any more, and a fiscal receipt for nothing is voided. */
const ended = (
  order: Order,
  refund: Refund,
  type: "refund-completed",
  now: Instant,
  movements: readonly Movement[],
): Change => {
  const attention = order.attention.filter(
    ({ reference }) => reference !== refund.id && !(refund.automatic && reference === refund.of),
  );
  const events: OrderEvent[] = [
    { type, refund },
    ...(attention.length < order.attention.length ? [{ type: "attention-settled" } as const] : []),
  ];
  return changed({ ...receiptVoided(order, now), attention }, now, events, movements);
};

/** When a person hears of a refund that the provider does not take (it was tried for most of a day), */
const TRIES_UNTOLD = 10;
/** and of one that it took and does not end: a bank may need days (looked at for most of a week). */
const CHECKS_UNTOLD = 32;

/** A look at a refund, or a try to send it, that brought nothing: later again, and at last a person hears of it. */
export const postponeRefund = (order: Order, id: string, now: Instant): Change | undefined => {
  const refund = order.refunds.find((each) => each.id === id);
  if (refund?.state === "approved") {
    const tries = refund.tries + 1;
    const next = withRefund(order, { ...refund, tries, tryAt: checkAgainAt(now, tries - 1) });
    return tries < TRIES_UNTOLD ? changed(next, now) : stuck(next, refund, now);
  }
  if (refund?.state !== "processing") return undefined;
  const checks = refund.checks + 1;
  const next = withRefund(order, { ...refund, checks, checkAt: checkAgainAt(now, checks) });
  return checks < CHECKS_UNTOLD ? changed(next, now) : stuck(next, refund, now);
};

/** Told once: it stays until the provider ends it, or a person does. */
const stuck = (order: Order, refund: Refund, now: Instant): Change =>
  order.attention.some(({ reference }) => reference === refund.id)
    ? changed(order, now)
    : changed({ ...order, attention: withAttention(order, refund, "refund-stuck", now) }, now, [
        { type: "attention-needed", what: "refund-stuck" },
      ]);

interface Settling {
  readonly reference: string;
  readonly outcome: "returned" | "kept";
  readonly note: string;
  readonly officer: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** Whether a person may still say how it ended. Should the provider give it back all the same, the books follow. */
const isOpen = ({ state }: Refund): boolean =>
  state === "abnormal" || state === "closed" || state === "approved" || state === "processing";

/** The refund that a person's word ends. What needs a person is a surplus itself as long as its refund is only tried. */
const settledBy = (order: Order, reference: string): Refund | undefined =>
  order.refunds.find(({ id }) => id === reference) ??
  order.refunds.find((refund) => refund.automatic && refund.of === reference && isOpen(refund));

/** A person has seen to what needed one, and says how. */
export const settleAttention = (
  order: Order,
  { reference, outcome, note, officer, key, fingerprint }: Settling,
  now: Instant,
): Decision<Change | undefined, "attention.not-found" | "refund.exceeds-payment" | "request.key-reused"> => {
  const known = order.commands.find((command) => command.key === key);
  if (known) return known.fingerprint === fingerprint ? accept(undefined) : refuse("request.key-reused");
  if (!order.attention.some((each) => each.reference === reference)) return refuse("attention.not-found");
  const attention = order.attention.filter((each) => each.reference !== reference);
  const refund = settledBy(order, reference);
  const commands = remembered(order, { key, fingerprint });
  const events: OrderEvent[] = [{ type: "attention-settled" }];
  if (!refund || !isOpen(refund)) return accept(changed({ ...order, attention, commands }, now, events));
  const payment = paymentsOf(order).find(({ number }) => number === refund.of);
  const elsewhere = refundedOf(order, refund.of) - (gone.has(refund.state) ? 0 : refund.amount);
  if (outcome === "returned" && elsewhere + refund.amount > (payment?.amount ?? 0))
    return refuse("refund.exceeds-payment");
  const booked = refund.state === "approved" ? ({ booked: false } as const) : {};
  const settled: Refund = { ...factsOf(refund), state: outcome, at: now, by: officer, note, ...booked };
  const next = { ...withRefund(order, settled), attention, commands };
  return accept(
    changed(receiptVoided(next, now), now, [
      ...(outcome === "returned" ? [{ type: "refund-completed", refund: settled } as const] : []),
      ...events,
    ]),
  );
};
