import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Seconds by which the clocks of the two sides may differ. */
const SKEW_SECONDS = 300;

/**
 * Whether a request is signed as the gateway's interface asks: `x-signature` is base64url of HMAC-SHA256 over method, path,
 * `x-timestamp` (seconds), `idempotency-key` and body, each on a line of its own. Says what is wrong, if anything.
 */
export const signatureProblem = (
  request: IncomingMessage,
  body: string,
  { appId, secret }: { readonly appId: string; readonly secret: string },
): string | undefined => {
  const header = (name: string): string => String(request.headers[name] ?? "");
  if (header("x-app-id") !== appId) return "unknown app id";
  const timestamp = header("x-timestamp");
  if (!/^\d{10}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > SKEW_SECONDS)
    return "timestamp missing or too far from ours";
  const key = header("idempotency-key");
  if (key === "") return "idempotency key missing";
  const expected = createHmac("sha256", secret)
    .update(`${request.method}\n${request.url}\n${timestamp}\n${key}\n${body}`)
    .digest();
  const given = Buffer.from(header("x-signature"), "base64url");
  return given.length === expected.length && timingSafeEqual(given, expected) ? undefined : "signature does not verify";
};
