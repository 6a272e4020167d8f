import { createHmac } from "node:crypto";
import { readContact } from "#shared/contracts/http/identity.ts";
import { ApiError } from "#shared/runtime/api-client.ts";
import type { ServiceClient } from "#shared/runtime/service-client.ts";
import type { PersonChannel } from "../domain/ports.ts";
import type { SmsSettings } from "./people-settings.ts";

const REQUEST_MS = 3_000;

/** The operator approves each wording, so each version after the first has a name of its own there. */
const templateName = (template: string, version: number, named: SmsSettings["templates"]): string => {
  const ours = version === 1 ? template : `${template}.${version}`;
  return named[ours] ?? `progress.${ours}`;
};

/**
 * Text messages through an operator's gateway, which knows a message by its idempotency key. The phone is asked of identity
 * for this one message and kept nowhere; neither it nor the text stands in a log.
 */
export const smsChannel = (
  { url, appId, secret, templates }: SmsSettings,
  service: ServiceClient,
  now: () => number = Date.now,
): PersonChannel => {
  const phoneOf = async (person: string, statutory: boolean, key: string): Promise<string | undefined> => {
    try {
      const purpose = statutory ? "statutory-notice" : "progress-message";
      const contact = await service.call(readContact, { id: person }, { key, body: { purpose, reference: key } });
      return contact.phone;
    } catch (error) {
      // Closed, or of nobody: there is no one to tell.
      if (error instanceof ApiError && [404, 409, 410].includes(error.status)) return undefined;
      throw error;
    }
  };

  return {
    async send({ recipient, statutory, template, templateVersion, params }, _text, key) {
      const to = await phoneOf(recipient.id, statutory, key);
      if (to === undefined) return { result: "refused", reason: "no-phone" };
      const body = JSON.stringify({ to, template: templateName(template, templateVersion, templates), params });
      const timestamp = String(Math.floor(now() / 1000));
      const answer = await fetch(`${url.replace(/\/$/, "")}/messages`, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.timeout(REQUEST_MS),
        headers: {
          "x-app-id": appId,
          "x-timestamp": timestamp,
          "x-signature": createHmac("sha256", secret)
            .update(["POST", "/messages", timestamp, key, body].join("\n"))
            .digest("base64url"),
          "idempotency-key": key,
          "content-type": "application/json",
        },
        body,
      });
      if (answer.ok) return { result: "sent" };
      if (answer.status === 422) return { result: "refused", reason: "number-refused" };
      if (answer.status === 429 || answer.status >= 500) return { result: "unavailable" };
      throw new Error(`the text message gateway answered HTTP ${answer.status}`);
    },
  };
};
