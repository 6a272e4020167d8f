import type { Instant } from "#shared/kernel/clock.ts";

/** What becomes of a text message handed to an operator. */
export type Sent =
  | { readonly result: "sent" }
  /** The number takes no messages. */
  | { readonly result: "refused" }
  /** The operator does not answer; it may be tried again. */
  | { readonly result: "unavailable" };

export interface Messages {
  /** A one-time code (验证码), as a text message. The code stands nowhere else in the clear. */
  sendCode(message: {
    readonly phone: string;
    readonly code: string;
    readonly purpose: ChallengePurpose;
    readonly minutes: number;
  }): Promise<Sent>;
  /** Tells a person of something that was done with their account. No names, no numbers. */
  sendNotice(message: { readonly phone: string; readonly notice: Notice }): Promise<Sent>;
}

export type ChallengePurpose =
  | "register"
  | "sign-in"
  | "change-phone"
  | "reset-password"
  | "staff-sign-in"
  | "staff-password"
  | "close-account";

export type Notice =
  | "registered-already"
  | "password-changed"
  | "phone-changed"
  | "mandate-granted"
  | "mandate-revoked"
  | "account-closed"
  | "staff-appointed"
  | "representative-replaced"
  | "guardian-replaced";

export type VerificationMethod = "face" | "document";

/** Who says that a person is who they say they are (实人核验): assurance 3. */
export interface PersonVerifier {
  /** The person goes to `url`, is looked at there, and comes back to `returnTo` with `ticket` as a query parameter. */
  begin(request: {
    readonly name: string;
    readonly idNumber: string;
    readonly method: VerificationMethod;
    readonly returnTo: string;
  }): Promise<
    | { readonly result: "begun"; readonly ticket: string; readonly url: string }
    | { readonly result: "refused" }
    | { readonly result: "unavailable" }
  >;
  /** How it ended. A ticket answers the same however often it is asked. */
  outcome(ticket: string): Promise<
    | { readonly result: "verified"; readonly method: VerificationMethod; readonly at: Instant }
    /** It is someone else, or no one alive was seen. */
    | { readonly result: "rejected" }
    | { readonly result: "pending" }
    | { readonly result: "unavailable" }
  >;
}
