import type { Instant } from "./clock.ts";

const OFFSET_MS = 8 * 3_600_000;

/** "2026-11-22 10:00:00", as providers write a moment. */
export const beijingText = (at: Instant): string =>
  new Date(Date.parse(at) + OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");

/** "20261122100000". */
export const beijingDigits = (at: Instant): string => beijingText(at).replace(/\D/g, "");

/**
 * Reads Beijing time without a zone, as providers and carriers write it: "2026-11-22 10:00:00", "20261122100000", "20261122 100000",
 * seconds and their fractions left out or not. Undefined for what is no moment, such as the thirtieth of February.
 */
export const fromBeijing = (written: string): Instant | undefined => {
  const parts = /^\s*(\d{4})[-/]?(\d\d)[-/]?(\d\d)[ T]?(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?\s*$/.exec(written);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = parts;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString().slice(8, 10) !== day) return undefined;
  return new Date(local - OFFSET_MS).toISOString();
};

/** Reads RFC 3339 with any offset; undefined for anything else. */
export const fromRfc3339 = (text: string): Instant | undefined => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};
