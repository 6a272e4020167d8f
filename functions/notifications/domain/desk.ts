import { type Instant, type LegalDate, legalDate } from "#shared/kernel/clock.ts";
import type { Card } from "./card.ts";
import {
  afterAvoidedMinutes,
  afterQuietHours,
  backoffSeconds,
  GIVEN_UP_AFTER_SECONDS,
  later,
  nextLegalDay,
  type Pace,
} from "./pace.ts";

/** One thing one official is to hear of; recorded before anything is sent, and for good. */
export interface Notice {
  readonly staff: string;
  /** The event, or the reminder, that it tells of: a second one of the same is none. */
  readonly event: string;
  readonly at: Instant;
  readonly case?: string | undefined;
  /** Whose operators find it in the log. */
  readonly department?: string | undefined;
  readonly card: Card;
}

/** What waits is told in this order: nothing that is urgent stands behind more than can be told at once. */
export const waitingOrder = ({ card, at, event }: Notice): string => `${card.urgent ? "!" : ""}${at}#${event}`;

/** What is being sent: written down before it is, so that a second try sends the very same, which the chat shows once. */
export interface Outgoing {
  readonly card: Card;
  /** The events it tells of. */
  readonly events: readonly string[];
  readonly since: Instant;
}

/** `waiting`: look again at `until`. `sending`: somebody sends; if they are not done by `until`, they are gone. */
export type DeskState =
  | { readonly kind: "quiet" }
  | { readonly kind: "waiting"; readonly until: Instant; readonly outgoing?: Outgoing | undefined }
  | { readonly kind: "sending"; readonly until: Instant; readonly outgoing: Outgoing };

/** How one official is told: when last, how often today, what is under way. */
export interface Desk {
  readonly staff: string;
  readonly version: number;
  readonly state: DeskState;
  readonly lastSentAt?: Instant | undefined;
  readonly day?: LegalDate | undefined;
  readonly sentToday: number;
  /** Failures in a row. */
  readonly failures: number;
  /** Not quiet before: what was gathered until shortly before then may not show yet in the list of what waits. */
  readonly restsFrom?: Instant | undefined;
}

export const newDesk = (staff: string): Desk => ({
  staff,
  version: 0,
  state: { kind: "quiet" },
  sentToday: 0,
  failures: 0,
});

/** The chat gives an application so many messages a day for each member. The rest of them are for what is urgent. */
export const PER_DAY = 200;
const PER_DAY_ORDINARY = 180;
/** Not more than one a minute, however urgent: far below the 30 a minute and 1,000 an hour that the chat drops silently. */
const URGENT_GAP_SECONDS = 60;
const LEASE_SECONDS = 90;
/** For so long the list of what waits may not show what is recorded. */
const LIST_BEHIND_SECONDS = 30;
/** Longer than that when a notice keeps it from rest, so that not every one of many has to. */
const AWAKE_SECONDS = 60;

/** The first moment at which this official may be told something. */
export const allowedAt = (desk: Desk, now: Instant, urgent: boolean, pace: Pace): Instant => {
  const gap = urgent ? Math.min(URGENT_GAP_SECONDS, pace.gapSeconds) : pace.gapSeconds;
  const rested = desk.lastSentAt === undefined ? now : later(desk.lastSentAt, gap);
  const start = rested > now ? rested : now;
  const sent = desk.day === legalDate(start) ? desk.sentToday : 0;
  const budgeted = sent >= (urgent ? PER_DAY : PER_DAY_ORDINARY) ? nextLegalDay(start) : start;
  return afterAvoidedMinutes(urgent ? budgeted : afterQuietHours(budgeted, pace.quiet), pace.avoidedMinutes);
};

const next = (desk: Desk, state: DeskState, more: Partial<Desk> = {}): Desk => ({
  ...desk,
  ...more,
  version: desk.version + 1,
  state,
});

/** Nothing that is recorded by now is missed. */
const awake = (now: Instant, seconds = LIST_BEHIND_SECONDS) => ({ restsFrom: later(now, seconds) });

/** Whether the notice of this moment shows in the list before anybody can find that nothing waits. */
const isAwakeLongEnough = ({ restsFrom = "" }: Desk, until: Instant, now: Instant): boolean =>
  (until > restsFrom ? until : restsFrom) >= later(now, LIST_BEHIND_SECONDS);

