import type { Instant } from "#shared/kernel/clock.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import type { MandateRefusal } from "../domain/mandate.ts";
import type { MemberRole, OrganisationKind, OrganisationRefusal } from "../domain/organisation.ts";
import type { ChallengePurpose, VerificationMethod } from "../domain/outside-ports.ts";
import type { Assurance, AssuranceLevel, Consent, ConsentPurpose } from "../domain/person.ts";

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

export interface AccessEntry {
  readonly id: string;
  readonly at: Instant;
  /** The client and, where known, the member of staff who looked. */
  readonly by: { readonly client: string; readonly staff?: string | undefined };
  readonly department?: string | undefined;
  readonly purpose: string;
  /** What was looked at: "application", "profile", "export". */
  readonly what: string;
  /** A case number, say. */
  readonly reference?: string | undefined;
}

export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

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

/**
 * Everything that pages, token grants and the API do with accounts. Refusals are codes; their texts stand in
 * shared/contracts/http/identity.ts (`identityTexts`), Chinese and English. Faults throw.
 */
export interface Accounts {
  /**
   * Sends a code by text message. The answer is the same whether anyone has that phone. For "sign-in" and "reset-password"
   * nothing is sent to a phone that no account has, and nobody is told.
   */
  startPhoneChallenge(
    request: {
      readonly phone: string;
      readonly purpose: ChallengePurpose;
      /** Derived from an idempotency key, so that a repeat sends nothing; a new one unless told. */
      readonly id?: string | undefined;
    },
    origin: Origin,
  ): Promise<
    Decision<
      { readonly challenge: string; readonly expiresAt: Instant; readonly resendAfterSeconds: number },
      "challenge.phone-invalid" | "challenge.not-sent" | LimitRefusal
    >
  >;

  /**
   * Opens an account, the phone proven by a code for "register". The answer is the same when the ID number has an account
   * already; its owner is told by text message. So no id is answered: the person signs in.
   */
  register(
    registration: {
      readonly name: string;
      readonly idNumber: string;
      readonly password: string;
      readonly phone: string;
      readonly proof: CodeProof;
      readonly consents: readonly NewConsent[];
    },
    origin: Origin,
  ): Promise<Decision<{ readonly next: "sign-in" }, RegisterRefusal>>;

  /** A guardian opens an account for a child under 14, and acts for it from then on. */
  registerWard(
    guardian: string,
    ward: { readonly name: string; readonly idNumber: string; readonly consents: readonly NewConsent[] },
    origin: Origin,
  ): Promise<
    Decision<
      { readonly next: "act-for-ward" },
      | "person.invalid-id-number"
      | "person.not-a-child"
      | "person.assurance-too-low"
      | "person.consent-missing"
      | LimitRefusal
    >
  >;

  /** By ID number, or by a phone that only one account has. */
  signInWithPassword(
    credentials: { readonly identifier: string; readonly password: string },
    origin: Origin,
  ): Promise<Decision<SignedIn, SignInRefusal>>;

  /** More than one account may have a phone: then whom it is to be is asked, and told with chooseAccount. */
  signInWithPhoneCode(
    proof: CodeProof & { readonly phone: string },
    origin: Origin,
  ): Promise<
    Decision<
      | { readonly kind: "signed-in"; readonly signedIn: SignedIn }
      | {
          readonly kind: "choose";
          readonly challenge: string;
          readonly accounts: readonly { readonly person: string; readonly name: string; readonly idNumber: string }[];
        },
      SignInRefusal
    >
  >;
  /** Once, while the challenge lives. */
  chooseAccount(challenge: string, person: string): Promise<Decision<SignedIn, SignInRefusal>>;

  /** None for an account that is closed or never was. */
  account(person: string): Promise<OwnAccount | undefined>;
  /**
   * What goes into tokens of this person: `phone` and `name` masked unless `unmasked`; then the access log has the reading,
   * with its purpose, before this answers.
   */
  profile(
    person: string,
    reading?: { readonly client: string; readonly purpose: string },
  ): Promise<{ readonly name: string; readonly phone?: string | undefined; readonly masked: boolean } | undefined>;

