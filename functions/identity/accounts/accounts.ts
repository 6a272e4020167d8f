import type { Instant } from "#shared/kernel/clock.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import type { GuardianRefusal } from "../domain/guardian.ts";
import type { MandateRefusal } from "../domain/mandate.ts";
import type { Evidence, MemberRole, OrganisationKind, OrganisationRefusal } from "../domain/organisation.ts";
import type { ChallengePurpose, VerificationMethod } from "../domain/outside-ports.ts";
import type { Operator, Staff } from "../domain/staff.ts";
import type {
  AccessEntry,
  ActingClaims,
  Actor,
  AssuranceLevel,
  CodeProof,
  CodeRefusal,
  Consent,
  ConsentPurpose,
  Contact,
  ContactPurpose,
  CounterSession,
  LimitRefusal,
  MandateView,
  NewConsent,
  OrganisationView,
  Origin,
  OwnAccount,
  PrincipalChoice,
  PrincipalRef,
  RegisterRefusal,
  SignedIn,
  SignInRefusal,
  StaffClaims,
  StaffView,
} from "./views.ts";

export type * from "./views.ts";

export interface ChallengeAccounts {
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
      "challenge.phone-invalid" | "challenge.not-sent" | "request.key-reused" | LimitRefusal
    >
  >;
}

export interface RegistrationAccounts {
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
    guardian: Actor,
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
}

export interface SignInAccounts {
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

  /** With a code for "reset-password" sent to the account's phone, and its ID number. */
  resetPassword(
    reset: CodeProof & { readonly phone: string; readonly idNumber: string; readonly wanted: string },
    origin: Origin,
  ): Promise<Decision<{ readonly next: "sign-in" }, "person.password-weak" | SignInRefusal>>;

  /**
   * Someone whom an upstream signed in: the account with that ID number, which is opened if there is none. Never by name or
   * phone. Assurance rises to what the upstream vouches for and never falls. An account that was only self-declared is taken
   * over, its password, phone and sessions with it, unless its owner steps up there who is signed in here.
   */
  linkUpstream(
    link: {
      readonly upstream: string;
      readonly name: string;
      readonly idNumber: string;
      readonly phone?: string | undefined;
      readonly assurance: AssuranceLevel;
      /** Who is signed in here and steps up there: refused, and nothing written, when the upstream names another. */
      readonly signedIn?: string | undefined;
    },
    origin: Origin,
  ): Promise<
    Decision<
      SignedIn,
      | "person.invalid-id-number"
      | "person.guardian-needed"
      | "upstream.assurance-too-low"
      | "upstream.another-person"
      | "upstream.name-differs"
      | LimitRefusal
    >
  >;
}

export interface OwnAccounts {
  /**
   * None for an account that is closed or never was.
   * @param signedInAt seconds since 1970: none either for a sign-in that was voided since
   */
  account(person: string, signedInAt?: number): Promise<OwnAccount | undefined>;

  /**
   * What goes into tokens of this person: `phone` and `name` masked unless `unmasked`; then the access log has the reading,
   * with its purpose, before this answers.
   */
  profile(
    person: string,
    reading?: { readonly client: string; readonly purpose: string },
  ): Promise<{ readonly name: string; readonly phone?: string | undefined; readonly masked: boolean } | undefined>;

  giveConsent(by: Actor, consent: NewConsent, origin: Origin): Promise<Decision<readonly Consent[], "person.closed">>;

  /** Without consent to "account" there is no account: that one is withdrawn by closing it. */
  withdrawConsent(
    by: Actor,
    purpose: ConsentPurpose,
  ): Promise<Decision<readonly Consent[], "consent.not-given" | "consent.needed" | "person.closed">>;

  changePassword(
    person: string,
    change: {
      readonly current: string;
      readonly wanted: string;
      /** Derived from an idempotency key: a repeat is answered as it was. */
      readonly id?: string | undefined;
    },
    origin: Origin,
  ): Promise<Decision<{ readonly version: number }, "person.password-wrong" | "person.password-weak" | LimitRefusal>>;

