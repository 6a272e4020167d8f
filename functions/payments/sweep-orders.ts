import type { Context } from "aws-lambda";
import { correlated } from "#shared/runtime/correlation.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { type Deps, lookAfterOrder } from "./look-after-order.ts";

/** Left for the orders in hand when the time of the function runs out; the rest is for the next minute. */
const RESERVE_MS = 15_000;
const AT_ONCE = 10;

/** Looks after every order for which something is due. One that fails does not hold up the others, and is told. */
export const sweepOrders = (deps: Deps) => {
  const lookAfter = lookAfterOrder(deps);
  return async (_tick: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    let seen = 0;
    let failed = 0;
    const one = async (id: string): Promise<void> => {
      try {
        await correlated(`sweep-${id}`, () => lookAfter(id));
      } catch (error) {
        // Others are at work on it: they leave what is due to the next minute.
        if (error instanceof StaleVersionError) return;
        failed += 1;
        logger.error("payment.sweep-failed", error, { order: id });
      }
    };
    for await (const page of deps.orders.due(deps.now())) {
      for (let i = 0; i < page.length; i += AT_ONCE) {
        if (context.getRemainingTimeInMillis() < RESERVE_MS) {
          logger.warn("payment.sweep-behind", { seen });
          return;
        }
        await Promise.all(page.slice(i, i + AT_ONCE).map(one));
      }
      seen += page.length;
    }
    if (seen > 0) logger.info("payment.swept", { seen, failed });
  };
};
