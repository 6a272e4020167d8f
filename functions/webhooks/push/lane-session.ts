import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { later } from "../domain/delivery.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { Position } from "../domain/feed.ts";
import {
  INDEX_IS_SURE_AFTER,
  INDEX_SHOWS_AFTER,
  type Lane,
  overtakenBy,
  prolong,
  release,
  take,
  type Wait,
  waitFor,
} from "../domain/lane.ts";
import type { LaneStore } from "../domain/ports.ts";

/** Why a worker stops before the lane is empty. */
export type Stop = "paused" | "too-slow" | "gone" | "out-of-time" | "changed" | "revived" | "lease-lost";

/** A lane in the hands of one worker: what it learns, and the lease under which it works. */
export interface LaneSession {
  readonly endpoint: Endpoint;
  lane: Lane;
  stop: Stop | undefined;
  /** Whether an attempt failed, and whether one succeeded, since the lane was taken. */
  failed: boolean;
  succeeded: boolean;
  /** When the earliest is due of what this session put off or made due. */
  retryAt: string | undefined;
}

export const earliest = (one: Instant | undefined, other: Instant | undefined): Instant | undefined =>
  one === undefined || (other !== undefined && other < one) ? other : one;

/** The index may not show it for a moment, seldom for longer: someone looks then, and again when it is sure to. */
export const lookFor = (session: LaneSession, dueAt: Instant, now: Instant): void => {
  const shows = later(now, INDEX_SHOWS_AFTER);
  session.retryAt = earliest(session.retryAt, dueAt > shows ? dueAt : shows);
  const sure = later(now, INDEX_IS_SURE_AFTER);
  if (dueAt < sure) session.lane = { ...session.lane, unseenUntil: sure };
};

/** Seconds a lease outlasts one request, so that a request is never under way when the lease has ended. */
const LEASE_RESERVE = 5;

export interface LeaseDeps {
  readonly lanes: LaneStore;
  readonly now: Clock;
  readonly newHolder: () => string;
  /** Seconds that one request may take. */
  readonly patience: number;
}

export const leases = ({ lanes, now, newHolder, patience }: LeaseDeps) => {
  const end = (): string => later(now(), patience + LEASE_RESERVE);

  return {
    /** Takes a lane that nobody holds. Throws StaleVersionError when another was faster: read and come again. */
    async take(endpoint: Endpoint, lane: Lane): Promise<LaneSession> {
      const unseenUntil = lane.unseenUntil && lane.unseenUntil > now() ? lane.unseenUntil : undefined;
      const taken = {
        ...take({ ...lane, unseenUntil }, newHolder(), end()),
        ...(endpoint.ordered && { ordered: true }),
      };
      await lanes.save(taken);
      return { endpoint, lane: taken, stop: undefined, failed: false, succeeded: false, retryAt: undefined };
    },

    /** Whether a request begun now would end within the lease. */
    covers: ({ lane }: LaneSession): boolean => (lane.lease?.until ?? "") >= later(now(), patience + 1),

    /** Writes how far it has come and takes the lease for another while. */
    async prolong(session: LaneSession, position: Position): Promise<void> {
      await save(lanes, session, (lane) => prolong({ ...lane, position }, end()));
    },

    /**
     * Gives the lane back.
     *
     * @param wanted when someone is to look at it again, by what this worker knows
     * @returns when someone is to: there may be more to do than this worker knows, and nobody comes in a pause. Undefined when
     * nobody need come, or the lane is another's by now
     */
    async release(session: LaneSession, position: Position, wanted: Instant | undefined): Promise<Wait | undefined> {
      await save(lanes, session, (lane) => {
        const at = now();
        // What revived it wakes it too; should that have died in between, there is still someone to come.
        const wakeAt = lane.again || session.stop === "revived" ? at : wanted;
        return release({ ...lane, position }, wakeAt === undefined ? undefined : waitFor(lane, wakeAt, at));
      });
      return session.stop === "lease-lost" ? undefined : session.lane.wait;
    },
  };
};

/** A mark, or its being revived, can have changed the row of a lane that is still this worker's. */
const save = async (lanes: LaneStore, session: LaneSession, change: (lane: Lane) => Lane): Promise<void> => {
  const holder = session.lane.lease?.holder;
  for (;;) {
    const changed = change(session.lane);
    try {
      await lanes.save(changed);
      session.lane = changed;
      return;
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
    }
    const stored = await lanes.find(session.lane.endpoint);
    if (!stored || stored.lease?.holder !== holder) {
      session.stop = "lease-lost";
      logger.warn("webhook.lease-lost", { endpoint: session.lane.endpoint });
      return;
    }
    // Its department has changed where it is, or enabled it: the next worker begins with that.
    if (stored.revived !== session.lane.revived) session.stop = "revived";
    session.lane = overtakenBy(session.lane, stored);
  }
};
