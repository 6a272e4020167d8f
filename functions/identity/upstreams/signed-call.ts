import { createHmac } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { answerInTime, type TimelyAnswer } from "./answer-in-time.ts";

/** A service that knows us by an app id and a shared secret. */
export interface SignedService {
  /** With or without a trailing slash. */
  readonly url: string;
  readonly appId: string;
  readonly secret: string;
}

export interface SignedCallTimes {
  /** Milliseconds for one try; 2000 unless told. */
  readonly timeoutMs?: number;
  /** Milliseconds before the first repeat, doubled each time; 200 unless told. */
  readonly pauseMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface SignedRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: unknown;
  /** The same for every try: a service that took the first one answers the others as it did that one. */
  readonly idempotencyKey: string;
}

const TRIES = 3;

/**
 * Calls with an HMAC-SHA256 over method, path, time, key and body. What may pass by itself (no answer, or 5xx) is tried three
 * times, with the same key; anything else is answered as it is. Undefined when nobody answered at last.
 */
export const signedCall = async (
  { url, appId, secret }: SignedService,
  { method, path, body, idempotencyKey }: SignedRequest,
  { timeoutMs = 2_000, pauseMs = 200, now = Date.now }: SignedCallTimes = {},
): Promise<TimelyAnswer | undefined> => {
  const text = body === undefined ? "" : JSON.stringify(body);
  const once = (): Promise<TimelyAnswer | undefined> => {
    const timestamp = String(Math.floor(now() / 1000));
    const signature = createHmac("sha256", secret)
      .update([method, path, timestamp, idempotencyKey, text].join("\n"))
      .digest("base64url");
    const headers = {
      "x-app-id": appId,
      "x-timestamp": timestamp,
      "x-signature": signature,
      "idempotency-key": idempotencyKey,
      ...(body !== undefined && { "content-type": "application/json" }),
    };
    const address = `${url.replace(/\/$/, "")}${path}`;
    return answerInTime(
      address,
      { method, headers, redirect: "error", ...(body !== undefined && { body: text }) },
      timeoutMs,
    );
  };
  for (let tried = 1; ; tried++) {
    const answer = await once();
    if ((answer && answer.status < 500) || tried === TRIES) return answer;
    await pause(pauseMs * 2 ** (tried - 1));
  }
};
