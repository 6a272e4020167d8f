import { type Instant, legalDate } from "#shared/kernel/clock.ts";

/** How people are told without being flooded; a city may set its own. */
export interface Pace {
  /** Hours in Asia/Shanghai in which nothing is sent that can wait; may pass midnight. None: undefined. */
  readonly quiet?: { readonly from: number; readonly to: number } | undefined;
  /** Minutes of every hour in which the chat's own servers are crowded. */
  readonly avoidedMinutes: readonly number[];
  /** Seconds between two messages to one official; what comes in between is gathered into a digest. */
  readonly gapSeconds: number;
}

export const DEFAULT_PACE: Pace = { quiet: { from: 22, to: 8 }, avoidedMinutes: [0, 30], gapSeconds: 300 };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SHANGHAI_OFFSET_MS = 8 * HOUR_MS;

const instant = (ms: number): Instant => new Date(ms).toISOString();

/** The first moment from this one on at which what can wait may be sent. */
export const afterQuietHours = (at: Instant, quiet: Pace["quiet"]): Instant => {
  if (!quiet) return at;
  const local = Date.parse(at) + SHANGHAI_OFFSET_MS;
  const hour = new Date(local).getUTCHours();
  const isQuiet = quiet.from > quiet.to ? hour >= quiet.from || hour < quiet.to : hour >= quiet.from && hour < quiet.to;
  if (!isQuiet) return at;
  const midnight = local - (local % (24 * HOUR_MS));
  const end = midnight + quiet.to * HOUR_MS;
  return instant((end > local ? end : end + 24 * HOUR_MS) - SHANGHAI_OFFSET_MS);
};

/** The first moment from this one on that lies in no avoided minute. */
export const afterAvoidedMinutes = (at: Instant, avoided: Pace["avoidedMinutes"]): Instant => {
  const ms = Date.parse(at);
  if (!avoided.includes(new Date(ms).getUTCMinutes()) || avoided.length >= 60) return at;
  return afterAvoidedMinutes(instant(ms - (ms % MINUTE_MS) + MINUTE_MS), avoided);
};

/** The first moment of the legal day after this one. */
export const nextLegalDay = (at: Instant): Instant =>
  instant(Date.parse(`${legalDate(at)}T00:00:00Z`) + 24 * HOUR_MS - SHANGHAI_OFFSET_MS);

export const later = (at: Instant, seconds: number): Instant => instant(Date.parse(at) + seconds * 1000);

/** How long to wait after so many failures in a row: 1, 2, 4 ... minutes, at most an hour. */
export const backoffSeconds = (failures: number): number => 60 * Math.min(2 ** Math.max(failures - 1, 0), 60);

/** A provider that is away for longer than this is not waited for any more. */
export const GIVEN_UP_AFTER_SECONDS = 3 * 86_400;