  /** Oneself first, then organisations, mandates and wards that are good now. */
  principalsOf(person: string): Promise<readonly PrincipalChoice[]>;
  /** Whether this person may act for that principal now, and the claims their token then carries. */
  mayActFor(
    person: string,
    principal: PrincipalRef,
  ): Promise<Decision<{ readonly choice: PrincipalChoice; readonly claims: ActingClaims }, "mandate.none">>;

  giveConsent(
    person: string,
    consent: NewConsent,
    origin: Origin,
  ): Promise<Decision<readonly Consent[], "person.closed">>;
  /** Without consent to "account" there is no account: that one is withdrawn by closing it. */
  withdrawConsent(
    person: string,
    purpose: ConsentPurpose,
    origin: Origin,
  ): Promise<Decision<readonly Consent[], "consent.not-given" | "consent.needed" | "person.closed">>;

  changePassword(
    person: string,
    change: { readonly current: string; readonly wanted: string },
    origin: Origin,
  ): Promise<Decision<{ readonly version: number }, "person.password-wrong" | "person.password-weak" | LimitRefusal>>;
  /** With a code for "reset-password" sent to the account's phone, and its ID number. */
  resetPassword(
    reset: CodeProof & { readonly phone: string; readonly idNumber: string; readonly wanted: string },
    origin: Origin,
  ): Promise<Decision<{ readonly next: "sign-in" }, "person.password-weak" | SignInRefusal>>;
  /** The new phone proven by a code for "change-phone". */
  changePhone(
    person: string,
    change: CodeProof & { readonly phone: string },
    origin: Origin,
  ): Promise<Decision<{ readonly version: number }, CodeRefusal | "person.closed">>;

  /** Everything we hold of a person, unmasked, for that person. The access log has it. */
  exportOwnData(person: string, origin: Origin): Promise<Decision<Readonly<Record<string, unknown>>, "person.closed">>;
  /** Not while cases are open. What law requires stays, under a pseudonym; all else goes. */
  closeAccount(
    person: string,
    proof: { readonly password: string } | CodeProof,
    origin: Origin,
  ): Promise<
    Decision<
      { readonly closedAt: Instant },
      "person.closed" | "person.open-cases" | "person.organisation-admin" | "person.password-wrong" | CodeRefusal
    >
  >;
  /** Who looked at my data, newest first. */
  accessLog(person: string, page: PageRequest): Promise<Page<AccessEntry> | "bad-cursor">;
  /** Kept once, however often it is told. */
  recordAccess(person: string, entry: AccessEntry): Promise<void>;

  /** By its legal representative, whose assurance must be 2 or more; they are its first admin. */
  registerOrganisation(
    person: string,
    organisation: {
      readonly uscc: string;
      readonly name: string;
      readonly kind: OrganisationKind;
      readonly representative: { readonly name: string; readonly idNumber: string };
    },
  ): Promise<Decision<OrganisationView, OrganisationRefusal | "organisation.exists">>;
  /** For its members. */
  organisation(person: string, uscc: string): Promise<Decision<OrganisationView, "organisation.not-found">>;
  /** By an admin: takes a person in, by the id that person's own account page shows, or changes their roles. */
  setMember(
    person: string,
    uscc: string,
    member: { readonly person: string; readonly roles: readonly MemberRole[] },
  ): Promise<Decision<OrganisationView, "organisation.not-found" | "member.unknown-person" | "member.last-admin">>;
  /** By an admin, or by the member. */
  removeMember(
    person: string,
    uscc: string,
    member: string,
  ): Promise<Decision<OrganisationView, "organisation.not-found" | "member.not-found" | "member.last-admin">>;

