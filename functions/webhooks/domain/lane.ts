import type { Instant } from "#shared/kernel/clock.ts";
import { JITTER, later, type Outcome } from "./delivery.ts";
import type { Position } from "./feed.ts";

/** How far an endpoint has come in its department's feed, who works on it now, and how it fares. One row, one worker at a time. */
export interface Lane {
  readonly endpoint: string;
  readonly department: string;
  readonly version: number;
  /** All up to here was tried, or passed over as not subscribed to. */
  readonly position: Position;
  /** Some behind `position` may have been tried too: look before trying. */
  readonly unclean?: boolean | undefined;
  /** Worked on in the order of cases, some of which may be held: written before the first of them is. */
  readonly ordered?: boolean | undefined;
  readonly lease?: { readonly holder: string; readonly until: Instant } | undefined;
  /**
   * Someone came while it was leased: there may be more than its holder has seen. A message is on its way then that comes after
   * the lease has ended, should its holder be dead; whoever else finds it leased can leave it.
   */
  readonly again?: boolean | undefined;
  /** Failed attempts since the last success, without those answered 429. */
  readonly failures: number;
  /** Of the first attempt since the last success. */
  readonly failingSince?: Instant | undefined;
  /** How often the breaker has opened since the last success; 0 while it is closed. */
  readonly opened: number;
  /** Answers that asked for patience, since the last success. */
  readonly throttled: number;
  /** No request before then: the breaker is open, or the endpoint asked for time. */
  readonly pausedUntil?: Instant | undefined;
  /** It answers late: only workers with time for it work on it. */
  readonly slow?: boolean | undefined;
  /** Quick answers in a row while it counts as slow. */
  readonly quick: number;
  /** How often its department has had it begin anew. */
  readonly revived?: number | undefined;
  /** It was revived: what waits for its next attempt is to be tried now. */
  readonly hasten?: boolean | undefined;
  /** When that was first done with all that the index showed; it goes on until the index is sure to have shown the rest. */
  readonly hastenedAt?: Instant | undefined;
  /** Until then the index may not show all that was made due, however late it is: someone looks again. */
  readonly unseenUntil?: Instant | undefined;
  /** Milliseconds since the epoch up to which the rate is used up (generic cell rate algorithm). */
  readonly pacedUntil: number;
  /** When someone is to look at it again; absent when only a new event can give it work. */
  readonly wait?: Wait | undefined;
}

export interface Wait {
  readonly wakeAt: Instant;
  /** When the sweep looks at it: no message is on its way for it, or that message must be lost. */
  readonly sweepAt: Instant;
}

/** The longest delay an SQS message can have. */
export const QUEUE_WAIT_AT_MOST = 15 * 60;
const MESSAGE_IS_LOST_AFTER = 120;

/** Seconds after which the index by which pending deliveries are found shows a write: as a rule, and however late it is. */
export const INDEX_SHOWS_AFTER = 1;
export const INDEX_IS_SURE_AFTER = 30;
/** Seconds after a write when someone is to look for what it made due. */
export const LOOKS_FOR_DUE = [INDEX_SHOWS_AFTER, INDEX_IS_SURE_AFTER] as const;

const sweepAt = (wakeAt: Instant, now: Instant): Instant =>
  wakeAt <= later(now, QUEUE_WAIT_AT_MOST) ? later(wakeAt, MESSAGE_IS_LOST_AFTER) : wakeAt;

/** Someone is to come then, or when the pause is over. */
export const waitFor = ({ pausedUntil = "" }: Lane, wanted: Instant, now: Instant): Wait => {
  const wakeAt = pausedUntil > wanted ? pausedUntil : wanted;
  return { wakeAt, sweepAt: sweepAt(wakeAt, now) };
};

export const secondsUntil = (at: Instant, now: Instant): number =>
  Math.max(0, Math.ceil((Date.parse(at) - Date.parse(now)) / 1000));

export const newLane = (endpoint: { id: string; department: string; startsAfter: Position }): Lane => ({
  endpoint: endpoint.id,
  department: endpoint.department,
  version: 0,
  position: endpoint.startsAfter,
  failures: 0,
  opened: 0,
  throttled: 0,
  quick: 0,
  pacedUntil: 0,
});

/** Seconds that an open breaker waits before the next probe. */
const PROBES = [30, 60, 120, 300, 900] as const;
const OPENS_AFTER = 10;
const THROTTLE_AT_MOST = 60;
const QUICK_MS = 1_000;
const QUICK_AGAIN_AFTER = 20;

/** After so long an endpoint's owner is told; after so long it is switched off. */
export const TOLD_AFTER_MS = 3_600_000;
export const DISABLED_AFTER_MS = 5 * 86_400_000;

export const isPaused = (lane: Lane, now: Instant): boolean => lane.pausedUntil !== undefined && lane.pausedUntil > now;

/** Half open: one request finds out whether the endpoint is back. */
export const isProbing = (lane: Lane): boolean => lane.opened > 0;

