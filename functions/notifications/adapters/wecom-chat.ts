import { setTimeout as pause } from "node:timers/promises";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { derivedId } from "#shared/kernel/ids.ts";
import type { CardMessage } from "../domain/card.ts";
import { CLAIM_KEY } from "../domain/chat-command.ts";
import type { OfficialsChat } from "../domain/ports.ts";
import { withinBytes } from "./text-limits.ts";

/** The application through which the platform speaks in the chat. */
const WecomApp = z.object({
  corpid: z.string().min(1),
  corpsecret: z.string().min(1),
  agentid: z.coerce.number().int(),
});
type WecomApp = z.infer<typeof WecomApp>;

/** What the secret holds: the application, and where the API is. A private deployment (政务微信) is at the customer's host. */
const WecomAccount = WecomApp.extend({
  baseUrl: z.url(),
  /** Of the application's callback; empty while it is not set up. Cards have buttons only with it. */
  callbackToken: z.string().default(""),
  encodingAesKey: z.string().default(""),
  /** The key in the address of the group robot to which alarms go; empty for none. */
  robotKey: z.string().default(""),
});

export const loadWecomAccount = async (secretId: string) => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  const { baseUrl, callbackToken, encodingAesKey, robotKey, ...app } = WecomAccount.parse(
    JSON.parse(SecretString ?? "{}"),
  );
  const callback = callbackToken === "" ? undefined : { token: callbackToken, encodingAesKey, corpid: app.corpid };
  return { app, baseUrl, callback, robotKey, buttons: callback !== undefined };
};

export interface WecomOptions {
  readonly app: WecomApp;
  readonly baseUrl: string;
  /** Whether cards have buttons, which the chat allows only with a callback. */
  readonly buttons?: boolean;
  /** Milliseconds before a busy system is asked again; 200 unless told. */
  readonly pauseMs?: number;
  readonly now?: () => number;
}

/** The chat cannot take any message now, or as the platform is set up; a retry or a person must see to it. */
class WecomError extends Error {
  override readonly name = "WecomError";
  readonly errcode: number;
  constructor(errcode: number, doing: string) {
    super(`WeCom answered errcode ${errcode} to ${doing}`);
    this.errcode = errcode;
  }
}

/* Codes: developer.work.weixin.qq.com, sending app messages and access_token. The limits of a text card, `unlicenseduser` and NOT_OF_THE_CARD but for 45009 are from memory [M]: not checked against the source. */
/** Seconds in which the chat shows the same once: the most that may be asked for. Tries are an hour apart at most. */
const SHOWN_ONCE_SECONDS = 14_400;
const TITLE_BYTES = 128;
const DESCRIPTION_BYTES = 512;
const REQUEST_MS = 10_000;
const BUSY_RETRIES = 3;
/** Seconds before its expiry from which on a token is not used any more. */
const TOKEN_MARGIN = 300;

const BUSY = -1;
const NONE_VALID = 81013;
const TOKEN_DEAD = [40001, 40014, 42001];
/**
 * Answers that say nothing of the card: the token, the corporation, the application, its rights, the address we call from, too
 * many calls. Every card would get them, so they wait for the chat or for whoever sets it up. All other codes are of this
 * card and final.
 */
const NOT_OF_THE_CARD = [...TOKEN_DEAD, 40013, 40056, 40091, 41001, 45009, 45033, 48002, 60011, 60020, 301002];

const Token = z.object({
  errcode: z.int().default(0),
  access_token: z.string().default(""),
  expires_in: z.int().default(0),
});
const Sent = z.object({
  errcode: z.int(),
  invaliduser: z.string().default(""),
  unlicenseduser: z.string().default(""),
});

