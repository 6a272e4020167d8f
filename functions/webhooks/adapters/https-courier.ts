import type { Courier } from "../domain/ports.ts";
import type { GuardedPost } from "./guarded-post.ts";
import { signatureHeaders } from "./webhook-signature.ts";

const secondsOf = (retryAfter: string | undefined, now: Date): number | undefined => {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const seconds = Math.ceil((Date.parse(retryAfter) - now.getTime()) / 1000);
  return seconds > 0 ? seconds : undefined;
};

/** Sends events as Standard Webhooks 1.0.0 messages; the body is a CloudEvent in JSON format. */
export const httpsCourier = (outside: GuardedPost, clock: () => Date = () => new Date()): Courier => ({
  async deliver({ url, secret, id, body }) {
    const at = clock();
    const headers = {
      "content-type": "application/cloudevents+json; charset=utf-8",
      "user-agent": "yimen-webhooks/1",
      ...signatureHeaders({ secret, id, body, at }),
    };
    const begun = performance.now();
    const result = await outside.post(url, headers, body);
    const milliseconds = Math.round(performance.now() - begun);
    if ("error" in result) return { error: result.error, milliseconds };
    const throttled = result.status === 429 || result.status === 503;
    return {
      status: result.status,
      milliseconds,
      ...(throttled && { retryAfterSeconds: secondsOf(result.retryAfter, clock()) }),
    };
  },
});
