import type { Instant } from "#shared/kernel/clock.ts";

export const receiptKinds = [
  "acceptance",
  "correction",
  "decline",
  "suspension",
  "extension",
  "decision",
  "revocation",
  "delivery",
] as const;
/** The official receipts (文书) of a case. */
export type ReceiptKind = (typeof receiptKinds)[number];

interface Day {
  readonly date: string;
  readonly provisional: boolean;
}

/** What happened, as the event that a receipt is made of tells it. */
export type Occasion =
  | {
      readonly kind: "acceptance";
      readonly promisedBy: Day;
      readonly decideBy: Day;
      readonly deemed?: boolean | undefined;
    }
  | { readonly kind: "correction"; readonly correctBy: Day }
  | { readonly kind: "decline" }
  | { readonly kind: "suspension"; readonly procedure: string; readonly expectedBy: Day }
  | { readonly kind: "extension"; readonly decideBy: Day }
  | {
      readonly kind: "decision";
      readonly outcome: "approved" | "refused";
      readonly deliverBy: Day;
      readonly tacit?: boolean | undefined;
      readonly commitment?: boolean | undefined;
      /** A fee holds the issue: `deliverBy` does not run. */
      readonly held?: boolean | undefined;
    }
  | { readonly kind: "revocation" }
  | { readonly kind: "delivery"; readonly outcome: "approved" | "refused" };

/** What every receipt says of its case. */
export interface CaseFacts {
  readonly id: string;
  readonly number: string;
  readonly itemCode: string;
  /** The Licensing Law applies to it by itself; for all others the platform keeps to the same rules. */
  readonly isLicence: boolean;
  readonly itemName: string;
  readonly department: string;
  readonly applicant: { readonly kind: "natural" | "legal"; readonly name: string; readonly idNumber: string };
  readonly receivedAt: Instant;
  /** Why, where the occasion has reasons; what is missing, at a correction. */
  readonly reasons: readonly string[];
  /**
   * By the item's names, at an acceptance: what was handed in, what may follow within so many working days of it (容缺), and what a
   * promise stands for (告知承诺).
   */
  readonly received: readonly string[];
  readonly following: readonly { readonly name: string; readonly days: number }[];
  readonly promised: readonly string[];
  /** Required, and neither there nor to follow nor promised: a clerk may take in a case as it is. */
  readonly absent: readonly string[];
  /** From when the five days of the acceptance counted: a fee that held it was paid, and what was missing was brought after that. */
  readonly paid: boolean;
  readonly corrected: boolean;
}

/** A receipt that was made. Its id is that of the event it was made of. */
export interface IssuedReceipt {
  readonly id: string;
  readonly kind: ReceiptKind;
  readonly title: string;
  readonly issuedAt: Instant;
  readonly bytes: number;
  readonly sha256: string;
}

/** The content of a page, before it is laid out. */
export interface Document {
  readonly kind: ReceiptKind;
  readonly title: string;
  readonly number: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly recipient: string;
  readonly paragraphs: readonly string[];
  /** Numbered, below the paragraphs. */
  readonly list: readonly string[];
  readonly closing: readonly string[];
  /** To be filled in by hand. */
  readonly blanks: readonly string[];
  readonly department: string;
  readonly issuedAt: Instant;
}
