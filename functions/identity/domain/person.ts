import { type Instant, type LegalDate, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isResidentId } from "#shared/kernel/identity-numbers.ts";
import type { Replacement } from "./organisation.ts";

export type AssuranceLevel = 0 | 1 | 2 | 3;

/** How sure it is that a person is who they say they are (实名等级): 1 self-declared, 2 verified data, 3 verified person. */
export interface Assurance {
  readonly level: AssuranceLevel;
  readonly method: "self-declared" | "phone-code" | "upstream" | "counter" | "face" | "document";
  readonly at: Instant;
  readonly by?: string | undefined;
}

/** "biometric": face or document images, at a verifier's (Personal Information Protection Law art. 28, 29). */
export type ConsentPurpose = "account" | "sensitive-data" | "guardian" | "biometric" | "reuse-materials" | "notices";

/** Personal Information Protection Law art. 14, 29, 31. */
export interface Consent {
  readonly purpose: ConsentPurpose;
  readonly textVersion: string;
  readonly at: Instant;
  readonly channel?: string | undefined;
  readonly withdrawnAt?: Instant | undefined;
}

/** What is kept of a password: the scrypt hash and all that is needed to compute it again. */
export interface PasswordRecord {
  readonly algorithm: "scrypt";
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
  readonly salt: string;
  readonly hash: string;
  /** Which request has set it, so that a repeat of that is known. */
  readonly setBy?: string | undefined;
}

/** A natural person (自然人) with an account. */
export interface OpenPerson {
  readonly status: "open";
  readonly id: string;
  readonly version: number;
  /** Personal data, as are idNumber and phone. */
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string | undefined;
  readonly password?: PasswordRecord | undefined;
  readonly assurance: Assurance;
  readonly consents: readonly Consent[];
  /** Whence the account was reached by federation. */
  readonly upstreams: readonly string[];
  readonly guardian?: string | undefined;
  /** What a counter was shown when it replaced the guardian, or took one away. */
  readonly guardianReplaced?: Replacement | undefined;
  /** Who signed in until then is signed in no longer. */
  readonly notBefore?: Instant | undefined;
  readonly registeredAt: Instant;
  readonly channel?: string | undefined;
}

/** What stays of an account: that it was, under a pseudonym, so that cases and logs keep who acted. */
export interface ClosedPerson {
  readonly status: "closed";
  readonly id: string;
  readonly version: number;
  readonly registeredAt: Instant;
  readonly closedAt: Instant;
  /** What was agreed to and when: proof that it was lawful. */
  readonly consents: readonly Consent[];
}

export type Person = OpenPerson | ClosedPerson;

export type PersonRefusal = "person.invalid-id-number" | "person.guardian-needed" | "person.consent-missing";

/** Personal Information Protection Law art. 31. */
const CHILD_UNDER = 14;

/** ID numbers as people type them: blanks, and the check character x. */
export const normalIdNumber = (typed: string): string => typed.replace(/\s/g, "").toUpperCase();

/** A mainland mobile number, or another with its country code; undefined for what is none. */
export const normalPhone = (typed: string): string | undefined => {
  const phone = typed.replace(/[\s()-]/g, "").replace(/^(\+86|0086)(?=1\d{10}$)/, "");
  return /^(1[3-9]\d{9}|\+(?!86)[1-9]\d{6,14})$/.test(phone) ? phone : undefined;
};

/** Full years on a legal day. */
export const ageOn = (idNumber: string, today: LegalDate): number => {
  const years = Number(today.slice(0, 4)) - Number(idNumber.slice(6, 10));
  return today.slice(5).replace("-", "") < idNumber.slice(10, 14) ? years - 1 : years;
};

export const isChild = (idNumber: string, at: Instant): boolean => ageOn(idNumber, legalDate(at)) < CHILD_UNDER;

const COMING_OF_AGE = 18;
/** Of legal days. */
const AHEAD_OF_UTC_MS = 8 * 3_600_000;