  /**
   * The new phone proven by a code for "change-phone", and oneself by the password or, where the account has none, by another
   * code for "change-phone" to the phone it has until then: a phone resets the password.
   */
  changePhone(
    by: Actor,
    change: CodeProof & {
      readonly phone: string;
      readonly current?: string | undefined;
      /** The code to the phone until then. */
      readonly present?: CodeProof | undefined;
      /** Derived from an idempotency key: a repeat is answered as it was. */
      readonly id?: string | undefined;
    },
    origin: Origin,
  ): Promise<
    Decision<
      { readonly version: number },
      CodeRefusal | "person.password-wrong" | "person.present-phone-wrong" | "person.closed"
    >
  >;

  /** Everything we hold of a person, unmasked, for that person. The access log has it. */
  exportOwnData(by: Actor, origin: Origin): Promise<Decision<Readonly<Record<string, unknown>>, "person.closed">>;

  /** Sends the account's own phone a code: for those who have no password. */
  startOwnCode(
    by: Actor,
    purpose: "close-account" | "change-phone",
    origin: Origin,
  ): Promise<
    Decision<
      { readonly challenge: string; readonly maskedPhone: string },
      "person.closed" | "person.no-phone" | "challenge.not-sent" | LimitRefusal
    >
  >;

  /** Not while cases are open. What law requires stays, under a pseudonym; all else goes. One that is closed answers since when. */
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
  accessLog(person: string, page: PageRequest): Promise<Page<AccessEntry> | BadCursor>;

  /** Kept once, however often it is told. */
  recordAccess(person: string, entry: AccessEntry): Promise<void>;
}

export interface PrincipalAccounts {
  /** Oneself first, then organisations, mandates and wards that are good now. */
  principalsOf(person: string): Promise<readonly PrincipalChoice[]>;

  /** Whether this person may act for that principal now, and the claims their token then carries. */
  mayActFor(
    person: string,
    principal: PrincipalRef,
  ): Promise<Decision<{ readonly choice: PrincipalChoice; readonly claims: ActingClaims }, "mandate.none">>;

  /** Mandates given by a principal, or held by an agent. */
  mandatesOf(by: { readonly principal: PrincipalRef } | { readonly agent: string }): Promise<readonly MandateView[]>;

  /** By the principal, an organisation's admin, or the agent, who may always lay it down. */
  revokeMandate(person: string, mandate: string): Promise<Decision<MandateView, "mandate.not-found">>;
}

export interface OrganisationAccounts {
  /** By its legal representative, whose assurance must be 2 or more; they are its first admin. */
  registerOrganisation(
    by: Actor,
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
  ): Promise<
    Decision<
      OrganisationView,
      "organisation.not-found" | "member.unknown-person" | "member.last-admin" | "member.is-representative"
    >
  >;

  /** By an admin, or by the member. */
  removeMember(
    person: string,
    uscc: string,
    member: string,
  ): Promise<
    Decision<
      OrganisationView,
      "organisation.not-found" | "member.not-found" | "member.last-admin" | "member.is-representative"
    >
  >;

  /** By the principal, or an organisation's admin; whose assurance must be 2 or more. `id` makes a repeat find the first. */
  grantMandate(
    by: Actor,
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
    asked: {
      /** Derived from an idempotency key: a repeat is not recorded anew. */
      readonly id: string;
      readonly client: string;
      readonly department?: string | undefined;
      readonly purpose: string;
    },
  ): Promise<{ readonly matches: boolean; readonly assurance?: AssuranceLevel }>;
}

export interface StepUpAccounts {
  /** Face or document, at the verifier's page; the separate consent to it is on record before anything is sent there. */
  beginStepUp(
    by: Actor,
    begun: {
      readonly method: VerificationMethod;
      readonly returnTo: string;
      /** The wording that was agreed to just now. */
      readonly consent: { readonly textVersion: string };
    },
    origin: Origin,
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
}

export interface StaffAccounts {
  /** First of two steps; a wrong password and an unknown number answer the same. */
  startStaffSignIn(
    credentials: { readonly staff: string; readonly password: string },
    origin: Origin,
  ): Promise<
    Decision<{ readonly challenge: string; readonly maskedPhone: string; readonly expiresAt: Instant }, SignInRefusal>
  >;

  finishStaffSignIn(proof: CodeProof, origin: Origin): Promise<Decision<StaffClaims, SignInRefusal>>;

