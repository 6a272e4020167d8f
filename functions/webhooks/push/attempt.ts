import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError, untilNoRace } from "#shared/runtime/outbox.ts";
import {
  type AttemptResult,
  beginDelivery,
  type Delivery,
  isBusy,
  outcomeOf,
  type PendingDelivery,
  recordAttempt,
  recordBusy,
  recordImpatience,
  recordProbe,
  secondsAsked,
} from "../domain/delivery.ts";
import type { FeedEvent, Position } from "../domain/feed.ts";
import { answered, isPaused, isProbing, slowed } from "../domain/lane.ts";
import type { Courier, DeliveryStore, HeldCase, Speed } from "../domain/ports.ts";
import { keysInUse } from "../domain/signing.ts";
import type { LaneSession } from "./lane-session.ts";

/** One event to be tried: for the first time, or again. */
export interface Task {
  readonly event: FeedEvent;
  readonly delivery: PendingDelivery;
}

/** The cases of an ordered endpoint that wait; nobody else writes them while the lane is this worker's. */
export type HeldCases = Map<string, HeldCase>;

interface Deps {
  readonly deliveries: DeliveryStore;
  readonly courier: Courier;
  readonly now: Clock;
  readonly random: () => number;
  readonly speed: Speed;
  readonly eventAt: (department: string, position: Position) => Promise<FeedEvent | undefined>;
}

/** False when the row has been changed by a request of its department meanwhile: that counts. */
export const unlessOvertaken = async (write: Promise<void>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof StaleVersionError) return false;
    throw error;
  }
};

export const attempts = ({ deliveries, courier, now, random, speed, eventAt }: Deps) => {
  /** What one request met, and what it says of the endpoint as a whole. */
  const make = async (session: LaneSession, { event, delivery }: Task): Promise<Delivery> => {
    const { endpoint } = session;
    const startedAt = now();
    const keys = keysInUse(endpoint.keys, startedAt);
    const result = await courier.deliver({
      url: endpoint.url,
      endpoint: endpoint.id,
      keys,
      id: event.id,
      body: event.body,
    });
    if (speed === "quick" && "error" in result && result.error === "timed-out") {
      session.lane = slowed(session.lane);
      session.stop ??= "too-slow";
      return recordImpatience(delivery, { milliseconds: result.milliseconds, startedAt }, now());
    }
    const record = isBusy(result) ? recordBusy : isProbing(session.lane) ? recordProbe : recordAttempt;
    learn(session, result);
    return record(delivery, { result, startedAt, jitter: random() }, now());
  };

  const learn = (session: LaneSession, result: AttemptResult): void => {
    const outcome = outcomeOf(result);
    session.lane = answered(
      session.lane,
      {
        outcome,
        busy: isBusy(result),
        secondsAsked: secondsAsked(result),
        milliseconds: result.milliseconds,
        jitter: random(),
      },
      now(),
    );
    if (outcome === "delivered") session.succeeded = true;
    else session.failed = true;
    if (outcome === "gone") session.stop = "gone";
    else if (isPaused(session.lane, now())) session.stop ??= "paused";
    else if (outcome === "failed" && speed === "quick") session.stop ??= "too-slow";
  };

  /**
   * The first of those who wait that is not through. It may be under way before its turn, begun by a redelivery or a replay,
   * or have arrived so.
   */
  const nextOf = async (
    { endpoint: { id, department } }: LaneSession,
    waiting: readonly Position[],
  ): Promise<{
    readonly positions: readonly Position[];
    readonly task?: Task;
    readonly begun: readonly Delivery[];
  }> => {
    for (const [skipped, position] of waiting.entries()) {
      const event = await eventAt(department, position);
      if (!event) continue; // no longer kept
      const stored = await deliveries.find({ endpoint: id, position });
      if (stored && stored.status !== "pending") continue;
      const delivery = stored ?? { ...beginDelivery(id, event, now()), version: 1 };
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
      const { positions, task, begun } = await nextOf(session, held.positions.slice(1));
      const after = { ...held, version: held.version + 1, positions };
      await deliveries.saveWithCase([...done, ...begun], after);
      if (task) cases.set(held.subject, after);
      else cases.delete(held.subject);
      return task ? [task] : [];
    });

  /** Writes what became of a delivery. Answers what is to be tried right behind it. */
  const settle = async (
    session: LaneSession,
    made: Delivery,
    cases: HeldCases | undefined,
  ): Promise<readonly Task[]> => {
    const { subject, position } = made;
    const held = cases?.get(subject);
    if (cases && held?.positions[0] === position && made.status !== "pending")
      return passOn(session, [made], held, cases);
    if (cases && !held && made.status === "pending" && made.version === 1) {
      const begun = { endpoint: session.endpoint.id, subject, version: 1, positions: [position] };
      if (await unlessOvertaken(deliveries.saveWithCase([made], begun))) cases.set(subject, begun);
      return [];
    }
    await unlessOvertaken(deliveries.save(made));
    return [];
  };

  return {
    settle,
    passOn,

    /** Makes one attempt and writes it down. Answers what is to be tried right behind it. */
    async attempt(session: LaneSession, task: Task, cases: HeldCases | undefined): Promise<readonly Task[]> {
      const made = await make(session, task);
      logDelivery(session, made);
      if (made.status === "pending" && (session.retryAt === undefined || made.nextAttemptAt < session.retryAt))
        session.retryAt = made.nextAttemptAt;
      return settle(session, made, cases);
    },

    /** Puts an event behind those of its case that are not through. */
    async park(held: HeldCase, position: Position, cases: HeldCases): Promise<void> {
      if (held.positions.includes(position)) return;
      const longer = { ...held, version: held.version + 1, positions: [...held.positions, position] };
      await deliveries.saveWithCase([], longer);
      cases.set(held.subject, longer);
    },
  };
};

/** What arrived stands in the journal, and needs no line. */
export const logDelivery = ({ endpoint }: Pick<LaneSession, "endpoint">, delivery: Delivery): void => {
  const last = delivery.attempts.at(-1);
  const facts = {
    endpoint: delivery.endpoint,
    department: endpoint.department,
    event: delivery.event,
    tries: delivery.tries,
    status: last?.status,
    reason: last?.error,
    milliseconds: last?.milliseconds,
  };
  if (delivery.status === "pending") logger.warn("webhook.attempt-failed", facts);
  else if (delivery.status === "failed") logger.error("webhook.delivery-failed", new Error("given up"), facts);
};
