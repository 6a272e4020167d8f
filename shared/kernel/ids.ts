import { createHash } from "node:crypto";
import { ulid } from "ulid";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A new ULID: 26 characters, sortable by creation time. */
export const newId = (): string => ulid();

/**
 * The same 26 characters for the same parts, so that a retried creation finds what it created before.
 * 130 bits of SHA-256 in Crockford base 32; looks like a ULID but carries no time.
 */
export const derivedId = (...parts: readonly string[]): string => {
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest();
  let bits = BigInt(`0x${digest.toString("hex")}`) >> 126n;
  let id = "";
  for (let i = 0; i < 26; i++) {
    id = CROCKFORD[Number(bits & 31n)] + id;
    bits >>= 5n;
  }
  return id;
};

/** What two requests must share to count as the same one: SHA-256 over the parsed body, key order ignored. */
export const fingerprint = (body: unknown): string =>
  createHash("sha256").update(canonical(body)).digest("base64url").slice(0, 22);

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value !== null && typeof value === "object")
    return `{${Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
      .join()}}`;
  return JSON.stringify(value) ?? "null";
};