/**
 * Something is to be told. At once when the desk is quiet and it may be; else it is gathered. Undefined: nothing changes, it
 * is gathered with what waits already.
 */
export const hear = (desk: Desk, notice: Notice, now: Instant, pace: Pace): Desk | undefined => {
  const { urgent } = notice.card;
  const { state } = desk;
  const at = allowedAt(desk, now, urgent, pace);
  if (state.kind === "quiet")
    return at <= now
      ? next(desk, sending({ card: notice.card, events: [notice.event], since: now }, now))
      : next(desk, { kind: "waiting", until: at }, awake(now, AWAKE_SECONDS));
  // What is being sent, or is to be sent again, is not the last that is done about the desk.
  if (state.kind === "sending" || state.outgoing) return undefined;
  const until = at < state.until ? at : state.until;
  return until < state.until || !isAwakeLongEnough(desk, until, now)
    ? next(desk, { kind: "waiting", until }, awake(now, AWAKE_SECONDS))
    : undefined;
};

const sending = (outgoing: Outgoing, now: Instant): DeskState => ({
  kind: "sending",
  until: later(now, LEASE_SECONDS),
  outgoing,
});

/**
 * Whether it is time to do something about the desk; what was begun and not finished is sent again as it was. `when` is a
 * later moment when what waits may not go yet.
 */
export const dueNow = (
  desk: Desk,
  urgent: boolean,
  now: Instant,
  pace: Pace,
): { readonly now: boolean; readonly outgoing?: Outgoing | undefined; readonly when?: Instant } => {
  if (desk.state.kind === "quiet" || desk.state.until > now) return { now: false };
  if (desk.state.outgoing) return { now: true, outgoing: desk.state.outgoing };
  const at = allowedAt(desk, now, urgent, pace);
  return at <= now ? { now: true } : { now: false, when: at };
};

export const begin = (desk: Desk, outgoing: Outgoing, now: Instant): Desk => next(desk, sending(outgoing, now));

/** While something may wait that does not show yet, it is looked at again when it does. */
const lookAgainAt = ({ restsFrom }: Desk, now: Instant): Instant | undefined =>
  restsFrom !== undefined && restsFrom > now ? restsFrom : undefined;

/** What shows may not go before `when`; what does not show yet may be urgent. */
export const postpone = (desk: Desk, when: Instant, now: Instant): Desk => {
  const again = lookAgainAt(desk, now);
  return next(desk, { kind: "waiting", until: again !== undefined && again < when ? again : when });
};

/** Nothing shows that it waits. */
export const rest = (desk: Desk, now: Instant): Desk => {
  const again = lookAgainAt(desk, now);
  return again === undefined
    ? next(desk, { kind: "quiet" }, { restsFrom: undefined })
    : next(desk, { kind: "waiting", until: again });
};

/** It has ended without being told: what waits behind it goes next. */
export const goOn = (desk: Desk, now: Instant): Desk =>
  next(desk, { kind: "waiting", until: now }, { failures: 0, ...awake(now) });

/** It was taken. What came meanwhile is looked for after the gap: the list of what waits may be a moment behind. */
export const sent = (desk: Desk, now: Instant, pace: Pace): Desk => {
  const day = legalDate(now);
  return next(
    desk,
    { kind: "waiting", until: later(now, pace.gapSeconds) },
    { lastSentAt: now, day, sentToday: (desk.day === day ? desk.sentToday : 0) + 1, failures: 0, ...awake(now) },
  );
};

/** The chat did not take it, or nobody knows: the same again later. */
export const notSent = (desk: Desk, now: Instant): Desk => {
  const failures = desk.failures + 1;
  const until = later(now, backoffSeconds(failures));
  const outgoing = desk.state.kind === "quiet" ? undefined : desk.state.outgoing;
  return next(desk, { kind: "waiting", until, outgoing }, { failures });
};

/** Whether what is being sent has been tried for three days. */
export const isGivenUp = (outgoing: Outgoing, now: Instant): boolean =>
  later(outgoing.since, GIVEN_UP_AFTER_SECONDS) <= now;
