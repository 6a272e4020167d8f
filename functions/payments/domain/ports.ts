import type { Instant } from "#shared/kernel/clock.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import type { Handle, ProviderName, Way } from "./attempt.ts";
import type { BillDay, DayChange } from "./day.ts";
import type { Change, Movement, Order, PaymentReport } from "./order.ts";
import type { ReceiptNumber } from "./receipt.ts";
import type { RefundReport } from "./refunding.ts";

export { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";

export interface Orders {
  find(id: string): Promise<Order | undefined>;
  /** By the time they were opened; a case has a handful. */
  ofApplication(application: string): Promise<readonly Order[]>;
  /** State, events and movements in one conditional write. Throws StaleVersionError when another change came first. */
  save(change: Change): Promise<void>;
  /** Ids of the orders for which something is to be done by then, page by page, the oldest of each shard first. */
  due(by: Instant): AsyncIterable<readonly string[]>;
  /** Remembers that from that event on nothing is to be paid for that case, also for an order that is yet to be opened. */
  rememberOver(purpose: string, sequence: number): Promise<void>;
  /** The newest sequence that was remembered; 0 when none was. */
  overSince(purpose: string): Promise<number>;
}

/** Movements of a day lie in this many partitions, so that no day has a hot key and each can be compared by itself. */
export const DAY_PARTS = 32;

export interface Days {
  find(provider: ProviderName, date: string): Promise<BillDay | undefined>;
  save(change: DayChange): Promise<void>;
  /** What moved that day by our books, one part of it, page by page. */
  movements(provider: ProviderName, date: string, part: number): AsyncIterable<readonly Movement[]>;
}

/** The provider has understood and will not; `message` is its code, never a body. */
export class ProviderRefused extends Error {
  override readonly name = "ProviderRefused";
}

export interface AttemptAtProvider {
  readonly number: string;
  readonly startedAt: Instant;
  readonly amount: Fen;
}

export interface CheckoutCall extends AttemptAtProvider {
  readonly way: Way;
  /** What the payer reads; no personal data. */
  readonly description: string;
  readonly expiresAt: Instant;
  readonly returnUrl?: string | undefined;
  readonly openId?: string | undefined;
  /** The payer's address, which WeChat's h5 asks for. */
  readonly source: string;
  readonly charges: readonly {
    readonly name: string;
    readonly amount: Fen;
    readonly chargeItem?: string | undefined;
  }[];
  readonly department: string;
}

export type Found =
  | ({ readonly state: "paid" } & Pick<PaymentReport, "trade" | "amount" | "at" | "billDate" | "lateFee">)
  | { readonly state: "unpaid" | "closed" | "unknown" };

export interface RefundCall {
  readonly refund: string;
  readonly requestedAt: Instant;
  readonly amount: Fen;
  readonly reason: string;
  readonly payment: {
    readonly number: string;
    readonly trade: string;
    readonly amount: Fen;
    readonly at: Instant;
  };
}

export type RefundFound =
  | {
      readonly state: RefundReport["state"];
      /** Fen, where the protocol tells it. */
      readonly amount?: Fen | undefined;
      readonly acceptedAt?: Instant | undefined;
      readonly billDate?: string | undefined;
      readonly at: Instant;
    }
  | { readonly state: "unknown" };

/** A callback as it came over the wire. */
export interface RawCallback {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export type CallbackReading =
  | { readonly kind: "payment"; readonly report: PaymentReport }
  | { readonly kind: "refund"; readonly report: RefundReport }
  /** Genuine, and nothing to us. */
  | { readonly kind: "nothing" }
  /** `quiet`: a probe of the provider, which must fail and alarms nobody. */
  | { readonly kind: "refused"; readonly why: string; readonly quiet?: true };

export interface CallbackAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Who takes the money. All calls may be repeated: our numbers make them idempotent. */
export interface PaymentProvider {
  readonly name: ProviderName;
  /** Whether it can be paid so, with what is given. */
  offers(call: Pick<CheckoutCall, "way" | "openId" | "returnUrl">): boolean;
  checkout(call: CheckoutCall): Promise<Handle>;
  query(attempt: AttemptAtProvider): Promise<Found>;
  /** Afterwards it cannot be paid; throws ProviderRefused when it is paid already. */
  close(attempt: AttemptAtProvider): Promise<void>;
  refund(call: RefundCall): Promise<RefundFound>;
  queryRefund(call: RefundCall): Promise<RefundFound>;
  /** Verifies and reads; what is wrong with a callback is a reading, not a fault. */
  readCallback(callback: RawCallback): Promise<CallbackReading>;
  /** What the protocol wants to hear: taken in (whether new or known), or to be sent again. */
  answer(accepted: boolean): CallbackAnswer;
}

export type Providers = Partial<Readonly<Record<ProviderName, PaymentProvider>>>;

/** The treasury makes fiscal receipts out (财政电子票据); asked again, it answers the same. */
export interface FiscalReceipts {
  issue(ask: {
    readonly order: string;
    readonly payer: string;
    readonly payerCode?: string | undefined;
    readonly department: string;
    readonly charges: readonly {
      readonly name: string;
      readonly amount: Fen;
      readonly chargeItem?: string | undefined;
    }[];
    readonly total: Fen;
    readonly paidAt: Instant;
  }): Promise<ReceiptNumber>;
  void(receipt: ReceiptNumber & { readonly order: string }): Promise<void>;
}

/** One line of a provider's bill, in fen. */
export interface BillLine {
  readonly kind: "payment" | "refund";
  readonly number: string;
  readonly trade: string;
  readonly amount: Fen;
  /** How it had ended when the bill was written: a refund may be on its way then, and come to any end afterwards. */
  readonly outcome: "done" | "pending" | "failed";
}

export interface Bills {
  /** The lines of a day as a stream; "not-ready" while the provider has none yet. Throws ProviderUnavailable. */
  fetch(provider: ProviderName, date: string): Promise<AsyncIterable<BillLine> | "not-ready">;
  readonly providers: readonly ProviderName[];
}

/** Comparisons to be made; one that breaks off is made again. */
export interface ComparisonQueue {
  send(day: { readonly provider: ProviderName; readonly date: string }): Promise<void>;
}
