import { endOfLegalDate, type Instant, type LegalDate, legalDate } from "#shared/kernel/clock.ts";
import { addWorkingDays, type Deadline } from "#shared/kernel/working-days.ts";

/** A deadline with what it was computed from, so that it can be computed anew when a year's holiday notice comes out. */
export interface Term extends Deadline {
  /** The day that is not counted. */
  readonly from: LegalDate;
  /** Working days, all extensions and suspensions included. */
  readonly days: number;
}

export const term = (from: LegalDate, days: number): Term => ({ from, days, ...addWorkingDays(from, days) });

export const termAfter = (at: Instant, days: number): Term => term(legalDate(at), days);

/** The same period, longer by some working days. */
export const lengthened = ({ from, days }: Term, by: number): Term => term(from, days + by);

export const recomputed = ({ from, days }: Term): Term => term(from, days);

/** The first moment at which no more than `days` working days are left. */
export const nearAt = ({ from, days }: Term, left: number): Instant =>
  endOfLegalDate(addWorkingDays(from, Math.max(days - left, 0)).date);

/** The first moment at which it has passed. */
export const overAt = ({ date }: Deadline): Instant => endOfLegalDate(date);
