import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import { later } from "../domain/order.ts";

const DAY_MS = 86_400_000;
/** A clearing date further away is no clearing date of that transaction. */
const DAYS_APART = 15;

/** UnionPay's clearing day ends at about 23:00 in Beijing [M]: what is done later belongs to the next. */
export const clearingDay = (at: Instant): string => legalDate(later(at, 3_600));

/**
 * The day in whose bill a transaction stands: its settleDate, month and day in Beijing [M], in the year that brings it nearest; without
 * one, what the hour of the transaction says.
 */
export const unionPayDay = (settleDate: string | undefined, at: Instant): string => {
  const [, month, day] = /^(\d\d)(\d\d)$/.exec(settleDate ?? "") ?? [];
  const near = Date.parse(legalDate(at));
  const year = new Date(near).getUTCFullYear();
  const [nearest] = [year - 1, year, year + 1]
    .map((each) => ({ date: `${each}-${month}-${day}`, apart: Math.abs(Date.parse(`${each}-${month}-${day}`) - near) }))
    .filter(({ date, apart }) => apart <= DAYS_APART * DAY_MS && new Date(date).toISOString().startsWith(date))
    .sort((a, b) => a.apart - b.apart);
  return nearest?.date ?? clearingDay(at);
};
