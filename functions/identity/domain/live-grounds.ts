import type { Instant } from "#shared/kernel/clock.ts";
import type { Principal } from "./mandate.ts";

/**
 * Whether someone signed in, in seconds, before what voided all that was signed in then. Whole seconds are all that tokens and
 * sessions know: the one in which it was voided counts as before, and whoever voids it is answered in a later one.
 */
export const isFromBefore = (signedInAt: number, notBefore: Instant | undefined): boolean =>
  notBefore !== undefined && signedInAt <= Math.floor(Date.parse(notBefore) / 1000);

/** How far a ground reaches. */
export interface Standing {
  /** The only items it covers, by their codes; none named: all. */
  readonly items?: readonly string[];
}

/** What may have been taken away since a token was issued. */
export interface LiveGrounds {
  /** None for an account that is closed or never was. */
  account(person: string): Promise<{ readonly notBefore?: Instant | undefined } | undefined>;
  /**
   * None when it is not good now.
   * @param ground "mandate:<id>", "member" or "guardian"
   */
  standing(
    ground: string,
    acting: { readonly person: string; readonly principal: Principal },
    at: Instant,
  ): Promise<Standing | undefined>;
  /** No roles for someone who left or never was. */
  rolesOf(staff: string): Promise<{
    readonly roles: readonly string[];
    readonly department?: string;
    readonly division?: string;
    /** Their own account as a person, where the appointment names it. */
    readonly person?: string;
    readonly notBefore?: Instant;
  }>;
  /**
   * Not when the clerk who opened it no longer is one, or what they were signed in to was voided since.
   * @param token `issuedAt`: when, in seconds since 1970
   */
  isVisitOpen(
    id: string,
    token: { readonly person: string; readonly staff: string; readonly issuedAt: number },
    at: Instant,
  ): Promise<boolean>;
}

/** Whom a principal's account says they are. Personal data. */
export interface Applicant {
  readonly kind: "natural" | "legal";
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string;
  /** Whether anyone but they themselves has said that it is they (assurance 2 or more); an organisation's representative has been. */
  readonly isVerified: boolean;
  /** A token of theirs that goes back to a sign-in before it is none. */
  readonly notBefore?: Instant | undefined;
}

export interface Applicants {
  /** None when there is no such account, or no longer. */
  find(principal: Principal): Promise<Applicant | undefined>;
}
