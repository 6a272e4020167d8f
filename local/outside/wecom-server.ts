import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";
import { wecomPoster } from "./wecom-callback.ts";
import { wecomOAuth } from "./wecom-oauth.ts";
import { phonePage, type ShownCard } from "./wecom-page.ts";

export type { ShownCard } from "./wecom-page.ts";

export interface WecomServerOptions {
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId: number;
  /** Who has an account; everyone, when left out. */
  readonly members?: readonly string[];
  /** 7200 unless told. */
  readonly tokenSeconds?: number;
  /** The trusted domain (可信域名) for signing in on web pages, as an origin; any, when left out. */
  readonly trustedOrigin?: string;
  /** How long a code for signing in is good; 300 unless told. */
  readonly codeSeconds?: number;
  /** Where it posts what members say and press (接收消息), and how that is signed and encrypted. */
  readonly callback?: { readonly url: string; readonly token: string; readonly encodingAesKey: string };
  /** The key of the group's robot. */
  readonly robotKey?: string;
  /** 0 for a free port. */
  readonly port: number;
}

const common = {
  touser: z.string().min(1),
  agentid: z.coerce.number(),
  enable_duplicate_check: z.union([z.literal(0), z.literal(1)]).default(0),
  duplicate_check_interval: z.int().positive().max(14_400).default(1800),
};
const TextCard = z.object({
  ...common,
  msgtype: z.literal("textcard"),
  textcard: z.object({
    title: z.string().min(1),
    description: z.string().min(1),
    url: z.string().min(1),
    btntxt: z.string().default("详情"),
  }),
});
/** A card with buttons (按钮交互型), as far as the platform uses it. */
const ButtonCard = z.object({
  ...common,
  msgtype: z.literal("template_card"),
  template_card: z.object({
    card_type: z.literal("button_interaction"),
    main_title: z.object({ title: z.string().min(1) }),
    sub_title_text: z.string().default(""),
    card_action: z.object({ type: z.literal(1), url: z.string().min(1) }),
    task_id: z.string().regex(/^[\w@-]{1,128}$/),
    button_list: z
      .array(
        z.object({
          text: z.string().min(1),
          style: z.int().min(1).max(4).default(1),
          key: z.string().min(1).max(1024),
        }),
      )
      .min(1)
      .max(6),
  }),
});
const Message = z.discriminatedUnion("msgtype", [TextCard, ButtonCard]);
type Message = z.infer<typeof Message>;

const Markdown = z.object({
  msgtype: z.literal("markdown"),
  markdown: z.object({
    content: z
      .string()
      .min(1)
      .refine((text) => Buffer.byteLength(text) <= 4096),
  }),
});

/** What a card shows, whichever it is. */
const faceOf = (message: Message): Pick<ShownCard, "title" | "description" | "url" | "button"> & { keys: string[] } => {
  if (message.msgtype === "textcard") {
    const { btntxt, ...face } = message.textcard;
    return { ...face, button: btntxt, keys: [] };
  }
  const { main_title, sub_title_text, card_action, button_list } = message.template_card;
  return {
    title: main_title.title,
    description: sub_title_text,
    url: card_action.url,
    button: button_list.map(({ text }) => text).join(" "),
    keys: button_list.map(({ key }) => key),
  };
};

interface Fault {
  readonly errcode: number;
  readonly errmsg: string;
}
const fault = (errcode: number, errmsg: string): Fault => ({ errcode, errmsg });

/**
 * A WeCom server (企业微信) for demonstrations and tests: tokens, text cards, the members' phones and signing in on web pages, in
 * the shape of the real API (developer.work.weixin.qq.com), which answers HTTP 200 and an errcode to whatever it understands.
 */