/** Work on it may take long: not for workers that others wait for. */
export const isSuspect = (lane: Lane): boolean => lane.failures > 0 || lane.slow === true;

export const isHeld = (lane: Lane, now: Instant): boolean => lane.lease !== undefined && lane.lease.until > now;

/** @param until when the lease ends by itself, should its holder die */
export const take = (lane: Lane, holder: string, until: Instant): Lane => ({
  ...lane,
  version: lane.version + 1,
  // A lease that nobody gave back: its holder died in the middle of something. Should this one die too, and the message that
  // came for it be given up, the sweep finds it.
  ...(lane.lease && {
    unclean: true,
    unseenUntil: later(until, INDEX_IS_SURE_AFTER),
    wait: { wakeAt: until, sweepAt: sweepAt(until, until) },
  }),
  lease: { holder, until },
  again: undefined,
});

/** Its holder looks at the feed after this: who came before is served. Who comes for the mark finds none, and leaves one that holds to the new end. */
export const prolong = (lane: Lane, until: Instant): Lane => ({
  ...lane,
  version: lane.version + 1,
  again: undefined,
  lease: lane.lease && { ...lane.lease, until },
});

export const mark = (lane: Lane): Lane => ({ ...lane, version: lane.version + 1, again: true });

export const release = (lane: Lane, wait: Wait | undefined): Lane => ({
  ...lane,
  version: lane.version + 1,
  lease: undefined,
  again: undefined,
  wait,
});

/** Nobody is to come by himself: its endpoint is switched off, or there is none any more. */
export const unawaited = (lane: Lane): Lane => ({ ...lane, version: lane.version + 1, wait: undefined });

interface Answered {
  readonly outcome: Outcome;
  /** Whether it was 429: the endpoint is there, and busy. The breaker stays closed, but it fails for as long as nothing else comes. */
  readonly busy: boolean;
  readonly secondsAsked: number;
  readonly milliseconds: number;
  /** 0 to 1. */
  readonly jitter: number;
}

const UNTROUBLED = { failures: 0, failingSince: undefined, opened: 0, throttled: 0, pausedUntil: undefined } as const;

/** What an answer says of the endpoint as a whole. */
export const answered = (lane: Lane, answer: Answered, now: Instant): Lane => {
  if (answer.outcome === "delivered") {
    const quick = lane.slow && answer.milliseconds < QUICK_MS ? lane.quick + 1 : 0;
    const slow = lane.slow && quick < QUICK_AGAIN_AFTER;
    return { ...lane, ...UNTROUBLED, slow, quick };
  }
  const failures = answer.busy ? lane.failures : lane.failures + 1;
  const failingSince = lane.failingSince ?? now;
  const throttled = answer.outcome === "throttled" ? lane.throttled + 1 : lane.throttled;

  const opens = isProbing(lane) ? !isPaused(lane, now) : failures >= OPENS_AFTER;
  const probe = opens ? (PROBES[Math.min(lane.opened, PROBES.length - 1)] ?? 0) * (1 + JITTER * answer.jitter) : 0;
  const patience = answer.outcome === "throttled" ? Math.min(THROTTLE_AT_MOST, 2 ** throttled) : 0;
  const seconds = Math.ceil(Math.max(probe, answer.secondsAsked || patience));
  const until = seconds > 0 ? later(now, seconds) : undefined;
  return {
    ...lane,
    failures,
    failingSince,
    throttled,
    opened: opens ? lane.opened + 1 : lane.opened,
    quick: 0,
    pausedUntil: until && until > (lane.pausedUntil ?? "") ? until : lane.pausedUntil,
  };
};

export const slowed = (lane: Lane): Lane => ({ ...lane, slow: true, quick: 0 });

/** Milliseconds to wait before the next request, and the lane after it. Up to a second's worth may go at once. */
export const pace = (lane: Lane, ratePerSecond: number, nowMs: number): { lane: Lane; wait: number } => {
  const pacedUntil = Math.max(lane.pacedUntil, nowMs) + 1000 / ratePerSecond;
  return { lane: { ...lane, pacedUntil }, wait: Math.max(0, pacedUntil - nowMs - 1000) };
};

/** As if it had never failed: its department says that it is ready. */
export const revive = (lane: Lane): Lane => ({
  ...lane,
  ...UNTROUBLED,
  version: lane.version + 1,
  revived: (lane.revived ?? 0) + 1,
  hasten: true,
  hastenedAt: undefined,
});

/**
 * The lane in a worker's hands after others have written its row: a mark is taken over, and what was learned of an endpoint
 * before it was revived says nothing of it now.
 */
export const overtakenBy = (mine: Lane, stored: Lane): Lane => ({
  ...mine,
  ...(stored.revived !== mine.revived && { ...UNTROUBLED, hasten: true, hastenedAt: undefined }),
  version: stored.version,
  revived: stored.revived,
  again: stored.again,
});
