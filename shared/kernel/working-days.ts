import { findWorkday, getDayDetail } from "chinese-days";
import { endOfLegalDate, type Instant, type LegalDate, legalDate } from "./clock.ts";

/** A day by whose end something must have happened. */
export interface Deadline {
  readonly date: LegalDate;
  /** The State Council's holiday notice for a year it runs through is not out yet: the date may still move. */
  readonly provisional: boolean;
}

const yearOf = (date: LegalDate): number => Number(date.slice(0, 4));

/** Every published year has National Day in its notice; the calendar only knows years whose notice is out. */
const isPublished = (year: number): boolean => getDayDetail(`${year}-10-01`).name.includes("国庆");

/**
 * The last day of a period of working days that begins on the day after `from` (Administrative Licensing Law
 * art. 82: statutory holidays excluded; make-up working days count).
 * @param days whole working days, 0 for the same day
 */
export const addWorkingDays = (from: LegalDate, days: number): Deadline => {
  if (!Number.isInteger(days) || days < 0) throw new RangeError(`not a number of working days: ${days}`);
  const date = days === 0 ? from : findWorkday(days, from);
  const first = yearOf(from);
  const years = Array.from({ length: yearOf(date) - first + 1 }, (_, i) => first + i);
  return { date, provisional: !years.every(isPublished) };
};

/** The deadline that many working days after a moment. */
export const deadlineAfter = (at: Instant, days: number): Deadline => addWorkingDays(legalDate(at), days);

export const isPast = (deadline: Deadline, now: Instant): boolean => now >= endOfLegalDate(deadline.date);
