import { createHmac } from "node:crypto";

/**
 * The three headers of Standard Webhooks 1.0.0: `v1` is HMAC-SHA256 over `id.timestamp.body`.
 * @param secret `whsec_` and base64
 */
export const signatureHeaders = (message: { secret: string; id: string; body: string; at: Date }) => {
  const key = Buffer.from(message.secret.replace(/^whsec_/, ""), "base64");
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const signature = createHmac("sha256", key).update(`${message.id}.${timestamp}.${message.body}`).digest("base64");
  return {
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
};
