import type { Instant } from "#shared/kernel/clock.ts";

/** How a fiscal e-receipt (财政电子票据) is known: code 8 digits, number 10, check 6 characters. */
export interface ReceiptNumber {
  readonly code: string;
  readonly number: string;
  readonly check: string;
  /** The legal day it was made out. */
  readonly date: string;
}

/** The treasury makes receipts out and voids them; until it has answered it is asked again. */
export type Receipt =
  | { readonly state: "due"; readonly tryAt: Instant; readonly tries: number }
  | ({ readonly state: "issued" } & ReceiptNumber)
  | ({ readonly state: "voiding"; readonly tryAt: Instant; readonly tries: number } & ReceiptNumber)
  | ({ readonly state: "voided" } & ReceiptNumber)
  /** Everything was given back before a receipt was made out. */
  | { readonly state: "none" };
