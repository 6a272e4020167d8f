import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import {
  type AttemptResult,
  type Delivery,
  isBusy,
  outcomeOf,
  recordAttempt,
  recordBusy,
  recordImpatience,
  recordProbe,
  secondsAsked,
} from "../domain/delivery.ts";
import { answered, isPaused, isProbing, slowed } from "../domain/lane.ts";
import type { Courier, DeliveryStore, Speed } from "../domain/ports.ts";
import { keysInUse } from "../domain/signing.ts";
import type { HeldCases, heldCases, Task } from "./held-cases.ts";
import { type LaneSession, lookFor } from "./lane-session.ts";

interface Deps {
  readonly deliveries: DeliveryStore;
  readonly courier: Courier;
  readonly now: Clock;
  readonly random: () => number;
  readonly speed: Speed;
  readonly held: Pick<ReturnType<typeof heldCases>, "passOn">;
}

/** A row that was changed by a request of its department meanwhile is left as it is: that counts. */
export const unlessOvertaken = async (write: Promise<void>): Promise<void> => {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof StaleVersionError)) throw error;
  }
};

export const attempts = ({ deliveries, courier, now, random, speed, held: { passOn } }: Deps) => {
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
      // No request of its department overtakes a first attempt: who loses this race has written nothing, and comes again.
      await deliveries.saveWithCase([made], begun);
      cases.set(subject, begun);
      return [];
    }
    await unlessOvertaken(deliveries.save(made));
    return [];
  };

  return {
    settle,

    /** Makes one attempt and writes it down. Answers what is to be tried right behind it. */
    async attempt(session: LaneSession, task: Task, cases: HeldCases | undefined): Promise<readonly Task[]> {
      const made = await make(session, task);
      logDelivery(session, made);
      if (made.status === "pending") lookFor(session, made.nextAttemptAt, now());
      return settle(session, made, cases);
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
