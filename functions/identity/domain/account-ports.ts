import type { Instant } from "#shared/kernel/clock.ts";
import type { CounterVisit } from "./counter-visit.ts";
import type { Mandate, Principal } from "./mandate.ts";
import type { Organisation } from "./organisation.ts";
import type { ChallengePurpose } from "./outside-ports.ts";
import type { OpenPerson, PasswordRecord, Person } from "./person.ts";

/** A guardian (监护人) acts for a child. */
export interface Guardianship {
  readonly guardian: string;
  readonly child: string;
  /** The child comes of age. */
  readonly validUntil: Instant;
}

export interface Voided {
  readonly reason: "taken-over" | "password-reset" | "password-changed";
  readonly at: Instant;
  /** A browser's session that stays, and its tokens with it. */
  readonly except?: string | undefined;
}

export interface People {
  find(id: string): Promise<Person | undefined>;
  byIdNumber(idNumber: string): Promise<OpenPerson | undefined>;
  /** Any number of persons may share a phone. */
  byPhone(phone: string): Promise<readonly OpenPerson[]>;
  /**
   * The one account of an ID number, written together with the claim to the number and, for a child, the guardianship.
   * Throws StaleVersionError when the number has an account.
   */
  open(person: OpenPerson, guardianship?: Guardianship): Promise<void>;
  /** Saves a child together with who acts for it from now on. Throws StaleVersionError. */
  bind(child: OpenPerson, guardianship: Guardianship): Promise<void>;
  /**
   * Saves a child together with who acts for it from now on, if anybody does, instead of another; and announces it. Throws
   * StaleVersionError.
   */
  replaceGuardian(child: OpenPerson, before: string): Promise<void>;
  /**
   * `voided`: whoever was signed in until then is so no longer, which the same write keeps with the account (`notBefore`) and
   * announces; but for a session that stays there is no such time, and what is ended is what others hold. Throws StaleVersionError.
   */
  save(person: OpenPerson, voided?: Voided): Promise<void>;
  /** The ID number is free again, and whoever was signed in is to be signed out. */
  close(person: Extract<Person, { status: "closed" }>, was: OpenPerson): Promise<void>;
}

export interface Organisations {
  find(uscc: string): Promise<Organisation | undefined>;
  /** Saves it with what its members are found by, in one transaction. Throws StaleVersionError. */
  save(organisation: Organisation, before: Organisation | undefined): Promise<void>;
  /** Of which a person is a member. */
  ofMember(person: string): Promise<readonly Organisation[]>;
}

export interface Mandates {
  find(id: string): Promise<Mandate | undefined>;
  save(mandate: Mandate): Promise<void>;
  byAgent(agent: string): Promise<readonly Mandate[]>;
  byPrincipal(principal: Principal): Promise<readonly Mandate[]>;
}

export interface Guardianships {
  ofGuardian(guardian: string): Promise<readonly Guardianship[]>;
  find(child: string, guardian: string): Promise<Guardianship | undefined>;
  /** Ended is ended: again changes nothing. */
  end(child: string, guardian: string): Promise<void>;
}

export interface Challenge {
  readonly id: string;
  readonly purpose: ChallengePurpose;
  readonly phone: string;
  readonly code: string;
  readonly expiresAt: Instant;
  /** Whose it is, where that is known before: a staff number, say. */
  readonly subject?: string | undefined;
}

/** What a code is used for. */
export interface CodeUse {
  /** Recognises the request again; kept as a keyed hash. */
  readonly request: string;
  /** The account it opens. */
  readonly opens?: string;
  /** The version of the account, or the appointment, that it changes. */
  readonly asOf?: number;
}
export type UsedFor = Omit<CodeUse, "request"> & { readonly isRepeat: boolean };

export interface Challenges {
  /** False when there is one of that id: the request is a repeat. */
  open(challenge: Challenge): Promise<boolean>;
  /** One that was opened before: when it ends, and whether it was for this phone and purpose. */
  opened(
    id: string,
    asked: Pick<Challenge, "phone" | "purpose">,
  ): Promise<{ readonly expiresAt: Instant; readonly isSame: boolean } | undefined>;
  /**
   * One of the few tries. Right, it is used up; a code is good once, however many try at the same time. `phone`, when given,
   * must be the one it was sent to.
   * @param use what it is used for, kept by the same write: a repeat of that request is right again, and told what the first was
   */
  attempt(
    id: string,
    proof: { readonly purpose: ChallengePurpose; readonly code: string; readonly phone?: string },
    at: Instant,
    use?: CodeUse,
  ): Promise<
    { readonly right: false } | { readonly right: true; readonly subject?: string | undefined; readonly use?: UsedFor }
  >;
  /** Among whom the one who gave the right code may choose. */
  keepChoices(id: string, persons: readonly string[], at: Instant): Promise<void>;
  /** Once. */
  choose(id: string, person: string, at: Instant): Promise<boolean>;
}

export interface CounterVisits {
  /** What recognises a request again without telling what it said; under the current key first. */
  marksOf(request: string): readonly string[];
  find(id: string): Promise<CounterVisit | undefined>;
  /** Those of someone who was served, for as long as they are kept; the newest may be missing. */
  ofPerson(person: string): Promise<readonly CounterVisit[]>;
  save(visit: CounterVisit): Promise<void>;
}

export interface Limits {
  /** Counts one more; true while there were not more than `most` within the window. */
  within(name: string, of: string, most: number, windowSeconds: number, at: Instant): Promise<boolean>;
  clear(name: string, of: string): Promise<void>;
}

/** What of a person's was looked at: a case's data, a file or receipt, the profile, or the visit to a counter. */
export type AccessedThing =
  | "application"
  | "file"
  | "receipt"
  | "profile"
  | "verification"
  | "contact"
  | "export"
  | "counter";

export interface AccessRecord {
  readonly id: string;
  readonly at: Instant;
  /** The client and, where known, the member of staff who looked. */
  readonly by: { readonly client: string; readonly staff?: string | undefined };
  readonly department?: string | undefined;
  readonly purpose: string;
  readonly what: AccessedThing;
  /** A case number, say. */
  readonly reference?: string | undefined;
}

export interface Records {
  /** Kept once: what is told again says the same of when it was. */
  add(person: string, record: AccessRecord): Promise<void>;
  /** Kept once by its id, with the time of the first, though it is told again later; within a day. */
  addOnce(person: string, record: AccessRecord): Promise<void>;
  /** Newest first. */
  list(
    person: string,
    page: { readonly cursor?: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly AccessRecord[]; readonly next?: string } | "bad-cursor">;
}

export interface Cases {
  /** What an application's event said, unless a later one is known. */
  note(person: string, application: string, open: boolean, sequence: number): Promise<void>;
  hasOpen(person: string): Promise<boolean>;
}

/** Verifications that were begun. */
export interface Tickets {
  open(ticket: string, person: string, at: Instant): Promise<void>;
  personOf(ticket: string): Promise<string | undefined>;
}

export interface Passwords {
  hash(password: string): Promise<PasswordRecord>;
  /** Takes the same time whether there is a record or not. */
  verify(password: string, record: PasswordRecord | undefined): Promise<boolean>;
}
