import type { Instant } from "#shared/kernel/clock.ts";

const OFFSET_MS = 8 * 3_600_000;

/** "2026-11-22 10:00:00", as providers write a moment. */
export const beijingText = (at: Instant): string =>
  new Date(Date.parse(at) + OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");

/** "20261122100000". */
export const beijingDigits = (at: Instant): string => beijingText(at).replace(/\D/g, "");

/** Reads "2026-11-22 10:00:00" or "20261122100000" of Beijing time; undefined for anything else. */
export const fromBeijing = (text: string): Instant | undefined => {
  const digits = text.replace(/[-: T]/g, "");
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (!parts) return undefined;
  const [, y, mo, d, h, mi, s] = parts;
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}+08:00`);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};

/** Reads RFC 3339 with any offset; undefined for anything else. */
export const fromRfc3339 = (text: string): Instant | undefined => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};
