import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import type { PrincipalRef } from "../accounts/accounts.ts";

/** Level of assurance as tokens carry it (acr): "0" nothing known … "3" the person was verified. */
export type Acr = "0" | "1" | "2" | "3";

/** Who signs in: a person by id, or a member of staff by staff number. A person and staff never share a session. */
export type Subject =
  | { readonly kind: "person"; readonly person: string }
  | { readonly kind: "staff"; readonly staff: string };

/** Why the browser was sent to a page. One at a time; the issuer sends the browser back for the next if there is one. */
export type Prompt =
  /** Nobody is signed in, or the client wants it done anew. */
  | "sign-in"
  /** Somebody is signed in (`signedIn`), but with less assurance than `acr`. */
  | "step-up"
  /** Choose whom to act for. Only asked where the client wants it chosen (`prompt=principal`) or the named principal is not theirs. */
  | "principal"
  /**
   * Agree to what the client asks for. First-party clients get here only as an app on a device that would otherwise be signed in
   * without anyone touching anything (RFC 8252, 8.6): then `scopes` may be empty and the page asks whether to go on.
   */
  | "consent";

/** What a page needs to know of the pending request. Nothing here is secret from the person in front of it. */
export interface PendingInteraction {
  readonly uid: string;
  readonly prompt: Prompt;
  readonly client: {
    readonly id: string;
    readonly name: string;
    /** Which accounts sign in with this client. */
    readonly users: "persons" | "staff";
    readonly channel?: string | undefined;
  };
  /** Who is signed in in this browser already, and since when, in seconds since 1970. */
  readonly signedIn?: { readonly subject: Subject; readonly acr: Acr; readonly at: number } | undefined;
  /** The least assurance that will do. */
  readonly acr: Acr;
  /** What the client asks for that was not agreed to yet (consent), or asks for at all (other prompts). */
  readonly scopes: readonly string[];
  /** Why the client wants to read personal data unmasked; asked for together with the scope `personal:read`. */
  readonly purpose?: string | undefined;
  /** The account hint the client gave (OIDC login_hint). Untrusted text: for prefilling only. */
  readonly loginHint?: string | undefined;
  /** The principal the client named. */
  readonly wantedPrincipal?: PrincipalRef | undefined;
  /** Origins a form on the page may lead to by redirects: what Content-Security-Policy's form-action needs beside 'self'. */
  readonly formTargets: readonly string[];
  /** True while a device waits (device flow): the page says so, since a link sent by a stranger could lead here. */
  readonly device: boolean;
}

/**
 * How a page ends the interaction. `at`: since when someone is signed in, in seconds since 1970. It is from before the account
 * was looked at, so that what is voided meanwhile is voided here as well.
 */
export type Outcome =
  | {
      readonly kind: "signed-in";
      readonly subject: Subject;
      readonly acr: Acr;
      /** RFC 8176: "pwd", "sms", "otp", "face", "fed" … */
      readonly amr: readonly string[];
      readonly at: number;
    }
  /** The same account as `signedIn`, now with more assurance. */
  | { readonly kind: "stepped-up"; readonly acr: Acr; readonly amr: readonly string[]; readonly at: number }
  | { readonly kind: "principal"; readonly principal: PrincipalRef }
  /** Agreed, to all of `scopes` but the refused ones. */
  | { readonly kind: "consented"; readonly refusedScopes?: readonly string[] | undefined }
  /** The person declined or went away. */
  | { readonly kind: "declined" };

export interface DeviceSession {
  readonly kind: "session" | "grant";
  /** To end it with. */
  readonly id: string;
  /** UTC ISO 8601. */
  readonly since: string;
  readonly until: string;
  /** "Firefox, Windows": as far as the browser tells. */
  readonly device?: string | undefined;
  /** The client programs it was used with; one for a grant (an app or device that keeps its own token). */
  readonly clients: readonly { readonly id: string; readonly name: string }[];
  /** Names of the scopes agreed to; for a grant. */
  readonly scopes: readonly string[];
  /** The one this request comes with. */
  readonly current: boolean;
}

/** The browser's request as the HTTP API hands it over; only its cookies and path are looked at. */
export type Visit = Pick<HttpRequest, "headers" | "cookies" | "rawPath">;

/** Where to send the browser (status 303), with the cookies to set. */
export interface Redirect {
  readonly location: string;
  readonly cookies: readonly string[];
}

/** What the pages have of the protocol. The pages are at `/interaction/{uid}` and `/account`. */
export interface Interactions {
  /** The interaction this browser was sent for; undefined when it ended, expired, or is not this browser's. */
  pending(visit: Visit): Promise<PendingInteraction | undefined>;
  /**
   * Ends the pending interaction. undefined when there is none, or when the outcome does not answer what was asked
   * (less assurance than was wanted in a step-up, staff where persons sign in, another kind than the prompt), or when the account
   * is not theirs any longer.
   */
  finish(visit: Visit, outcome: Outcome): Promise<Redirect | undefined>;

  /** Who is signed in in this browser, by the issuer's own session cookie, and since when, in seconds since 1970. */
  signedIn(
    visit: Visit,
  ): Promise<
    { readonly subject: Subject; readonly acr: Acr; readonly at: number; readonly session: string } | undefined
  >;
  /** Where to send a browser that should sign in (or step up) and come back to the account page. */
  signInLocation(wanted?: { readonly acr?: Acr; readonly users?: "persons" | "staff" }): string;
  /** Where to send a browser that wants to sign out here and at every client (RP-initiated logout; asks for confirmation). */
  signOutLocation(): string;

  /** Devices and sessions of an account, newest first. */
  sessionsOf(subject: Subject, visit?: Visit): Promise<readonly DeviceSession[]>;
  /** Ends one, with the tokens that hang on it, and tells its clients (back-channel logout). false: not theirs or gone. */
  endSession(subject: Subject, id: string): Promise<boolean>;
  /** Ends all, but the one given: after a changed password, a dismissal, a closed account. Returns how many. */
  endAllSessions(subject: Subject, exceptSession?: string): Promise<number>;
}

/**
 * The pages the issuer itself must answer with, since the protocol's own cookies and tokens stand in them. Each gives a whole
 * HTML document without inline script or style; the issuer sets Content-Security-Policy (style-src 'self', form-action 'self'
 * and the target named), Referrer-Policy and X-Frame-Options.
 * Forms POST application/x-www-form-urlencoded with exactly these `fields` (hidden), and one more that the person fills or presses.
 */
export interface IssuerPages {
  /** Device flow, RFC 8628: a text input named `user_code`. `problem` is set after a wrong or expired code. */
  userCode(form: IssuerForm & { readonly problem?: "not-found" | "expired" | "used" | "aborted" | undefined }): string;
  /** Compare the code with the device's and confirm: a submit button; another named `abort` with value `yes`. */
  confirmDevice(
    form: IssuerForm & { readonly userCode: string; readonly client: { readonly id: string; readonly name: string } },
  ): string;
  /** The device may go on; this window can be closed. */
  deviceDone(client: { readonly id: string; readonly name: string }): string;
  /** Really sign out? A submit button named `logout` with value `yes`, and one without for staying. */
  confirmSignOut(form: IssuerForm & { readonly client?: { readonly name: string } | undefined }): string;
  signedOut(client?: { readonly name: string }): string;
  /** The request cannot go on and must not be sent back to the client. `code` as in OAuth. */
  problem(error: { readonly code: string }): string;
}

export interface IssuerForm {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}