  /**
   * Sends a code for "staff-password" to the phone of whoever serves under that number, and nothing to anyone else; the answer
   * is the same.
   */
  startStaffPassword(
    staff: string,
    origin: Origin,
  ): Promise<Decision<{ readonly challenge: string; readonly resendAfterSeconds: number }, LimitRefusal>>;

  /** Sets the first password, or another: who appoints sets none. */
  setStaffPassword(
    wanted: CodeProof & { readonly staff: string; readonly wanted: string },
    origin: Origin,
  ): Promise<Decision<{ readonly next: "sign-in" }, "person.password-weak" | SignInRefusal>>;

  /**
   * For those whom the government chat has signed in; its account name is the staff number. None for those who left.
   * @param signedInAt seconds since 1970: none either for a sign-in that was voided since
   */
  staffClaims(staff: string, signedInAt?: number): Promise<StaffClaims | undefined>;
}

export interface StaffManagement {
  /** Those of an operator's department and division who serve now, by number. */
  listStaff(operator: Operator, page: PageRequest): Promise<Page<StaffView> | BadCursor>;

  readStaff(operator: Operator, staff: string): Promise<Decision<StaffView, "staff.not-found">>;

  /** Effective at once, in live tokens too. `ifMatch` is the version that the operator saw. */
  appointStaff(
    operator: Operator,
    appointment: Pick<Staff, "staff" | "name" | "division" | "roles" | "phone" | "person">,
    ifMatch?: number,
  ): Promise<
    Decision<
      StaffView,
      | "staff.oneself"
      | "staff.elsewhere"
      | "staff.division-not-yours"
      | "staff.person-unknown"
      | "staff.phone-needed"
      | "challenge.phone-invalid"
      | "request.stale"
    >
  >;

  /** Their tokens, and those of visits they opened, are refused from then on. */
  dismissStaff(operator: Operator, staff: string): Promise<Decision<StaffView, "staff.oneself" | "staff.not-found">>;
}

export interface CounterAccounts {
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
      | "request.key-reused"
    >
  >;

  /** By the clerk who opened it. Its tokens are refused from then on. */
  endCounterSession(clerk: string, session: string): Promise<Decision<CounterSession, "counter.not-found">>;

  /** By the clerk who serves the new representative, in a visit that is open and for themselves. */
  replaceRepresentative(
    clerk: string,
    session: string,
    shown: { readonly uscc: string; readonly evidence: Evidence },
  ): Promise<
    Decision<
      { readonly uscc: string; readonly version: number; readonly representative: string },
      | "counter.not-a-clerk"
      | "counter.not-found"
      | "organisation.not-found"
      | "organisation.replaced-since"
      | "person.acting-for-another"
    >
  >;

  /** By the clerk who serves the guardian, or the child itself, in a visit that is open and for themselves. */
  replaceGuardian(
    clerk: string,
    session: string,
    shown: { readonly name: string; readonly idNumber: string; readonly evidence: Evidence },
  ): Promise<
    Decision<
      { readonly person: string; readonly version: number; readonly guardian?: string | undefined },
      GuardianRefusal | "counter.not-a-clerk" | "counter.not-found" | "person.acting-for-another"
    >
  >;

  /** The claims of a token under a session that is open, for its own clerk. */
  counterClaims(clerk: string, session: string): Promise<Decision<ActingClaims, "counter.not-found">>;
}

export interface ContactAccounts {
  /** Where a person can be reached; the access log has it before this answers, once for a request. */
  contact(
    person: string,
    asked: {
      /** Derived from an idempotency key: a repeat is not recorded anew. */
      readonly id: string;
      readonly client: string;
      readonly purpose: ContactPurpose;
      readonly reference?: string | undefined;
    },
  ): Promise<Decision<Contact, "person.closed">>;
}

/**
 * Everything that pages, token grants and the API do with accounts. Refusals are codes; their texts stand in
 * shared/contracts/http/identity.ts (`identityTexts`), Chinese and English. Faults throw.
 */
export interface Accounts
  extends ChallengeAccounts,
    RegistrationAccounts,
    SignInAccounts,
    OwnAccounts,
    PrincipalAccounts,
    OrganisationAccounts,
    StepUpAccounts,
    StaffAccounts,
    StaffManagement,
    CounterAccounts,
    ContactAccounts {}
