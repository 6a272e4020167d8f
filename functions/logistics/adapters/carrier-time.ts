import type { Instant } from "#shared/kernel/clock.ts";

const BEIJING_OFFSET_MS = 8 * 3_600_000;

/**
 * Carriers write Beijing time without a zone: "2026-11-22 16:33:19", or "20261122" and "163319".
 * Undefined for what is no moment, such as the thirtieth of February.
 */
export const beijingInstant = (written: string): Instant | undefined => {
  const digits = /^\s*(\d{4})[-/]?(\d{2})[-/]?(\d{2})[ T]?(\d{2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?\s*$/.exec(written);
  if (!digits) return undefined;
  const [, year, month, day, hour, minute, second = "00"] = digits;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(local) || new Date(local).toISOString().slice(8, 10) !== day) return undefined;
  return new Date(local - BEIJING_OFFSET_MS).toISOString();
};

/** Carriers cut texts at 512; so do we. Unprintable characters go. */
export const carrierText = (text: string | undefined): string =>
  [...(text ?? "").replace(/[\p{Cc}\p{Cs}]/gu, " ").trim()].slice(0, 512).join("");