export const startWecomServer = async (options: WecomServerOptions): Promise<Running> => {
  const { corpId, corpSecret, agentId, members, tokenSeconds = 7200 } = options;
  const tokens = new Map<string, number>();
  const shown: ShownCard[] = [];
  const group: string[] = [];
  const poster = options.callback && wecomPoster({ ...options.callback, corpId, agentId });
  const seen = new Map<string, { until: number; msgid: string }>();
  const misbehaviour = misbehaviours(["500", "slow", "rate-limit", "busy", "refuse", "unknown-address"]);
  const oauth = wecomOAuth({ ...options, members: members ?? [] });
  let calls = { gettoken: 0, send: 0 };

  const getToken = (query: URLSearchParams): unknown => {
    calls = { ...calls, gettoken: calls.gettoken + 1 };
    if (query.get("corpid") !== corpId) return fault(40013, "invalid corpid");
    if (query.get("corpsecret") !== corpSecret) return fault(40001, "invalid credential");
    const access_token = randomBytes(32).toString("base64url");
    tokens.set(access_token, Date.now() + tokenSeconds * 1000);
    return { errcode: 0, errmsg: "ok", access_token, expires_in: tokenSeconds };
  };

  const tokenFault = (token: string | null): Fault | undefined => {
    if (!token) return fault(41001, "access_token missing");
    const until = tokens.get(token);
    if (until === undefined) return fault(40014, "invalid access_token");
    return until <= Date.now() ? fault(42001, "access_token expired") : undefined;
  };

  const send = (query: URLSearchParams, text: string): unknown => {
    calls = { ...calls, send: calls.send + 1 };
    const refused = tokenFault(query.get("access_token"));
    if (refused) return refused;
    const parsed = Message.safeParse(parseJson(text));
    if (!parsed.success) return fault(40008, "invalid message type or content");
    const message = parsed.data;
    if (message.agentid !== agentId) return fault(40056, "invalid agentid");

    const users = message.touser.split("|");
    if (users.length > 1000) return fault(40063, "too many users");
    const known = (user: string) => !members || members.some((member) => member.toLowerCase() === user.toLowerCase());
    const valid = users.filter(known);
    const invaliduser = users.filter((user) => !known(user)).map((user) => user.toLowerCase());
    if (valid.length === 0)
      return { ...fault(81013, "user & party & tag all invalid"), invaliduser: invaliduser.join("|") };
    return { errcode: 0, errmsg: "ok", invaliduser: invaliduser.join("|"), msgid: show(message, valid) };
  };

  const userInfo = (query: URLSearchParams): unknown =>
    tokenFault(query.get("access_token")) ?? oauth.userInfo(query.get("code"));

  const show = (message: Message, users: readonly string[]): string => {
    const face = faceOf(message);
    const content = JSON.stringify([message.touser, message.agentid, face]);
    const before = seen.get(content);
    if (message.enable_duplicate_check === 1 && before && before.until > Date.now()) return before.msgid;
    const msgid = randomBytes(12).toString("base64url");
    seen.set(content, { until: Date.now() + message.duplicate_check_interval * 1000, msgid });
    const card = { at: new Date().toISOString(), msgid, ...face };
    shown.push(...users.map((user) => ({ user, ...card })));
    return msgid;
  };

  const robotSend = (query: URLSearchParams, text: string): unknown => {
    if (!options.robotKey || query.get("key") !== options.robotKey) return fault(93000, "invalid webhook url");
    const parsed = Markdown.safeParse(parseJson(text));
    if (!parsed.success) return fault(40008, "invalid message type or content");
    group.push(parsed.data.markdown.content);
    return { errcode: 0, errmsg: "ok" };
  };

  const misbehave = (body: unknown): void => {
    const { mode } = z.object({ mode: z.string() }).parse(body);
    if (mode === "expire-tokens") for (const token of tokens.keys()) tokens.set(token, 0);
    else misbehaviour.set(body);
  };

  const answerApi = async (url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readText(request);
    const wrong = url.pathname === "/cgi-bin/gettoken" ? undefined : misbehaviour.next();
    if (wrong?.mode === "slow") await pause(wrong.milliseconds);
    if (wrong?.mode === "500") return sendJson(response, 500, {});
    if (wrong?.mode === "rate-limit") return sendJson(response, 200, fault(45009, "api freq out of limit"));
    if (wrong?.mode === "refuse") return sendJson(response, 200, fault(40058, "invalid request parameter"));
    if (wrong?.mode === "unknown-address")
      return sendJson(response, 200, fault(60020, "not allow to access from your ip"));
    if (wrong?.mode === "busy") return sendJson(response, 200, fault(-1, "system busy"));
    if (url.pathname === "/cgi-bin/gettoken") return sendJson(response, 200, getToken(url.searchParams));
    if (url.pathname === "/cgi-bin/auth/getuserinfo") return sendJson(response, 200, userInfo(url.searchParams));
    return sendJson(response, 200, send(url.searchParams, text));
  };

  return listen(options.port, async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const user = url.searchParams.get("user");
    const cards = () => shown.filter((card) => !user || card.user.toLowerCase() === user.toLowerCase());
    switch (`${request.method} ${url.pathname}`) {
      case "GET /connect/oauth2/authorize":
        return oauth.authorize(url.searchParams, response);
      case "POST /connect/oauth2/confirm":
        return oauth.confirm(request, response);
      case "GET /cgi-bin/auth/getuserinfo":
      case "GET /cgi-bin/gettoken":
      case "POST /cgi-bin/message/send":
        return answerApi(url, request, response);
      case "GET /inbox":
        return sendJson(response, 200, { cards: cards(), calls });
      case "POST /cgi-bin/webhook/send":
        return sendJson(response, 200, robotSend(url.searchParams, await readText(request)));
      case "GET /group":
        return sendJson(response, 200, { messages: group });
      case "POST /say":
      case "POST /press": {
        if (!poster) return sendJson(response, 404, { error: "no callback is set up" });
        return sendJson(response, 200, await poster(parseJson(await readText(request))));
      }
      case "POST /misbehave":
        misbehave(parseJson(await readText(request)));
        return sendJson(response, 200, {});
      case "GET /": {
        const names = [...new Set(shown.map((card) => card.user))];
        response
          .writeHead(200, { "content-type": "text/html; charset=utf-8" })
          .end(phonePage(cards(), { names, user }));
        return;
      }
      default:
        return sendJson(response, 404, {});
    }
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
