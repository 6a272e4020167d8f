import type { Context } from "aws-lambda";
import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { Shipments } from "./domain/ports.ts";
import { look, type Patience } from "./domain/watch-shipment.ts";

interface Deps {
  readonly shipments: Shipments;
  readonly patience: Patience;
  readonly now: Clock;
}

/** Left for the page in hand when the time of the function runs out; the rest is for the next hour. */
const MARGIN_MS = 10_000;

/**
 * Looks at shipments that were to be looked at by now: parcels nobody has heard of, money without a parcel. Run again, it finds
 * nothing new. One that fails does not hold up the others.
 */
export const lookAtShipments =
  ({ shipments, patience, now }: Deps) =>
  async (
    _event: unknown,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<{ found: number; failed: number }> => {
    let found = 0;
    let failed = 0;
    const lookAt = async (id: string) => {
      const shipment = await shipments.find(id);
      const change = shipment && look(shipment, patience, now());
      if (!change) return;
      await shipments.save(change);
      found += 1;
      logger.info("shipment.looked-at", { shipment: id });
    };
    for await (const ids of shipments.toLookAt(now())) {
      for (const id of ids)
        try {
          await untilNoRace(() => lookAt(id));
        } catch (error) {
          failed += 1;
          logger.error("shipment.look-failed", error, { shipment: id });
        }
      if (context.getRemainingTimeInMillis() < MARGIN_MS) break;
    }
    logger.info("shipments.looked-at", { found, failed });
    if (failed > 0) throw new Error(`${failed} shipments could not be looked at`);
    return { found, failed };
  };
