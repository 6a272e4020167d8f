import type { Instant } from "#shared/kernel/clock.ts";
import type { Fen } from "#shared/kernel/fen.ts";

export interface RefundFacts {
  /** Also the refund's number at the provider (out_refund_no). */
  readonly id: string;
  /** The number of the payment that is given back. */
  readonly of: string;
  readonly amount: Fen;
  readonly reason: string;
  readonly requestedAt: Instant;
  /** Surplus is given back by itself; all else an officer asks for, and another approves. */
  readonly automatic: boolean;
  readonly requestedBy?: string | undefined;
  readonly decidedBy?: string | undefined;
}

/** How a refund had ended before the provider gave the money back all the same. */
export interface Overtaken {
  readonly state: "closed" | "returned" | "kept";
  readonly at: Instant;
  readonly by?: string | undefined;
  readonly note?: string | undefined;
}

/**
 * Money on its way back (退款). `abnormal` is not final: the payer's account is closed or the like, a person has to see to it
 * (WeChat REFUND.ABNORMAL). `closed` is: the provider will not give it back.
 */
export type Refund = RefundFacts &
  (
    | { readonly state: "requested" }
    | { readonly state: "approved"; readonly tryAt: Instant; readonly tries: number }
    | { readonly state: "processing"; readonly acceptedAt: Instant; readonly checkAt: Instant; readonly checks: number }
    | { readonly state: "completed"; readonly at: Instant; readonly after?: Overtaken | undefined }
    | { readonly state: "rejected"; readonly at: Instant }
    | { readonly state: "closed"; readonly at: Instant }
    | { readonly state: "abnormal"; readonly at: Instant }
    /** A person has seen to it: the money went back by another way, or stays. */
    | {
        readonly state: "returned" | "kept";
        readonly at: Instant;
        readonly by: string;
        readonly note: string;
        /** The provider had not said that it took it: no movement of it stands in the books. */
        readonly booked?: false | undefined;
      }
  );

export type RefundState = Refund["state"];

/** Whether our books have a refund as one that the provider did not give back. */
export const hasFailed = (state: RefundState): boolean =>
  state === "closed" || state === "abnormal" || state === "returned" || state === "kept";