/** When somebody turns 18; born on 29 February, with 1 March where there is none. */
export const comesOfAge = (idNumber: string): Instant => {
  const [year, month, day] = [idNumber.slice(6, 10), idNumber.slice(10, 12), idNumber.slice(12, 14)].map(Number);
  return new Date(Date.UTC((year ?? 0) + COMING_OF_AGE, (month ?? 1) - 1, day) - AHEAD_OF_UTC_MS).toISOString();
};

export interface Registration {
  readonly id: string;
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string | undefined;
  readonly password?: PasswordRecord | undefined;
  readonly assurance: Omit<Assurance, "at">;
  readonly consents: readonly { readonly purpose: ConsentPurpose; readonly textVersion: string }[];
  readonly upstream?: string | undefined;
  readonly guardian?: string | undefined;
  readonly channel?: string | undefined;
}

/** What must be right before anything of a registration is looked up; it says nothing of who has an account. */
export const checkRegistration = (
  { idNumber, consents, guardian }: Pick<Registration, "idNumber" | "consents" | "guardian">,
  at: Instant,
): PersonRefusal | undefined => {
  if (!isResidentId(idNumber, legalDate(at))) return "person.invalid-id-number";
  const child = isChild(idNumber, at);
  if (child && !guardian) return "person.guardian-needed";
  const needed: ConsentPurpose[] = child ? ["account", "sensitive-data", "guardian"] : ["account", "sensitive-data"];
  return needed.every((purpose) => consents.some((consent) => consent.purpose === purpose))
    ? undefined
    : "person.consent-missing";
};

export const registerPerson = (registration: Registration, at: Instant): Decision<OpenPerson, PersonRefusal> => {
  const problem = checkRegistration(registration, at);
  if (problem) return refuse(problem);
  const { id, name, idNumber, phone, password, assurance, consents, upstream, guardian, channel } = registration;
  return accept({
    status: "open",
    id,
    version: 1,
    name,
    idNumber,
    ...(phone && { phone }),
    ...(password && { password }),
    assurance: { ...assurance, at },
    consents: consents.map((consent) => ({ ...consent, at, ...(channel && { channel }) })),
    upstreams: upstream ? [upstream] : [],
    ...(guardian && { guardian }),
    registeredAt: at,
    ...(channel && { channel }),
  });
};

/** Assurance rises and never falls. Undefined when nothing would change. */
export const raiseAssurance = (person: OpenPerson, to: Omit<Assurance, "at">, at: Instant): OpenPerson | undefined =>
  to.level > person.assurance.level ? { ...person, version: person.version + 1, assurance: { ...to, at } } : undefined;

/** Whether anyone but they themselves has said who they are. */
const isVouchedFor = ({ assurance }: OpenPerson): boolean => assurance.level >= 2;

/** What was only self-declared contradicts nobody: a wrong name locks the owner of the number out no more than a wrong phone. */
export const nameDiffers = (person: OpenPerson, name: string): boolean => isVouchedFor(person) && person.name !== name;

/**
 * Someone else vouches for the person, who is signed in with this account's own credentials: those stay. Only the name gives
 * way, where it was self-declared. Undefined when nothing would change.
 */
export const confirmPerson = (
  person: OpenPerson,
  { name, ...to }: Omit<Assurance, "at"> & { readonly name: string },
  at: Instant,
): OpenPerson | undefined => {
  const raised = raiseAssurance(person, to, at);
  return raised && !isVouchedFor(person) ? { ...raised, name } : raised;
};

/**
 * Someone else vouches for the person, who did not sign in with this account's own credentials. What was only self-declared
 * until then might be another's: its password goes, and its name and phone give way, so that whoever opened the account in a
 * stranger's name does not keep the key to what is now the stranger's. Undefined when nothing would change.
 */
