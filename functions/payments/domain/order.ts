import { endOfLegalDate, type Instant, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import { type Deadline, deadlineAfter } from "#shared/kernel/working-days.ts";
import type { Attempt, Handle, LiveAttempt, ProviderName, Way } from "./attempt.ts";
import { paymentNumber } from "./numbers.ts";
import type { Receipt } from "./receipt.ts";
import type { Refund } from "./refund.ts";

/** What an order pays for: a case's fee before acceptance or before issue, or the carriage of a parcel. */
export interface Purpose {
  readonly kind: "application" | "shipment";
  readonly id: string;
  readonly due: "acceptance" | "issue" | "shipment";
}

export interface Charge {
  readonly name: string;
  readonly amount: Fen;
  /** Charge-item code (收费项目编码) of the fiscal receipt, 12 digits. */
  readonly chargeItem?: string | undefined;
}

/** One settlement at a provider, as the provider told it. */
export interface Payment {
  /** Our number of the attempt it came by. */
  readonly number: string;
  readonly provider: ProviderName;
  /** The provider's own number. */
  readonly trade: string;
  readonly amount: Fen;
  /** When the provider took the money; it decides in which day's bill it stands, unless the provider says another. */
  readonly at: Instant;
  readonly billDate?: string | undefined;
  /** What the payer paid beside the order's total for being late (滞纳金); the treasury's affair. */
  readonly lateFee?: Fen | undefined;
  readonly toldAt: Instant;
}

/** The day in whose bill the provider has it. */
const billDateOf = ({ at, billDate }: Pick<Payment, "at" | "billDate">): string => billDate ?? legalDate(at);

/** Something a person has to see to; `reference` is a payment's number or a refund's id. */
export interface Attention {
  readonly what:
    | "refund-abnormal"
    | "paid-twice"
    | "paid-after-closing"
    | "refund-closed"
    /** The provider gave back what was to stay, or had been closed. */
    | "refunded-after-all"
    /** The provider gave back what a person had returned by another way. */
    | "refunded-twice"
    /** The provider was asked for long, and has not given it back. */
    | "refund-stuck";
  readonly reference: string;
  readonly since: Instant;
}

type Phase =
  | { readonly status: "open" }
  | { readonly status: "settled"; readonly settlement: Payment; readonly receipt?: Receipt | undefined }
  | { readonly status: "closed"; readonly reason: "expired" | "cancelled"; readonly closedAt: Instant };

/** A payment order (缴费单). All money that ever came for its purpose, and all that went back, stands in this one aggregate. */
export type Order = Phase & {
  readonly id: string;
  readonly version: number;
  readonly purpose: Purpose;
  /** The case it belongs to, also when it pays for a shipment. */
  readonly application: string;
  readonly number: string;
  readonly charges: readonly Charge[];
  readonly total: Fen;
  readonly applicant?: { readonly kind: "natural" | "legal"; readonly id: string } | undefined;
  readonly department: string;
  readonly division?: string | undefined;
  readonly itemCode?: string | undefined;
  /** The sequence of the newest event that asked for it: what its case had come to before does not close it. */
  readonly asked: number;
  readonly openedAt: Instant;
  /** When this version came about. */
  readonly changedAt: Instant;
  readonly payBy: Deadline;
  /** Who is named on the fiscal receipt (缴款人), once somebody has said so. Personal data. */
  readonly payer?: { readonly name: string; readonly code?: string | undefined } | undefined;
  readonly attempts: readonly Attempt[];
  /** Settlements beside the one that counts. Each is refunded without being asked. */
  readonly surplus: readonly Payment[];
  readonly refunds: readonly Refund[];
  readonly attention: readonly Attention[];
  /** Keys of acting requests that leave no other trace, newest last. */
  readonly commands: readonly { readonly key: string; readonly fingerprint: string }[];
};

export type OrderEvent =
  | { readonly type: "opened" }
  | { readonly type: "settled"; readonly payment: Payment }
  | { readonly type: "closed"; readonly reason: "expired" | "cancelled" }
  | {
      readonly type: "refund-requested" | "refund-approved" | "refund-completed" | "refund-rejected";
      readonly refund: Refund;
    }
  | { readonly type: "attention-needed"; readonly what: Attention["what"] }
  | { readonly type: "attention-settled" };

/** Money that moved at a provider, as it must stand in that provider's bill of the day. */
export interface Movement {
  readonly provider: ProviderName;
  readonly date: string;
  readonly kind: "payment" | "refund";
  /** Our number: the attempt's, or the refund's id. */
  readonly number: string;
  readonly trade: string;
  readonly amount: Fen;
  readonly order: string;
}

/** A new state, what it tells the world, and the money that moved with it. All are written at once or not at all. */
export interface Change {
  readonly order: Order;
  readonly events: readonly OrderEvent[];
  readonly movements: readonly Movement[];
}

export const changed = (
  order: Order,
  now: Instant,
  events: readonly OrderEvent[] = [],
  movements: readonly Movement[] = [],
): Change => ({ order: { ...order, version: order.version + 1, changedAt: now }, events, movements });

/** Working days to pay within, counted anew when an order is renewed; configuration of the city, assumed. */
const DAYS_TO_PAY = 10;
const ATTEMPTS_AT_MOST = 40;
/** A code or page can be paid for two hours from the attempt's beginning (WeChat's code_url lives no longer). */
const HANDLE_SECONDS = 2 * 3_600;
/** What is shown again to another request must still be payable for a while. */
const FRESH_MS = 100 * 60_000;
/** Seconds from an attempt's beginning, or from the last look, to the next one. */
const CHECKS = [120, 180, 300, 600, 1_800, 3_600, 10_800, 21_600] as const;

export const later = (at: Instant, seconds: number): Instant => new Date(Date.parse(at) + seconds * 1000).toISOString();

/** When to look again after that many looks. */
export const checkAgainAt = (now: Instant, checks: number): Instant =>
  later(now, CHECKS[Math.min(checks, CHECKS.length - 1)] ?? 21_600);

export const openOrder = (
  facts: Pick<
    Order,
    | "id"
    | "purpose"
    | "application"
    | "number"
    | "charges"
    | "total"
    | "applicant"
    | "department"
    | "division"
    | "itemCode"
    | "asked"
  >,
  now: Instant,
): Change => ({
  order: {
    ...facts,
    version: 1,
    openedAt: now,
    changedAt: now,
    payBy: deadlineAfter(now, DAYS_TO_PAY),
    attempts: [],
    surplus: [],
    refunds: [],
    attention: [],
    commands: [],
    status: "open",
  },
  events: [{ type: "opened" }],
  movements: [],
});

export const isLive = (attempt: Attempt): attempt is LiveAttempt =>
  attempt.state !== "paid" && attempt.state !== "closed";

/** Whether its code may be shown: what is closing can still be paid, and must not be. */
const isPayable = (attempt: Attempt): boolean => attempt.state === "opening" || attempt.state === "open";

/** Every attempt that can still be paid is to be closed at its provider, from now on. */
const withdrawn = (attempts: readonly Attempt[], now: Instant): readonly Attempt[] =>
  attempts.map((attempt) => (isLive(attempt) ? { ...attempt, state: "closing", checks: 0, checkAt: now } : attempt));

export interface CheckoutAsk {
  readonly provider: ProviderName;
  readonly way: Way;
  readonly key: string;
  readonly fingerprint: string;
  readonly payer?: Order["payer"];
}

/**
 * Until when an attempt can be paid; a notice of the treasury until the order's last day. Told to the provider, it has to be the
 * same whenever the attempt is: WeChat refuses a number that comes again with other parameters [M].
 */
export const payableUntil = (order: Order, { provider, startedAt }: Attempt): Instant => {
  const lastMoment = endOfLegalDate(order.payBy.date);
  const soon = later(startedAt, HANDLE_SECONDS);
  return provider === "nontax" || lastMoment < soon ? lastMoment : soon;
};

/**
 * The attempt (支付尝试) that a checkout goes on with: the one this key began as long as it can be paid, one of the same kind that is
 * still fresh, or a new one. A new one is written before the provider hears of it, so that no callback can come before its order.
 */
export const beginAttempt = (
  order: Order,
  ask: CheckoutAsk,
  now: Instant,
): Decision<
  { readonly attempt: Attempt; readonly change?: Change },
  | "payment.order-settled"
  | "payment.order-closed"
  | "payment.attempt-over"
  | "payment.too-many-attempts"
  | "request.key-reused"
> => {
  const before = order.attempts.find(({ keys }) => keys.some(({ key }) => key === ask.key));
  if (before && !before.keys.some(({ key, fingerprint }) => key === ask.key && fingerprint === ask.fingerprint))
    return refuse("request.key-reused");
  if (order.status === "settled") return refuse("payment.order-settled");
  if (order.status === "closed" || now >= endOfLegalDate(order.payBy.date)) return refuse("payment.order-closed");
  if (before)
    return isPayable(before) && now < payableUntil(order, before)
      ? accept({ attempt: before })
      : refuse("payment.attempt-over");

  const asked = { key: ask.key, fingerprint: ask.fingerprint };
  const payer = ask.payer ?? order.payer;
  const fresh = order.attempts.find(
    (attempt) =>
      attempt.state === "open" &&
      attempt.provider === ask.provider &&
      attempt.way === ask.way &&
      attempt.keys.some(({ fingerprint }) => fingerprint === ask.fingerprint) &&
      attempt.keys.length < 10 &&
      Date.parse(now) - Date.parse(attempt.startedAt) < FRESH_MS,
  );
  if (fresh) {
    const attempt = { ...fresh, keys: [...fresh.keys, asked] };
    return accept({ attempt, change: changed({ ...order, payer, attempts: replaced(order.attempts, attempt) }, now) });
  }
  if (order.attempts.length >= ATTEMPTS_AT_MOST) return refuse("payment.too-many-attempts");
  const attempt: Attempt = {
    number: paymentNumber(order.id, order.attempts.length),
    provider: ask.provider,
    way: ask.way,
    startedAt: now,
    keys: [asked],
    state: "opening",
    checks: 0,
    checkAt: checkAgainAt(now, 0),
  };
  return accept({ attempt, change: changed({ ...order, payer, attempts: [...order.attempts, attempt] }, now) });
};

const replaced = (attempts: readonly Attempt[], attempt: Attempt): readonly Attempt[] =>
  attempts.map((each) => (each.number === attempt.number ? attempt : each));

/** The provider has taken the attempt and given what the payer needs. Nothing changes when the attempt has moved on. */
export const openAttempt = (order: Order, number: string, handle: Handle, now: Instant): Change | undefined => {
  const attempt = order.attempts.find((each) => each.number === number);
  if (attempt?.state !== "opening") return undefined;
  return changed({ ...order, attempts: replaced(order.attempts, { ...attempt, state: "open", handle }) }, now);
};

/** The provider says that it cannot be paid any more, or does not know it although it was to be closed. */
export const closeAttempt = (order: Order, number: string, now: Instant): Change | undefined => {
  const attempt = order.attempts.find((each) => each.number === number);
  if (!attempt || !isLive(attempt)) return undefined;
  const { number: id, provider, way, startedAt, keys } = attempt;
  const closed: Attempt = { number: id, provider, way, startedAt, keys, state: "closed" };
  return changed({ ...order, attempts: replaced(order.attempts, closed) }, now);
};

/** A look that brought nothing new: the next one later. */
export const postponeCheck = (order: Order, number: string, now: Instant): Change | undefined => {
  const attempt = order.attempts.find((each) => each.number === number);
  if (!attempt || !isLive(attempt)) return undefined;
  const checks = attempt.checks + 1;
  const postponed = { ...attempt, checks, checkAt: checkAgainAt(now, checks) };
  return changed({ ...order, attempts: replaced(order.attempts, postponed) }, now);
};

/** The last day to pay has passed. Whoever calls this has asked the providers before: what was paid in time is settled. */
export const expire = (order: Order, now: Instant): Change | undefined =>
  order.status === "open" && now >= endOfLegalDate(order.payBy.date) ? closed(order, "expired", now) : undefined;

/**
 * The case or the parcel needs no payment any more, unless it was asked for anew since (`sequence` of the event that says so). An
 * expired order becomes one that cannot be renewed.
 */
export const cancel = (order: Order, sequence: number, now: Instant): Change | undefined => {
  if (sequence <= order.asked) return undefined;
  if (order.status === "open") return closed(order, "cancelled", now);
  if (order.status !== "closed" || order.reason === "cancelled") return undefined;
  return changed({ ...order, reason: "cancelled" }, now);
};

const closed = (order: Order & { readonly status: "open" }, reason: "expired" | "cancelled", now: Instant): Change =>
  changed({ ...order, status: "closed", reason, closedAt: now, attempts: withdrawn(order.attempts, now) }, now, [
    { type: "closed", reason },
  ]);

const openedAgain = (order: Order & { readonly status: "closed" }, now: Instant): Change => {
  const { reason: _, closedAt: __, ...rest } = order;
  return changed({ ...rest, status: "open", payBy: deadlineAfter(now, DAYS_TO_PAY) }, now, [{ type: "opened" }]);
};

/** Its fee is told again. Only a newer event says more than the first: the case was reopened and waits for it anew. */
export const askAgain = (order: Order, sequence: number, now: Instant): Change | undefined => {
  if (sequence <= order.asked || order.status === "settled") return undefined;
  const asked = { ...order, asked: sequence };
  return asked.status === "closed" ? openedAgain(asked, now) : changed(asked, now);
};

/** Opens an expired order again, as long as its case waits for it. */
export const renew = (
  order: Order,
  command: { readonly key: string; readonly fingerprint: string },
  now: Instant,
): Decision<Change | undefined, "payment.order-settled" | "payment.order-closed" | "request.key-reused"> => {
  const known = order.commands.find(({ key }) => key === command.key);
  if (known) return known.fingerprint === command.fingerprint ? accept(undefined) : refuse("request.key-reused");
  if (order.status === "settled") return refuse("payment.order-settled");
  if (order.status === "open") return accept(undefined);
  if (order.reason === "cancelled") return refuse("payment.order-closed");
  return accept(openedAgain({ ...order, commands: remembered(order, command) }, now));
};

const COMMANDS_AT_MOST = 60;
export const remembered = (
  { commands }: Order,
  command: { readonly key: string; readonly fingerprint: string },
): Order["commands"] => [...commands, command].slice(-COMMANDS_AT_MOST);

/** What a provider tells of money it took: by callback, by query, or in its bill. */
export interface PaymentReport {
  readonly provider: ProviderName;
  readonly number: string;
  readonly trade: string;
  /** Without a late fee. */
  readonly amount: Fen;
  readonly at: Instant;
  /** Told only where the provider's day is not the calendar's. */
  readonly billDate?: string | undefined;
  readonly lateFee?: Fen | undefined;
}

const paidState = (order: Order, number: string): readonly Attempt[] =>
  order.attempts.map((attempt) => {
    if (attempt.number !== number) return attempt;
    const { number: id, provider, way, startedAt, keys } = attempt;
    return { number: id, provider, way, startedAt, keys, state: "paid" };
  });

/** All settlements of an order. */
export const paymentsOf = (order: Order): readonly Payment[] =>
  order.status === "settled" ? [order.settlement, ...order.surplus] : order.surplus;

/** Whether a refund gives back what was paid beside the settlement that counts. */
export const isOfSurplus = (order: Order, { of }: Pick<Refund, "of">): boolean =>
  order.status !== "settled" || order.settlement.number !== of;

/**
 * Takes in that a provider has taken money. The first settlement of an open order settles it; any other is kept as surplus, given
 * back, and told. Undefined when it is known already: the effect and the fact that it was seen are the same write.
 */
export const settle = (
  order: Order,
  report: PaymentReport,
  now: Instant,
): Decision<Change | undefined, "payment.attempt-unknown" | "payment.amount-differs"> => {
  const attempt = order.attempts.find(({ number }) => number === report.number);
  if (!attempt || attempt.provider !== report.provider) return refuse("payment.attempt-unknown");
  if (paymentsOf(order).some(({ number }) => number === report.number)) return accept(undefined);
  if (report.amount !== order.total) return refuse("payment.amount-differs");

  const payment: Payment = { ...report, toldAt: now };
  const movement: Movement = {
    provider: report.provider,
    date: billDateOf(report),
    kind: "payment",
    number: report.number,
    trade: report.trade,
    amount: report.amount,
    order: order.id,
  };
  const attempts = paidState(order, report.number);
  if (order.status === "open") {
    // Carriage is the carrier's charge: it has an invoice, not a fiscal receipt.
    const receipt: Receipt | undefined =
      order.purpose.kind === "application" ? { state: "due", tryAt: now, tries: 0 } : undefined;
    return accept(
      changed(
        { ...order, status: "settled", settlement: payment, receipt, attempts: withdrawn(attempts, now) },
        now,
        [{ type: "settled", payment }],
        [movement],
      ),
    );
  }
  const what = order.status === "settled" ? "paid-twice" : "paid-after-closing";
  const refund: Refund = {
    id: refundIdOf(order),
    of: report.number,
    amount: report.amount,
    reason: what === "paid-twice" ? "重复支付" : "订单已关闭",
    requestedAt: now,
    automatic: true,
    state: "approved",
    tryAt: now,
    tries: 0,
  };
  return accept(
    changed(
      {
        ...order,
        attempts,
        surplus: [...order.surplus, payment],
        refunds: [...order.refunds, refund],
        attention: [...order.attention, { what, reference: report.number, since: now }],
      },
      now,
      [{ type: "attention-needed", what }],
      [movement],
    ),
  );
};

/** Refunds of one order are counted; the number is also the refund's number at the provider. */
export const refundIdOf = (order: Order): string => `${order.id}R${String(order.refunds.length + 1).padStart(2, "0")}`;

/** When something is next to be done for the order without being asked; undefined when nothing is. */
export const dueAt = (order: Order): Instant | undefined => {
  const moments = [
    ...order.attempts.filter(isLive).map(({ checkAt }) => checkAt),
    ...order.refunds.flatMap((refund) =>
      refund.state === "approved" ? [refund.tryAt] : refund.state === "processing" ? [refund.checkAt] : [],
    ),
    ...(order.status === "open" ? [endOfLegalDate(order.payBy.date)] : []),
    ...(order.status === "settled" && order.receipt && "tryAt" in order.receipt ? [order.receipt.tryAt] : []),
  ];
  return moments.sort()[0];
};
