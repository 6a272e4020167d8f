import type { Clock } from "#shared/kernel/clock.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { beginDelivery, later } from "../domain/delivery.ts";
import { BLOCK_AT_MOST, type FeedEvent, type Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import {
  isHeld,
  isPaused,
  isProbing,
  isSuspect,
  type Lane,
  mark,
  newLane,
  pace,
  secondsUntil,
  unawaited,
} from "../domain/lane.ts";
import type { Courier, DeliveryStore, EndpointStore, LaneStore, Speed, Wake, WakeQueue } from "../domain/ports.ts";
import { attempts } from "./attempt.ts";
import { givingBack } from "./give-back.ts";
import { type HeldCases, heldCases, type Task } from "./held-cases.ts";
import { type LaneSession, leases, type Stop } from "./lane-session.ts";
import { BLOCKS_AT_ONCE, type Chunk, chunks } from "./next-chunk.ts";

export interface PushDeps {
  readonly endpoints: EndpointStore;
  readonly lanes: LaneStore;
  readonly deliveries: DeliveryStore;
  readonly log: FeedLog;
  readonly wakes: WakeQueue;
  readonly courier: Courier;
  readonly speed: Speed;
  /** Seconds that the courier waits for an answer at most. */
  readonly patience: number;
  readonly now: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly pause: (seconds: number) => Promise<void>;
  readonly newHolder: () => string;
}

/** A run ends by itself before its function does; what is left is for the next. */
const RUN_SECONDS = 20;
const REQUESTS_AT_ONCE = 8;

/**
 * Brings an endpoint up to its department's feed: one worker at a time under a lease, from the position that is written in its
 * lane. Everything may be repeated and may end in any step: what was tried is in its row, the position follows behind, and
 * whoever comes next goes on from there (docs/decisions/0038-lanes.md).
 */
export const lanePusher = (deps: PushDeps) => {
  const { endpoints, lanes, deliveries, log, wakes, speed, patience, now, random, pause } = deps;
  const lease = leases({ lanes, now, newHolder: deps.newHolder, patience });

  const eventAt = async (department: string, position: Position): Promise<FeedEvent | undefined> => {
    const [block] = await log.read(department, position - 1, 1);
    return block?.events.find((event) => event.position === position);
  };
  const held = heldCases({ deliveries, now, eventAt });
  const { attempt, settle } = attempts({ deliveries, courier: deps.courier, now, random, speed, held });
  const ahead = chunks({ deliveries, log, now, eventAt, settle });
  const giveBack = givingBack({ endpoints, deliveries, wakes, lease, now });

  /** A wake may be a little early: clocks differ. */
  const soon = () => later(now(), 1);

  /** Why a worker is to stop whose time is not up: what the lane has learned from the last answers. */
  const stopFor = (lane: Lane): Stop | undefined => {
    if (isPaused(lane, now())) return "paused";
    return speed === "quick" && isSuspect(lane) ? "too-slow" : undefined;
  };

  /** Waits for its turn under the endpoint's rate. False when the work is to stop. */
  const turn = async (session: LaneSession): Promise<boolean> => {
    const paced = pace(session.lane, session.endpoint.ratePerSecond, Date.parse(now()));
    session.lane = paced.lane;
    if (paced.wait > 0) await pause(paced.wait / 1000);
    if (!session.stop && !lease.covers(session)) session.stop = "out-of-time";
    return !session.stop;
  };

  /** What stands behind a lane's position and was tried all the same, by a worker that was stopped. */
  const triedAlready = async ({ lane, endpoint }: LaneSession, [first]: Chunk["fresh"]): Promise<Set<Position>> => {
    if (!lane.unclean || !first) return new Set();
    const rows = await deliveries.behind(endpoint.id, first.position - 1, BLOCKS_AT_ONCE * BLOCK_AT_MOST);
    return new Set(rows.map(({ position }) => position));
  };

  /** Answers the positions of fresh events that were not tried. */
  const workOff = async (session: LaneSession, chunk: Chunk, cases: HeldCases | undefined): Promise<Set<Position>> => {
    const { endpoint } = session;
    const known = await triedAlready(session, chunk.fresh);
    const fresh = chunk.fresh.filter(({ position }) => !known.has(position));
    const begun = fresh.map((event) => ({ event, delivery: beginDelivery(endpoint.id, event, now()) }));
    const queue = groupsOf([...chunk.again, ...begun], cases !== undefined);
    const left = new Set(fresh.map(({ position }) => position));

    const workOffGroup = async (group: Task[]): Promise<void> => {
      for (let task = group.shift(); task; task = group.shift()) {
        const { event, delivery } = task;
        const before = cases?.get(event.subject);
        if (cases && before && delivery.version === 0 && before.positions[0] !== event.position) {
          await held.park(before, event.position, cases);
          left.delete(event.position);
          continue;
        }
        if (session.stop || !(await turn(session))) return;
        const next = await correlated(event.correlationId ?? event.id, () =>
          attempt(session, { event, delivery }, cases),
        );
        left.delete(event.position);
        for (const follower of next) {
          // It may be due again by itself, and wait in this very group.
          const again = group.findIndex(isOf(follower.event.position));
          if (again >= 0) group.splice(again, 1);
          group.unshift(follower);
        }
      }
    };
    const width = isProbing(session.lane) || session.lane.throttled > 0 ? 1 : REQUESTS_AT_ONCE;
    const worker = async () => {
      for (let group = queue.shift(); group; group = queue.shift()) await workOffGroup(group);
    };
    await Promise.all(Array.from({ length: Math.min(width, queue.length) }, worker));
    return left;
  };

  /** How far the lane has come: up to the first that was not tried. */
  const reached = (session: LaneSession, chunk: Chunk, left: ReadonlySet<Position>): Position => {
    if (left.size === 0) return chunk.through;
    session.lane = { ...session.lane, unclean: true };
    return Math.min(...left) - 1;
  };

  const run = async (session: LaneSession): Promise<void> => {
    const { endpoint } = session;
    // Left so by a worker that died: taken only to be given back with someone to come.
    if (isPaused(session.lane, soon())) session.stop = "paused";
    let position = Math.max(session.lane.position, endpoint.startsAfter);
    const end = Date.parse(now()) + RUN_SECONDS * 1000;
    const goOn = async (): Promise<boolean> => {
      if (Date.parse(now()) >= end) session.stop ??= "out-of-time";
      if (session.stop || lease.covers(session)) return !session.stop;
      await lease.prolong(session, position);
      // Switched off, or wanting other events: the next worker begins with that.
      const current = await endpoints.find(endpoint.department, endpoint.id);
      if (current?.version !== endpoint.version) session.stop ??= "changed";
      return !session.stop;
    };
    const cases = endpoint.ordered ? await held.load(session, goOn) : undefined;
    if (!endpoint.ordered && session.lane.ordered) await held.letGo(session, goOn);
    await ahead.hastenAll(session, goOn);
    let more = true;
    while (more && (await goOn())) {
      const probing = isProbing(session.lane);
      const chunk = await ahead.next(session, position, cases);
      const left = await workOff(session, chunk, cases);
      position = reached(session, chunk, left);
      // Out of time within the lease, not within the run: it is prolonged and goes on, unless the last answers forbid it.
      if (session.stop === "out-of-time" && Date.parse(now()) < end) session.stop = stopFor(session.lane);
      more = chunk.more || left.size > 0 || chunk.again.length > 0 || (probing && session.succeeded);
      if (left.size === 0 && !more) session.lane = { ...session.lane, unclean: undefined };
    }
    if (session.stop === "lease-lost") return;
    await giveBack(session, position);
  };

  const takeLane = async ({ department, endpoint: id }: Wake): Promise<LaneSession | undefined> => {
    // In this order: what is enabled after it was read as disabled has its lane written, and the write below fails.
    const stored = await lanes.find(id);
    const endpoint = await endpoints.find(department, id);
    if (endpoint?.state.name !== "enabled") {
      if (stored?.wait && !isHeld(stored, now())) await lanes.save(unawaited(stored));
      return undefined;
    }
    const lane = stored ?? newLane(endpoint);
    // Its wake is on the way, or the sweep comes; until then not even a row is written for it.
    if (isPaused(lane, soon()) && lane.wait && !lane.lease) return undefined;
    const wakeAgain = (to: Speed, delaySeconds: number) => wakes.send(to, [{ department, endpoint: id, delaySeconds }]);
    if (speed === "quick" && isSuspect(lane)) {
      await wakeAgain("slow", 0);
      return undefined;
    }
    if (!isHeld(lane, now())) return lease.take(endpoint, lane);
    if (!lane.again) {
      // In this order: should this worker die in between, whoever comes next finds no mark and sends another.
      await wakeAgain(speed, secondsUntil(lane.lease?.until ?? now(), now()) + 1);
      await lanes.save(mark(lane));
    }
    return undefined;
  };

  return async (wake: Wake): Promise<void> => {
    const session = await untilNoRace(() => takeLane(wake));
    if (session) await run(session);
  };
};

/** What is tried one after the other: the events of a case when their order is kept, else each by itself. */
const groupsOf = (tasks: readonly Task[], inOrder: boolean): Task[][] => {
  const groups = new Map<string, Task[]>();
  for (const task of tasks) {
    const { subject, position } = task.event;
    const name = inOrder ? subject : String(position);
    const group = groups.get(name) ?? [];
    if (!group.some(isOf(position))) groups.set(name, [...group, task]);
  }
  return [...groups.values()];
};

const isOf =
  (position: Position) =>
  ({ event }: Task): boolean =>
    event.position === position;
