import type { Context } from "aws-lambda";
import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { sweepAgainAt } from "../domain/delivery.ts";
import type { AttemptQueue, DeliveryStore, Overdue } from "../domain/ports.ts";

interface Deps {
  readonly deliveries: DeliveryStore;
  readonly attempts: AttemptQueue;
  readonly now: Clock;
}

/** Left for the page in hand when the time of the function runs out; the rest is for the next minute. */
const RESERVE_MS = 5_000;

/** Sends a message for every attempt that waited longer than a queue can keep a message, or whose message was lost. */
export const onMinutePassed =
  ({ deliveries, attempts, now }: Deps) =>
  async (_tick: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    let sent = 0;
    for await (const page of deliveries.overdue(now())) {
      await attempts.send(page.map(messageOf));
      await Promise.all(page.map((overdue) => deliveries.postpone(overdue, sweepAgainAt(now()))));
      sent += page.length;
      if (context.getRemainingTimeInMillis() < RESERVE_MS) break;
    }
    if (sent > 0) logger.info("webhook.swept", { sent });
  };

const messageOf = ({ endpoint, event, time, attempt }: Overdue) => ({
  endpoint,
  event,
  time,
  attempt,
  delaySeconds: 0,
});
