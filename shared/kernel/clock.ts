/** A moment as UTC ISO 8601 with milliseconds, the only form in which moments are stored and sent. */
export type Instant = string;

export type Clock = () => Instant;

export const systemClock: Clock = () => new Date().toISOString();

/** A legal day in Asia/Shanghai, yyyy-MM-dd. China has kept UTC+8 without summer time since 1991. */
export type LegalDate = string;

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** The legal day on which a moment falls. */
export const legalDate = (at: Instant): LegalDate =>
  new Date(Date.parse(at) + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);

/** So many days later; earlier, where they are fewer than none. */
export const plusDays = (date: LegalDate, days: number): LegalDate =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 24 * 3_600_000).toISOString().slice(0, 10);

/** The first moment after a legal day: a deadline on that day is missed from here on. */
export const endOfLegalDate = (date: LegalDate): Instant =>
  new Date(Date.parse(`${date}T00:00:00Z`) + 24 * 3_600_000 - SHANGHAI_OFFSET_MS).toISOString();