/** Cards in WeCom (企业微信) or a private deployment of it, which speaks the same API. One token a warm function. */
export const wecomChat = ({
  app,
  baseUrl,
  buttons = false,
  pauseMs = 200,
  now = Date.now,
}: WecomOptions): OfficialsChat => {
  let token: { value: Promise<string>; until: number } | undefined;

  const call = async (path: string, query: Record<string, string>, body?: unknown): Promise<unknown> => {
    const url = new URL(`cgi-bin/${path}`, baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
    url.search = new URLSearchParams(query).toString();
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`WeCom answered HTTP ${answer.status} to ${path}`);
    return answer.json();
  };

  const fetchToken = async (): Promise<string> => {
    const { errcode, access_token, expires_in } = Token.parse(
      await call("gettoken", { corpid: app.corpid, corpsecret: app.corpsecret }),
    );
    if (errcode !== 0) throw new WecomError(errcode, "gettoken");
    if (token) token.until = now() + Math.max(expires_in - TOKEN_MARGIN, 0) * 1000;
    return access_token;
  };

  /** Whoever comes while it is being fetched waits for the same. */
  const currentToken = (): Promise<string> => {
    if (token && now() < token.until) return token.value;
    const value = fetchToken();
    token = { value, until: Number.POSITIVE_INFINITY };
    value.catch(() => drop(value));
    return value;
  };

  const drop = (dead: Promise<string>): void => {
    if (token?.value === dead) token = undefined;
  };

  const send = async (message: unknown, tries = { token: 1, busy: BUSY_RETRIES }): Promise<z.infer<typeof Sent>> => {
    const used = currentToken();
    const answer = Sent.parse(await call("message/send", { access_token: await used }, message));
    if (TOKEN_DEAD.includes(answer.errcode) && tries.token > 0) {
      drop(used);
      return send(message, { ...tries, token: tries.token - 1 });
    }
    if (answer.errcode === BUSY && tries.busy > 0) {
      await pause(pauseMs * 2 ** (BUSY_RETRIES - tries.busy));
      return send(message, { ...tries, busy: tries.busy - 1 });
    }
    return answer;
  };

  return {
    async show(message, user) {
      const { card } = message;
      const { errcode, invaliduser, unlicenseduser } = await send({
        touser: user,
        agentid: app.agentid,
        ...(buttons && card.claim !== undefined ? buttonCard(message, card.claim, user) : textCard(message)),
        enable_duplicate_check: 1,
        duplicate_check_interval: SHOWN_ONCE_SECONDS,
      });
      // Who is named in an answer of success did not get it.
      if (errcode === NONE_VALID || (errcode === 0 && `${invaliduser}${unlicenseduser}` !== ""))
        return { result: "unknown-member" };
      if (errcode === 0) return { result: "shown" };
      if (errcode === BUSY || NOT_OF_THE_CARD.includes(errcode)) throw new WecomError(errcode, "message/send");
      return { result: "refused", code: errcode };
    },
  };
};

/** A card's description is read as HTML. */
const escaped = (text: string): string => text.replaceAll("&", "＆").replaceAll("<", "＜").replaceAll(">", "＞");

const shanghai = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  dateStyle: "short",
  timeStyle: "medium",
});

/** When it was made stands on a card, so that two that otherwise say the same are not one to the chat's duplicate check. */
const momentOf = ({ at }: CardMessage): string => shanghai.format(new Date(at));

/** The class of the grey line is from memory [M]. */
const textCard = (message: CardMessage) => {
  const { card } = message;
  const moment = `<div class="gray">${momentOf(message)}</div>`;
  return {
    msgtype: "textcard",
    textcard: {
      title: withinBytes(card.title, TITLE_BYTES),
      description: moment + withinBytes(escaped(card.description), DESCRIPTION_BYTES - Buffer.byteLength(moment)),
      url: card.url,
      btntxt: "查看",
    },
  };
};

/**
 * A card with a button (按钮交互型模板卡片). Its lengths, and that the task id may come again with the same card, are from memory
 * [M]: the id is the message's, so that a second try is the same to the chat's duplicate check, and nothing else is.
 */
const buttonCard = (message: CardMessage, claim: string, user: string) => {
  const { id, card } = message;
  const moment = `\n${momentOf(message)}`;
  return {
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      main_title: { title: withinBytes(card.title, TITLE_BYTES) },
      sub_title_text: withinBytes(card.description, DESCRIPTION_BYTES - Buffer.byteLength(moment)) + moment,
      card_action: { type: 1, url: card.url },
      task_id: derivedId(id, user),
      button_list: [{ text: "领取", style: 1, key: `${CLAIM_KEY}${claim}` }],
    },
  };
};
