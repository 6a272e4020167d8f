import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { logger } from "#shared/runtime/logger.ts";
import type {
  Cases,
  Challenges,
  CounterVisits,
  Guardianships,
  Limits,
  Mandates,
  Organisations,
  Passwords,
  People,
  Records,
  Tickets,
} from "../domain/account-ports.ts";
import { isFromBefore } from "../domain/live-grounds.ts";
import type { Messages, Notice, PersonVerifier } from "../domain/outside-ports.ts";
import type { OpenPerson } from "../domain/person.ts";
import type { StaffStore } from "../domain/ports.ts";
import type { Actor, LimitRefusal, Origin, SignedIn } from "./accounts.ts";
import { sourceKey } from "./sources.ts";

/** A browser in which someone is signed in, or an app or device that keeps tokens of its own. */
export interface KeptSession {
  readonly kind: "session" | "grant";
  readonly since: Instant;
  readonly until: Instant;
  /** "Firefox, Windows": as far as the browser told. */
  readonly device?: string | undefined;
  /** The client programs it was used with. */
  readonly clients: readonly string[];
}

/** What the use-cases of accounts stand on. */
export interface AccountParts {
  readonly people: People;
  readonly organisations: Organisations;
  readonly mandates: Mandates;
  readonly guardianships: Guardianships;
  readonly challenges: Challenges;
  readonly visits: CounterVisits;
  readonly limits: Limits;
  readonly records: Records;
  readonly cases: Cases;
  readonly tickets: Tickets;
  readonly staff: StaffStore;
  readonly passwords: Passwords;
  readonly messages: Messages;
  readonly verifier: PersonVerifier;
  /**
   * Ends the sessions of a person, or of "staff:<number>", and the tokens that hang on them: who holds them may be another.
   * `except`: a browser's session that stays. Done in a later second than it was asked: what is signed in afterwards is told from what was before by its second.
   */
  readonly endSessions: (account: string, except?: string) => Promise<void>;
  /** Where a person is signed in. */
  readonly sessionsOf: (account: string) => Promise<readonly KeptSession[]>;
  /** Keeps an answer back until the time that others take: how long it takes tells nothing of who has an account. */
  readonly evenly: <T>(work: () => Promise<T>) => Promise<T>;
  readonly now: Clock;
  /** A number below `limit`, that nobody can guess. */
  readonly random: (limit: number) => number;
}

/** Answers, or fails, no earlier than so many milliseconds after it was asked. */
export const notBefore =
  (milliseconds: number) =>
  async <T>(work: () => Promise<T>): Promise<T> => {
    const [done] = await Promise.allSettled([work(), new Promise((resolve) => setTimeout(resolve, milliseconds))]);
    if (done.status === "rejected") throw done.reason;
    return done.value;
  };

/** Done no sooner than the second is over in which it was begun. */
export const intoTheNextSecond =
  <A extends unknown[]>(work: (...asked: A) => Promise<void>) =>
  async (...asked: A): Promise<void> => {
    // One more: timers count in fractions, and may be up to a millisecond early.
    const left = 1001 - (Date.now() % 1000);
    await Promise.all([work(...asked), new Promise((resolve) => setTimeout(resolve, left))]);
  };

/** How often something may be done: so many times in so many seconds. */
interface Rate {
  readonly most: number;
  readonly seconds: number;
}

const rates = {
  "code-phone-minute": { most: 1, seconds: 60 },
  "code-phone-hour": { most: 5, seconds: 3600 },
  "code-source": { most: 60, seconds: 3600 },
  "code-try-source": { most: 60, seconds: 600 },
  "register-source": { most: 30, seconds: 3600 },
  "sign-in-account": { most: 5, seconds: 900 },
  "sign-in-source": { most: 50, seconds: 600 },
} as const satisfies Record<string, Rate>;
export type RateName = keyof typeof rates;

const countedAs = (name: RateName, of: string): string => (name.endsWith("-source") ? sourceKey(of) : of);

/** Counts one more of each; refused when one of them is too many. All are counted, so that none tells of another. */
export const within = async (
  { limits, now }: Pick<AccountParts, "limits" | "now">,
  wanted: Partial<Record<RateName, string>>,
): Promise<Decision<undefined, LimitRefusal>> => {
  const counted = await Promise.all(
    (Object.entries(wanted) as [RateName, string][]).map(([name, of]) =>
      limits.within(name, countedAs(name, of), rates[name].most, rates[name].seconds, now()),
    ),
  );
  return counted.every(Boolean) ? accept(undefined) : refuse("identity.too-many-attempts");
};

export const findOpen = async (
  { people }: Pick<AccountParts, "people">,
  id: string,
): Promise<OpenPerson | undefined> => {
  const person = await people.find(id);
  return person?.status === "open" ? person : undefined;
};

/**
 * The account of someone who acts on it; none when their sign-in was voided since, by a takeover say. Whoever asked at the door
 * asked earlier: what counts is the row that is decided on.
 */
export const findActing = async (
  parts: Pick<AccountParts, "people">,
  { person: id, signedInAt }: Actor,
): Promise<OpenPerson | undefined> => {
  const person = await findOpen(parts, id);
  return person && !isFromBefore(signedInAt, person.notBefore) ? person : undefined;
};

export const signedInAs = (person: OpenPerson, ...amr: string[]): SignedIn => ({
  person: person.id,
  assurance: person.assurance,
  amr,
});

/**
 * Tells someone by text message what was done with their account. It is done: a message that does not go out changes nothing
 * of it, and keeps nothing from being done that follows.
 */
export const tell = async (
  { messages }: Pick<AccountParts, "messages">,
  phone: string | undefined,
  notice: Notice,
): Promise<void> => {
  if (phone === undefined) return;
  try {
    await messages.sendNotice({ phone, notice });
  } catch (error) {
    logger.error("notice.not-sent", error, { notice });
  }
};

/** What the access log has of those who act themselves. */
export const clientOf = ({ client }: Origin): string => client ?? "pages";
