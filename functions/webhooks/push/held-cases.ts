import type { Clock } from "#shared/kernel/clock.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { beginDelivery, type Delivery, type PendingDelivery } from "../domain/delivery.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { FeedEvent, Position } from "../domain/feed.ts";
import type { DeliveryStore, HeldCase } from "../domain/ports.ts";
import { type LaneSession, lookFor } from "./lane-session.ts";

/** One event to be tried: for the first time, or again. */
export interface Task {
  readonly event: FeedEvent;
  readonly delivery: PendingDelivery;
}

/** The cases of an ordered endpoint that wait; nobody else writes them while the lane is this worker's. */
export type HeldCases = Map<string, HeldCase>;

interface Deps {
  readonly deliveries: DeliveryStore;
  readonly now: Clock;
  readonly eventAt: (department: string, position: Position) => Promise<FeedEvent | undefined>;
}

/** A transaction writes a hundred rows at most. */
const BEGUN_AT_ONCE = 50;
const LOOKED_AT_AT_ONCE = 25;

/** What waits behind the first delivery of its case: a position in the case's row, and no row of its own before its turn. */
export const heldCases = ({ deliveries, now, eventAt }: Deps) => {
  /** The delivery of a position that waits; undefined when its event is no longer kept. */
  const waitingAt = async ({ id, department }: Endpoint, position: Position) => {
    const event = await eventAt(department, position);
    if (!event) return undefined;
    // A redelivery or a replay may have begun it before its turn.
    const stored = await deliveries.find({ endpoint: id, position });
    return { event, stored, delivery: stored ?? { ...beginDelivery(id, event, now()), version: 1 } };
  };

  /** The first of those who wait that is not through. */
  const nextOf = async (
    endpoint: Endpoint,
    waiting: readonly Position[],
  ): Promise<{
    readonly positions: readonly Position[];
    readonly task?: Task;
    readonly begun: readonly Delivery[];
  }> => {
    for (const [skipped, position] of waiting.entries()) {
      const found = await waitingAt(endpoint, position);
      if (found?.delivery.status !== "pending") continue;
      const { event, stored, delivery } = found;
      return { positions: waiting.slice(skipped), task: { event, delivery }, begun: stored ? [] : [delivery] };
    }
    return { positions: [], begun: [] };
  };

  /**
   * The next of a case, begun and its turn come, once the first has arrived or is given up. Written with the first, so that no
   * crash leaves a case without someone under way; read anew when its department has begun it at this very moment.
   */
  const passOn = (
    session: LaneSession,
    done: readonly Delivery[],
    held: HeldCase,
    cases: HeldCases,
  ): Promise<readonly Task[]> =>
    untilNoRace(async () => {
      const { positions, task, begun } = await nextOf(session.endpoint, held.positions.slice(1));
      const after = { ...held, version: held.version + 1, positions };
      await deliveries.saveWithCase([...done, ...begun], after);
      if (!task) {
        cases.delete(held.subject);
        return [];
      }
      cases.set(held.subject, after);
      lookFor(session, task.delivery.nextAttemptAt, now());
      return [task];
    });

  /** Begins the next of those who wait, and leaves the last of them as the case's first, until nobody waits. */
  const beginSome = async (endpoint: Endpoint, held: HeldCase): Promise<HeldCase> => {
    const waiting = held.positions.slice(1);
    const next = waiting.slice(0, BEGUN_AT_ONCE);
    const found = await Promise.all(next.map((position) => waitingAt(endpoint, position)));
    const begun = found.flatMap((each) => (each && !each.stored ? [each.delivery] : []));
    const positions = waiting.length > next.length ? waiting.slice(next.length - 1) : [];
    const after = { ...held, version: held.version + 1, positions };
    await deliveries.saveWithCase(begun, after);
    return after;
  };

  return {
    passOn,

    /**
     * All of an endpoint. One whose first is not under way any more, its row having ended with its time, is passed on.
     *
     * @param goOn before some are looked at: false when the work is to stop
     */
    async load(session: LaneSession, goOn: () => Promise<boolean>): Promise<HeldCases> {
      const { id } = session.endpoint;
      const all = await deliveries.heldCases(id);
      const cases: HeldCases = new Map(all.map((held) => [held.subject, held]));
      const look = async (held: HeldCase): Promise<void> => {
        const [head = 0] = held.positions;
        if ((await deliveries.find({ endpoint: id, position: head }))?.status === "pending") return;
        await passOn(session, [], held, cases);
      };
      for (let from = 0; from < all.length && (await goOn()); from += LOOKED_AT_AT_ONCE)
        await Promise.all(all.slice(from, from + LOOKED_AT_AT_ONCE).map(look));
      return cases;
    },

    /** Puts an event behind those of its case that are not through. */
    async park(held: HeldCase, position: Position, cases: HeldCases): Promise<void> {
      if (held.positions.includes(position)) return;
      const longer = { ...held, version: held.version + 1, positions: [...held.positions, position] };
      await deliveries.saveWithCase([], longer);
      cases.set(held.subject, longer);
    },

    /**
     * Its department wants no order any more: all that waits is begun, and waits for nobody.
     *
     * @param goOn before each write: false when the work is to stop
     */
    async letGo(session: LaneSession, goOn: () => Promise<boolean>): Promise<void> {
      for (const held of await deliveries.heldCases(session.endpoint.id)) {
        for (let rest = held; rest.positions.length > 0; ) {
          if (!(await goOn())) return;
          rest = await untilNoRace(() => beginSome(session.endpoint, rest));
          lookFor(session, now(), now());
        }
      }
      session.lane = { ...session.lane, ordered: undefined };
    },
  };
};
