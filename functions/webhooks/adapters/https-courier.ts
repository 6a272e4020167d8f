import type { Courier, SecretVault } from "../domain/ports.ts";
import type { GuardedPost } from "./guarded-post.ts";
import { signatureHeaders } from "./webhook-signature.ts";

/** Retry-After (RFC 9110, 10.2.3): seconds, or a date. */
const secondsOf = (retryAfter: string | undefined, now: Date): number | undefined => {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter);
  const seconds = Math.ceil((Date.parse(retryAfter) - now.getTime()) / 1000);
  return seconds > 0 ? seconds : undefined;
};

const THROTTLES = [429, 502, 503, 504];

/** Sends events as Standard Webhooks 1.0.0 messages; the body is a CloudEvent in JSON format. */
export const httpsCourier = (
  outside: GuardedPost,
  vault: Pick<SecretVault, "secretOf" | "seedOf">,
  clock: () => Date = () => new Date(),
): Courier => ({
  async deliver({ url, endpoint, keys, id, body }) {
    const signers = keys.map((each) => ({
      secret: vault.secretOf(endpoint, each),
      seed: vault.seedOf(endpoint, each),
    }));
    const headers = {
      "content-type": "application/cloudevents+json; charset=utf-8",
      "user-agent": "yimen-webhooks/1",
      ...signatureHeaders({ signers, id, body, at: clock() }),
    };
    const begun = performance.now();
    const result = await outside.post(url, headers, body);
    const milliseconds = Math.round(performance.now() - begun);
    if ("error" in result) return { error: result.error, milliseconds };
    const { status, answer } = result;
    const retryAfterSeconds = THROTTLES.includes(status) ? secondsOf(result.retryAfter, clock()) : undefined;
    return {
      status,
      milliseconds,
      ...(answer && { answer }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    };
  },
});
