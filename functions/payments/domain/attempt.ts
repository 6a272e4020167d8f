import type { Instant } from "#shared/kernel/clock.ts";

export const providerNames = ["wechat", "alipay", "unionpay", "nontax"] as const;
export type ProviderName = (typeof providerNames)[number];

const waysToPay = ["native-qr", "jsapi", "h5", "page"] as const;
/** A code to be scanned, a call inside the provider's app, a page on the phone, a page on the desktop. */
export type Way = (typeof waysToPay)[number];

/** What the payer's device needs to pay. */
export type Handle =
  | { readonly kind: "qr"; readonly content: string }
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "form"; readonly action: string; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: "jsapi"; readonly parameters: Readonly<Record<string, string>> };

interface AttemptFacts {
  /** Our number at the provider (out_trade_no). */
  readonly number: string;
  readonly provider: ProviderName;
  readonly way: Way;
  readonly startedAt: Instant;
  /** The requests that are answered with this attempt. */
  readonly keys: readonly { readonly key: string; readonly fingerprint: string }[];
}

interface Watched {
  /** Looks so far since this state began. */
  readonly checks: number;
  readonly checkAt: Instant;
}

/** An attempt that can still be paid. `closing`: it must not be, and the provider is still to be told so. */
export type LiveAttempt = AttemptFacts &
  Watched &
  (
    | { readonly state: "opening"; readonly handle?: undefined }
    | { readonly state: "open"; readonly handle: Handle }
    | { readonly state: "closing"; readonly handle?: Handle | undefined }
  );

/** One try to pay an order at one provider. */
export type Attempt = LiveAttempt | (AttemptFacts & { readonly state: "paid" | "closed"; readonly handle?: undefined });
