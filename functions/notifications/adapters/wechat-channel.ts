import * as z from "zod";
import type { PersonChannel, PreferenceStore } from "../domain/ports.ts";
import type { WechatSettings } from "./people-settings.ts";

const REQUEST_MS = 5_000;
const TOKEN_MARGIN = 300;
/** Characters a field takes; the least of all kinds of field [M]. */
const FIELD_LENGTH = 20;

/** Fields of these kinds take a moment in digits and nothing else [M]. */
const OF_TIME = /^(date|time)\d*$/;
/** What a field of the account shows of a value of ours. */
export const fieldValue = (field: string, value: string | undefined): string => {
  const text = (OF_TIME.test(field) ? /^\d{4}-\d{2}-\d{2}/.exec(value ?? "")?.[0] : value) || "—";
  return [...text].slice(0, FIELD_LENGTH).join("");
};

/* developers.weixin.qq.com, subscribe/bizsend. 40037 and 47003 (template and fields) are from memory [M]. */
const TOKEN_DEAD = [40001, 40014, 42001];
const REFUSED: Readonly<Record<number, string>> = {
  43101: "not-subscribed",
  40003: "unknown-account",
  40037: "template-unknown",
  47003: "fields-wrong",
};

const Answer = z.object({
  errcode: z.int().default(0),
  access_token: z.string().default(""),
  expires_in: z.int().default(0),
});

/** Subscription messages (订阅通知) of the city's official account: one for each time that somebody has agreed to. */
export const wechatChannel = (
  { baseUrl, appid, secret, templates, page }: WechatSettings,
  preferences: Pick<PreferenceStore, "find">,
  now: () => number = Date.now,
): PersonChannel => {
  let token: { value: string; until: number } | undefined;

  const call = async (path: string, query: Record<string, string>, body?: unknown): Promise<z.infer<typeof Answer>> => {
    const url = new URL(`cgi-bin/${path}`, baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
    url.search = new URLSearchParams(query).toString();
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`WeChat answered HTTP ${answer.status} to ${path}`);
    return Answer.parse(await answer.json());
  };

  const currentToken = async (): Promise<string> => {
    if (token && now() < token.until) return token.value;
    const { errcode, access_token, expires_in } = await call("token", {
      grant_type: "client_credential",
      appid,
      secret,
    });
    if (errcode !== 0) throw new Error(`WeChat answered errcode ${errcode} to token`);
    token = { value: access_token, until: now() + Math.max(expires_in - TOKEN_MARGIN, 0) * 1000 };
    return access_token;
  };

  const send = async (message: unknown, mayRenew = true): Promise<number> => {
    const { errcode } = await call("message/subscribe/bizsend", { access_token: await currentToken() }, message);
    if (!TOKEN_DEAD.includes(errcode) || !mayRenew) return errcode;
    token = undefined;
    return send(message, false);
  };

  return {
    async send({ recipient, template, params }) {
      const counterpart = templates[template];
      if (!counterpart) return { result: "refused", reason: "no-template" };
      const openId = (await preferences.find(recipient.id))?.openId;
      if (openId === undefined) return { result: "refused", reason: "no-account" };
      const data = Object.fromEntries(
        Object.entries(counterpart.fields).map(([ours, theirs]) => [
          theirs,
          { value: fieldValue(theirs, params[ours]) },
        ]),
      );
      const errcode = await send({ touser: openId, template_id: counterpart.id, data, ...(page && { page }) });
      if (errcode === 0) return { result: "sent" };
      const reason = REFUSED[errcode];
      return reason === undefined ? { result: "unavailable" } : { result: "refused", reason };
    },
  };
};
