import { newId } from "#shared/kernel/ids.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Messages, Sent } from "../domain/outside-ports.ts";
import type { SmsGateway } from "./outside-settings.ts";
import { type SignedCallTimes, signedCall } from "./signed-call.ts";

/** Text messages through an operator's gateway. Codes and phones stand in the request's body only, never in a log. */
export const smsMessages = (gateway: SmsGateway, times: SignedCallTimes = {}): Messages => {
  const send = async (to: string, template: string, params: Readonly<Record<string, string>>): Promise<Sent> => {
    const body = { to, template: gateway.templates[template] ?? template, params };
    const request = { method: "POST", path: "/messages", body, idempotencyKey: newId() } as const;
    const answer = await signedCall(gateway, request, times);
    if (answer && answer.status >= 200 && answer.status < 300) return { result: "sent" };
    const status = answer?.status ?? 0;
    const mayPass = status === 0 || status === 422 || status === 429 || status >= 500;
    if (mayPass) logger.warn("message.not-sent", { template, status });
    // A signature or a template that is not accepted: a person must see to it. It is no fault of the request, which goes on:
    // one that failed only where there is somebody to be told would say who has an account.
    else logger.error("message.not-accepted", new Error(`the gateway answered HTTP ${status}`), { template, status });
    return { result: status === 422 ? "refused" : "unavailable" };
  };

  return {
    sendCode: ({ phone, code, purpose, minutes }) => send(phone, `code.${purpose}`, { code, minutes: String(minutes) }),
    sendNotice: ({ phone, notice }) => send(phone, `notice.${notice}`, {}),
  };
};

/** For a city without a gateway: nothing can be sent, and nobody is told that it was. */
export const noMessages: Messages = {
  sendCode: async () => ({ result: "unavailable" }),
  sendNotice: async () => ({ result: "unavailable" }),
};
