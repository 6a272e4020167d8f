import type { Context } from "aws-lambda";
import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { LaneStore, RecoveryDue, RecoveryStore, Wake, WakeQueue } from "./domain/ports.ts";

interface Deps {
  readonly lanes: Pick<LaneStore, "overdue">;
  readonly recoveries: Pick<RecoveryStore, "overdue">;
  readonly wakes: WakeQueue;
  readonly now: Clock;
}

/** Left for the page in hand when the time of the function runs out; the rest is for the next minute. */
const RESERVE_MS = 5_000;

/** Wakes every lane that waited longer than a queue can keep a message, or whose message was lost, and every recovery that stands still. */
export const sweepDue =
  ({ lanes, recoveries, wakes, now }: Deps) =>
  async (_tick: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    let sent = 0;
    const sweep = async (pages: AsyncIterable<readonly (Wake | RecoveryDue)[]>): Promise<void> => {
      for await (const page of pages) {
        await wakes.send(
          "slow",
          page.map((wake) => ({ ...wake, delaySeconds: 0 })),
        );
        sent += page.length;
        if (context.getRemainingTimeInMillis() < RESERVE_MS) break;
      }
    };
    await sweep(lanes.overdue(now()));
    await sweep(recoveries.overdue(now()));
    if (sent > 0) logger.info("webhook.swept", { sent });
  };
