import calendar from "chinese-days/dist/chinese-days.json" with { type: "json" };
import { endOfLegalDate, type Instant, type LegalDate, legalDate, plusDays } from "./clock.ts";
import { isStatutoryHoliday } from "./statutory-holidays.ts";

/** A day by whose end something must have happened. */
export interface Deadline {
  readonly date: LegalDate;
  /** The State Council's holiday notice for a year it runs through is not out yet: the date may still move. */
  readonly provisional: boolean;
}

const yearOf = (date: LegalDate): number => Number(date.slice(0, 4));

/** The calendar's data, not its functions: those count in the machine's own time zone, a day off west of Greenwich. */
const holidays: Readonly<Record<LegalDate, string>> = calendar.holidays;
const makeUpDays: Readonly<Record<LegalDate, string>> = calendar.workdays;

/** Every published year has National Day in its notice; the calendar only knows years whose notice is out. */
const isPublished = (year: number): boolean => `${year}-10-01` in holidays;

/** A New Year's notice may reach back into the last days of December (2018-12-29 was worked for 2019). */
const lastNoticeYear = (date: LegalDate): number => yearOf(date) + (date.slice(5) >= "12-25" ? 1 : 0);

/** By the notice of its year; while there is none, by the law alone: without bridges and make-up days. */
export const isWorkingDay = (date: LegalDate): boolean => {
  const isWeekend = [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay());
  const isHoliday = isPublished(yearOf(date)) ? date in holidays : isStatutoryHoliday(date);
  return date in makeUpDays || (!isWeekend && !isHoliday);
};

/**
 * The last day of a period of working days that begins on the day after `from` (Administrative Licensing Law
 * art. 82: statutory holidays excluded; make-up working days count).
 * @param days whole working days, 0 for the same day
 */
export const addWorkingDays = (from: LegalDate, days: number): Deadline => {
  if (!Number.isInteger(days) || days < 0) throw new RangeError(`not a number of working days: ${days}`);
  let date = from;
  for (let left = days; left > 0; ) {
    date = plusDays(date, 1);
    if (isWorkingDay(date)) left--;
  }
  const first = yearOf(from);
  const years = Array.from({ length: lastNoticeYear(date) - first + 1 }, (_, i) => first + i);
  return { date, provisional: !years.every(isPublished) };
};

/** The deadline that many working days after a moment. */
export const deadlineAfter = (at: Instant, days: number): Deadline => addWorkingDays(legalDate(at), days);

export const isPast = (deadline: Deadline, now: Instant): boolean => now >= endOfLegalDate(deadline.date);

/** How many working days lie after `from`, up to and including `to`; 0 when `to` is not later. */
export const workingDaysBetween = (from: LegalDate, to: LegalDate): number => {
  let count = 0;
  for (let date = from; date < to; ) {
    date = plusDays(date, 1);
    if (isWorkingDay(date)) count++;
  }
  return count;
};