export const vouchFor = (
  person: OpenPerson,
  { phone, ...to }: Parameters<typeof confirmPerson>[1] & { readonly phone?: string | undefined },
  at: Instant,
): OpenPerson | undefined => {
  const confirmed = confirmPerson(person, to, at);
  if (!confirmed || isVouchedFor(person)) return confirmed;
  const { password: _password, phone: _phone, ...kept } = confirmed;
  return { ...kept, ...(phone && { phone }) };
};

/** Another guardian, with consents of their own, for a child whose guardian has no account any longer. */
export const bindGuardian = (
  child: OpenPerson,
  { guardian, consents, channel }: Pick<Registration, "consents" | "channel"> & { readonly guardian: string },
  at: Instant,
): OpenPerson => ({
  ...child,
  version: child.version + 1,
  guardian,
  consents: [
    ...child.consents.map((known) => (known.withdrawnAt ? known : { ...known, withdrawnAt: at })),
    ...consents.map((consent) => ({ ...consent, at, ...(channel && { channel }) })),
  ],
});

export const changePerson = (
  person: OpenPerson,
  change: Partial<Pick<OpenPerson, "phone" | "password" | "upstreams">>,
): OpenPerson => ({ ...person, ...change, version: person.version + 1 });

/** Given again, a consent replaces the one with the older wording. Undefined when it stands already. */
export const giveConsent = (
  person: OpenPerson,
  { purpose, textVersion, channel }: Pick<Consent, "purpose" | "textVersion" | "channel">,
  at: Instant,
): OpenPerson | undefined => {
  const stands = person.consents.some(
    (known) => known.purpose === purpose && known.textVersion === textVersion && !known.withdrawnAt,
  );
  if (stands) return undefined;
  const consents = [
    ...person.consents.map((known) =>
      known.purpose === purpose && !known.withdrawnAt ? { ...known, withdrawnAt: at } : known,
    ),
    { purpose, textVersion, at, ...(channel && { channel }) },
  ];
  return { ...person, version: person.version + 1, consents };
};

const withoutThereIsNoAccount: ReadonlySet<ConsentPurpose> = new Set(["account", "sensitive-data", "guardian"]);

export const withdrawConsent = (
  person: OpenPerson,
  purpose: ConsentPurpose,
  at: Instant,
): Decision<OpenPerson, "consent.not-given" | "consent.needed"> => {
  if (!person.consents.some((known) => known.purpose === purpose && !known.withdrawnAt))
    return refuse("consent.not-given");
  if (withoutThereIsNoAccount.has(purpose)) return refuse("consent.needed");
  const consents = person.consents.map((known) =>
    known.purpose === purpose && !known.withdrawnAt ? { ...known, withdrawnAt: at } : known,
  );
  return accept({ ...person, version: person.version + 1, consents });
};

/** Closes an account: what law requires stays under a pseudonym, all else goes. Not while cases are open. */
export const closePerson = (
  person: OpenPerson,
  duties: { readonly openCases: boolean; readonly lastAdminOf: number },
  at: Instant,
): Decision<ClosedPerson, "person.open-cases" | "person.organisation-admin"> => {
  if (duties.openCases) return refuse("person.open-cases");
  if (duties.lastAdminOf > 0) return refuse("person.organisation-admin");
  return accept({
    status: "closed",
    id: person.id,
    version: person.version + 1,
    registeredAt: person.registeredAt,
    closedAt: at,
    consents: person.consents.map((consent) => (consent.withdrawnAt ? consent : { ...consent, withdrawnAt: at })),
  });
};

const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 128;

/** Length is what counts (NIST SP 800-63B); what others know of the person is no secret. */
export const isWeakPassword = (password: string, known: readonly (string | undefined)[]): boolean =>
  password.length < SHORTEST_PASSWORD ||
  password.length > LONGEST_PASSWORD ||
  new Set(password).size < 5 ||
  "01234567890123456789".includes(password) ||
  known.some((value) => value && value.length >= 6 && password.toUpperCase().includes(value.slice(-6).toUpperCase()));
