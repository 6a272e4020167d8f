import { type Clock, plusDays } from "#shared/kernel/clock.ts";
import { lastDayOver } from "./domain/day.ts";
import type { Bills, ComparisonQueue, Days } from "./domain/ports.ts";

interface Deps {
  readonly days: Days;
  readonly bills: Pick<Bills, "providers">;
  readonly comparisons: ComparisonQueue;
  readonly now: Clock;
}

/** A provider that was down for a week-end is caught up with. */
const DAYS_BACK = 7;

/** Has every day of the last week compared whose comparison was not made yet, or failed. */
export const askForBills =
  ({ days, bills, comparisons, now }: Deps) =>
  async (): Promise<void> => {
    const last = lastDayOver(now());
    for (const provider of bills.providers)
      for (let back = 0; back < DAYS_BACK; back++) {
        const date = plusDays(last, -back);
        const day = await days.find(provider, date);
        if (day?.status !== "compared" && day?.status !== "closed") await comparisons.send({ provider, date });
      }
  };
