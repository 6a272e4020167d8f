import type { Clock } from "#shared/kernel/clock.ts";
import { type Delivery, giveUp, hasten, isDue, later } from "../domain/delivery.ts";
import { subscribes } from "../domain/endpoint.ts";
import type { FeedEvent, Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { INDEX_IS_SURE_AFTER, isProbing } from "../domain/lane.ts";
import type { DeliveryStore } from "../domain/ports.ts";
import { logDelivery, unlessOvertaken } from "./attempt.ts";
import type { HeldCases, Task } from "./held-cases.ts";
import { type LaneSession, lookFor } from "./lane-session.ts";

/** A part of the work in hand: what is due again, and what comes next in the feed. */
export interface Chunk {
  readonly again: readonly Task[];
  readonly fresh: readonly FeedEvent[];
  /** Up to where `fresh` was taken from the feed. */
  readonly through: Position;
  readonly more: boolean;
}

interface Deps {
  readonly deliveries: DeliveryStore;
  readonly log: FeedLog;
  readonly now: Clock;
  readonly eventAt: (department: string, position: Position) => Promise<FeedEvent | undefined>;
  /** Writes what became of a delivery, and answers what is to be tried right behind it. */
  readonly settle: (session: LaneSession, made: Delivery, cases: HeldCases | undefined) => Promise<readonly Task[]>;
}

export const BLOCKS_AT_ONCE = 5;
const RETRIES_AT_ONCE = 50;
const END_OF_TIME = "9999-12-31T23:59:59.999Z";

/** What a worker is to do next. */
export const chunks = ({ deliveries, log, now, eventAt, settle }: Deps) => {
  /** What is due again; to probe, the one that is due first, whenever that is. */
  const dueAgain = async (session: LaneSession, cases: HeldCases | undefined): Promise<Task[]> => {
    const { id, department } = session.endpoint;
    const probing = isProbing(session.lane);
    const tasks: Task[] = [];
    const positions = await deliveries.due(id, probing ? END_OF_TIME : now(), probing ? 1 : RETRIES_AT_ONCE);
    for (const position of positions) {
      const delivery = await deliveries.find({ endpoint: id, position });
      // The index is a moment behind.
      if (delivery?.status !== "pending" || !(probing || isDue(delivery, now()))) continue;
      const event = await eventAt(department, position);
      if (event) {
        tasks.push({ event, delivery });
        continue;
      }
      const given = giveUp(delivery);
      logDelivery(session, given);
      tasks.push(...(await settle(session, given, cases)));
    }
    return tasks.sort((one, other) => one.event.position - other.event.position);
  };

  return {
    async next(session: LaneSession, position: Position, cases: HeldCases | undefined): Promise<Chunk> {
      const { endpoint, lane } = session;
      const probing = isProbing(lane);
      const again = await dueAgain(session, cases);
      if (probing && again.length > 0) return { again, fresh: [], through: position, more: true };

      const blocks = await log.read(endpoint.department, position, BLOCKS_AT_ONCE);
      const events = blocks.flatMap((block) => block.events).filter((event) => event.position > position);
      const failing = probing || (endpoint.state.name === "enabled" && endpoint.state.failingSince !== undefined);
      const wanted = events.filter((event) => subscribes(endpoint, event, failing));
      const fresh = probing ? wanted.slice(0, 1) : wanted;
      const through = (fresh.length < wanted.length ? fresh.at(-1)?.position : events.at(-1)?.position) ?? position;
      return { again, fresh, through, more: fresh.length < wanted.length || blocks.length === BLOCKS_AT_ONCE };
    },

    /**
     * What waits for its next attempt at an endpoint that was revived is to be tried now; again and again until the index is sure
     * to show what was put off last, but nothing that has been tried since the first time.
     *
     * @param goOn before each page: false when the work is to stop
     */
    async hastenAll(session: LaneSession, goOn: () => Promise<boolean>): Promise<void> {
      const { id } = session.endpoint;
      const at = now();
      const { hasten: isAsked, hastenedAt = at } = session.lane;
      if (!isAsked) return;
      const hastenOne = async (position: Position): Promise<void> => {
        const delivery = await deliveries.find({ endpoint: id, position });
        if (delivery?.status !== "pending" || delivery.nextAttemptAt <= now()) return;
        if ((delivery.attempts.at(-1)?.at ?? "") > hastenedAt) return;
        await unlessOvertaken(deliveries.save(hasten(delivery, now())));
        lookFor(session, now(), now());
      };
      for await (const positions of deliveries.waitingBeyond(id, at)) {
        if (!(await goOn())) return;
        await Promise.all(positions.map(hastenOne));
      }
      if (!session.lane.hastenedAt) lookFor(session, at, now());
      const isSure = at >= later(hastenedAt, INDEX_IS_SURE_AFTER);
      session.lane = { ...session.lane, ...(isSure ? { hasten: undefined, hastenedAt: undefined } : { hastenedAt }) };
    },
  };
};
