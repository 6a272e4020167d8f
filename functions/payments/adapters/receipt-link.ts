import { createHmac, timingSafeEqual } from "node:crypto";
import type { Instant } from "#shared/kernel/clock.ts";
import { derivedKey, type KeyRing } from "#shared/runtime/key-ring.ts";

const LIVES_MS = 10 * 60_000;

const macOf = (key: string, text: string): Buffer =>
  createHmac("sha256", derivedKey(key, "receipt-link")).update(text).digest();

/** The path of a receipt's PDF: whoever has it may read that one receipt for ten minutes. It names nobody. */
export const receiptPath = (ring: KeyRing, order: string, now: Instant): string => {
  const until = Math.floor((Date.parse(now) + LIVES_MS) / 1000);
  return `/receipts/${order}.${until}.${macOf(ring.key, `${order}.${until}`).toString("base64url")}.pdf`;
};

/** The order whose receipt a path shows; undefined when nobody gave it out, or too long ago. */
export const orderOfReceiptPath = (ring: KeyRing, path: string, now: Instant): string | undefined => {
  const [, order = "", until = "", mac = ""] =
    /^\/receipts\/([0-9A-HJKMNP-TV-Z]{26})\.(\d{1,12})\.([\w-]{43})\.pdf$/.exec(path) ?? [];
  if (!order || Number(until) * 1000 < Date.parse(now)) return undefined;
  const given = Buffer.from(mac, "base64url");
  const isOurs = [ring, ...ring.previous].some(({ key }) => {
    const expected = macOf(key, `${order}.${until}`);
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  });
  return isOurs ? order : undefined;
};
