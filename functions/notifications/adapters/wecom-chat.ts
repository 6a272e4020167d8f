import { setTimeout as pause } from "node:timers/promises";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { derivedId } from "#shared/kernel/ids.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Card } from "../domain/card.ts";
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

/** The chat cannot take the message now, or never as the platform is set up; a retry or a person must see to it. */
class WecomError extends Error {
  override readonly name = "WecomError";
  readonly errcode: number;
  constructor(errcode: number, doing: string) {
    super(`WeCom answered errcode ${errcode} to ${doing}`);
    this.errcode = errcode;
  }
}

/* Codes: developer.work.weixin.qq.com, sending app messages and access_token. The limits of a text card and `unlicenseduser` are from memory: not checked against the source. */
const USERS_AT_MOST = 1000;
const TITLE_BYTES = 128;
const DESCRIPTION_BYTES = 512;
const REQUEST_MS = 10_000;
const BUSY_RETRIES = 3;
/** Seconds before its expiry from which on a token is not used any more. */
const TOKEN_MARGIN = 300;

const BUSY = -1;
const NONE_VALID = 81013;
const TOKEN_DEAD = [40001, 40014, 42001];

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
  let token: { value: string; until: number } | undefined;

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

  const currentToken = async (): Promise<string> => {
    if (token && now() < token.until) return token.value;
    const { errcode, access_token, expires_in } = Token.parse(
      await call("gettoken", { corpid: app.corpid, corpsecret: app.corpsecret }),
    );
    if (errcode !== 0) throw new WecomError(errcode, "gettoken");
    token = { value: access_token, until: now() + Math.max(expires_in - TOKEN_MARGIN, 0) * 1000 };
    return access_token;
  };

  const send = async (message: unknown, tries = { token: 1, busy: BUSY_RETRIES }): Promise<z.infer<typeof Sent>> => {
    const answer = Sent.parse(await call("message/send", { access_token: await currentToken() }, message));
    if (TOKEN_DEAD.includes(answer.errcode) && tries.token > 0) {
      token = undefined;
      return send(message, { ...tries, token: tries.token - 1 });
    }
    if (answer.errcode === BUSY && tries.busy > 0) {
      await pause(pauseMs * 2 ** (BUSY_RETRIES - tries.busy));
      return send(message, { ...tries, busy: tries.busy - 1 });
    }
    return answer;
  };

  /** Those of these users that did not get it. */
  const show = async (card: Card, users: readonly string[]): Promise<string[]> => {
    const answer = await send({
      touser: users.join("|"),
      agentid: app.agentid,
      ...(buttons && card.claim !== undefined ? buttonCard(card, card.claim, users) : textCard(card)),
      enable_duplicate_check: 1,
    });
    if (answer.errcode === NONE_VALID) return [...users];
    if (answer.errcode !== 0) throw new WecomError(answer.errcode, "message/send");
    // Identifiers come back in lower case.
    const missed = new Set([...answer.invaliduser.split("|"), ...answer.unlicenseduser.split("|")]);
    return users.filter((user) => missed.has(user.toLowerCase()) || missed.has(user));
  };

  return {
    async show(card, staff) {
      const invalid: string[] = [];
      for (let start = 0; start < staff.length; start += USERS_AT_MOST)
        invalid.push(...(await show(card, staff.slice(start, start + USERS_AT_MOST))));
      if (invalid.length > 0) logger.warn("wecom.members-unknown", { count: invalid.length });
      return { invalid };
    },
  };
};

/** A card's description is read as HTML. */
const escaped = (text: string): string => text.replaceAll("&", "＆").replaceAll("<", "＜").replaceAll(">", "＞");

const textCard = (card: Card) => ({
  msgtype: "textcard",
  textcard: {
    title: withinBytes(card.title, TITLE_BYTES),
    description: withinBytes(escaped(card.description), DESCRIPTION_BYTES),
    url: card.url,
    btntxt: "查看",
  },
});

/**
 * A card with a button (按钮交互型模板卡片). Its lengths, and that the task id may come again with the same card, are from memory
 * [M]: the id is made of the card, so that a second try is the same message to the chat's duplicate check.
 */
const buttonCard = (card: Card, claim: string, users: readonly string[]) => ({
  msgtype: "template_card",
  template_card: {
    card_type: "button_interaction",
    main_title: { title: withinBytes(card.title, TITLE_BYTES) },
    sub_title_text: withinBytes(card.description, DESCRIPTION_BYTES),
    card_action: { type: 1, url: card.url },
    task_id: derivedId("card", card.title, card.url, ...users),
    button_list: [{ text: "领取", style: 1, key: `${CLAIM_KEY}${claim}` }],
  },
});
