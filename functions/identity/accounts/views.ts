import type { Instant } from "#shared/kernel/clock.ts";
import type { AccessRecord } from "../domain/account-ports.ts";
import type { MemberRole, OrganisationKind } from "../domain/organisation.ts";
import type { Assurance, AssuranceLevel, Consent, ConsentPurpose } from "../domain/person.ts";
import type { Staff } from "../domain/staff.ts";

export type { Assurance, AssuranceLevel, Consent, ConsentPurpose };

export interface PrincipalRef {
  readonly kind: "natural" | "legal";
  /** A person's id, or a unified social credit code. */
  readonly id: string;
}

/** What lets someone act for another; looked up again at every request, so that its end is effective at once. */
export type Ground =
  | { readonly type: "mandate"; readonly id: string }
  | { readonly type: "member" }
  | { readonly type: "guardian" };

export interface PrincipalChoice {
  readonly principal: PrincipalRef;
  /** None for oneself. */
  readonly ground?: Ground | undefined;
  /** An organisation's name in full, a person's masked. */
  readonly name: string;
  /** "all", or the codes of the items that may be applied for. */
  readonly scope: "all" | readonly string[];
  readonly validUntil?: Instant | undefined;
}

/** The claims that go into an access token of a person. All values are strings or flat objects. */
export interface ActingClaims {
  readonly sub: string;
  readonly act_for: PrincipalRef;
  /** "mandate:<id>", "member" or "guardian"; none for oneself. */
  readonly ground?: string;
  /** "0" to "3". */
  readonly acr: string;
  /** Staff number of the clerk who helps at the counter, and the visit's session. */
  readonly helper?: string;
  readonly counter?: string;
}

/** The claims that go into an access token of staff; `sub` is `staff:<number>`. */
export interface StaffClaims {
  readonly sub: string;
  readonly staff: string;
  /** Separated by blanks. */
  readonly roles: string;
  readonly department: string;
  readonly division: string;
  /** How they signed in: "2" by password and code, "2" by WeCom. */
  readonly acr: string;
}

/** Whence a request came; for limits and records. Never kept in the clear. */
export interface Origin {
  /** The address of the one who types, as far as it is known. */
  readonly source: string;
  readonly channel?: string | undefined;
  /** The client that brings it, when it is not our own page. */
  readonly client?: string | undefined;
  /** The browser's session it came in, when it came by our own page. */
  readonly session?: string | undefined;
}

/** A person who acts on their own account, and when they signed in, in seconds since 1970. */
export interface Actor {
  readonly person: string;
  readonly signedInAt: number;
}

export interface SignedIn {
  readonly person: string;
  readonly assurance: Assurance;
  /** RFC 8176: "pwd", "otp", "face", "fed". */
  readonly amr: readonly string[];
}

/** An account as its owner sees it: masked. */
export interface OwnAccount {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string | undefined;
  readonly assurance: Assurance;
  readonly hasPassword: boolean;
  readonly consents: readonly Consent[];
  readonly upstreams: readonly string[];
  readonly registeredAt: Instant;
}

export type AccessEntry = AccessRecord;

export interface MandateView {
  readonly id: string;
  readonly version: number;
  readonly principal: PrincipalRef;
  /** An organisation's name, or a person's masked. */
  readonly principalName: string;
  readonly agent: string;
  readonly agentName: string;
  readonly scope: "all" | readonly string[];
  readonly validUntil: Instant;
  readonly status: "active" | "expired" | "revoked";
  readonly grantedAt: Instant;
  /** As the principal named it. */
  readonly evidence?: { readonly file: string; readonly sha256: string } | undefined;
}

export interface OrganisationView {
  readonly uscc: string;
  readonly version: number;
  readonly name: string;
  readonly kind: OrganisationKind;
  /** Names masked. */
  readonly members: readonly {
    readonly person: string;
    readonly name: string;
    readonly roles: readonly MemberRole[];
    readonly since: Instant;
  }[];
  readonly checked: boolean;
  /** No register is asked yet: that someone is the legal representative is their own word (decision 0022). */
  readonly representativeVerified: boolean;
  readonly registeredAt: Instant;
}

export interface CounterSession {
  readonly id: string;
  readonly staff: string;
  readonly department: string;
  readonly person: string;
  readonly principal: PrincipalRef;
  readonly openedAt: Instant;
  readonly endsAt: Instant;
  readonly status: "open" | "ended";
}

export interface NewConsent {
  readonly purpose: ConsentPurpose;
  readonly textVersion: string;
}

/** A one-time code that was sent, as typed in again. */
export interface CodeProof {
  readonly challenge: string;
  readonly code: string;
}

export type LimitRefusal = "identity.too-many-attempts";
export type CodeRefusal = "challenge.wrong-code" | LimitRefusal;
/** One refusal for everything that might be wrong with what a person signs in by: it tells nothing of who has an account. */
export type SignInRefusal = "sign-in.failed" | LimitRefusal;
export type RegisterRefusal =
  | "person.invalid-id-number"
  | "person.guardian-needed"
  | "person.consent-missing"
  | "person.password-weak"
  | CodeRefusal;

/** A member of staff as operators see them. */
export type StaffView = Omit<Staff, "password" | "notBefore"> & { readonly phone?: string | undefined };

/** Where a person can be reached. */
export interface Contact {
  /** Personal data. None when they have none, or do not want what they would be sent. */
  readonly phone?: string | undefined;
  readonly of: "person" | "guardian";
  /** Their consent to notices that are not about a case of theirs. */
  readonly notices: "agreed" | "withdrawn" | "not-asked";
}
export type ContactPurpose = "progress-message" | "statutory-notice";