  /** By the principal, or an organisation's admin; whose assurance must be 2 or more. `id` makes a repeat find the first. */
  grantMandate(
    person: string,
    mandate: {
      readonly id: string;
      readonly fingerprint: string;
      readonly principal: PrincipalRef;
      readonly agent: string;
      readonly scope: "all" | readonly string[];
      readonly validUntil: Instant;
      readonly evidence?: { readonly file: string; readonly sha256: string } | undefined;
    },
  ): Promise<
    Decision<
      MandateView,
      | MandateRefusal
      | "mandate.not-yours-to-grant"
      | "mandate.unknown-agent"
      | "person.assurance-too-low"
      | "request.key-reused"
    >
  >;
  /** For departments: whether a mandate is good now. */
  verifyMandate(id: string): Promise<Decision<MandateView, "mandate.not-found">>;
  /** For departments: whether an account is that of a name and an ID number. The access log has it. */
  verifyPerson(
    claim: { readonly person: string; readonly name: string; readonly idNumber: string },
    asked: { readonly client: string; readonly department?: string | undefined; readonly purpose: string },
  ): Promise<{ readonly matches: boolean; readonly assurance?: AssuranceLevel }>;

  /** Mandates given by a principal, or held by an agent. */
  mandatesOf(by: { readonly principal: PrincipalRef } | { readonly agent: string }): Promise<readonly MandateView[]>;
  /** By the principal, an organisation's admin, or the agent, who may always lay it down. */
  revokeMandate(person: string, mandate: string): Promise<Decision<MandateView, "mandate.not-found">>;

  /**
   * Someone whom an upstream signed in: the account with that ID number, which is opened if there is none. Never by name or
   * phone. Assurance rises to what the upstream vouches for and never falls.
   */
  linkUpstream(
    link: {
      readonly upstream: string;
      /** Its own id of the person. */
      readonly subject: string;
      readonly name: string;
      readonly idNumber: string;
      readonly phone?: string | undefined;
      readonly assurance: AssuranceLevel;
    },
    origin: Origin,
  ): Promise<
    Decision<
      SignedIn,
      "person.invalid-id-number" | "upstream.assurance-too-low" | "upstream.name-differs" | LimitRefusal
    >
  >;

  /** Face or document, at the verifier's page. */
  beginStepUp(
    person: string,
    method: VerificationMethod,
    returnTo: string,
  ): Promise<
    Decision<
      { readonly ticket: string; readonly url: string },
      "step-up.unavailable" | "step-up.refused" | "person.closed"
    >
  >;
  /** The ticket must be one that was begun for this person. */
  finishStepUp(
    person: string,
    ticket: string,
  ): Promise<Decision<SignedIn, "step-up.unavailable" | "step-up.rejected" | "step-up.pending">>;

  /** First of two steps; a wrong password and an unknown number answer the same. */
  startStaffSignIn(
    credentials: { readonly staff: string; readonly password: string },
    origin: Origin,
  ): Promise<
    Decision<{ readonly challenge: string; readonly maskedPhone: string; readonly expiresAt: Instant }, SignInRefusal>
  >;
  finishStaffSignIn(proof: CodeProof, origin: Origin): Promise<Decision<StaffClaims, SignInRefusal>>;
  /** For those whom the government chat has signed in; its account name is the staff number. None for those who left. */
  staffClaims(staff: string): Promise<StaffClaims | undefined>;

  /** A clerk serves someone who stands before them and shows a document: assurance 2 by it, and an account if there is none. */
  openCounterSession(
    clerk: string,
    applicant: {
      /** Derived from an idempotency key; a new one unless told. */
      readonly id?: string | undefined;
      readonly name: string;
      readonly idNumber: string;
      readonly phone?: string | undefined;
      /** For whom the visitor acts; themselves unless told. */
      readonly actFor?: PrincipalRef | undefined;
    },
    origin: Origin,
  ): Promise<
    Decision<
      CounterSession,
      | "person.invalid-id-number"
      | "person.guardian-needed"
      | "counter.not-a-clerk"
      | "counter.name-differs"
      | "mandate.none"
    >
  >;
  /** By the clerk who opened it. Its tokens are refused from then on. */
  endCounterSession(clerk: string, session: string): Promise<Decision<CounterSession, "counter.not-found">>;
  /** The claims of a token under a session that is open, for its own clerk. */
  counterClaims(clerk: string, session: string): Promise<Decision<ActingClaims, "counter.not-found">>;
}
