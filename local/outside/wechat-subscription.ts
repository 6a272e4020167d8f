import { randomBytes } from "node:crypto";
import * as z from "zod";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";

export interface WechatSubscriptionOptions {
  readonly appid: string;
  readonly secret: string;
  /** Templates the account has, each with its fields. */
  readonly templates: Readonly<Record<string, readonly string[]>>;
  /** 0 for a free port. */
  readonly port: number;
}

/** A subscription message on somebody's phone. */
export interface ShownSubscription {
  readonly user: string;
  readonly at: string;
  readonly template: string;
  readonly data: Readonly<Record<string, string>>;
}

const Message = z.object({
  touser: z.string().min(1),
  template_id: z.string(),
  page: z.string().optional(),
  data: z.record(z.string(), z.object({ value: z.string().min(1).max(32) })),
});

const fault = (errcode: number, errmsg: string) => ({ errcode, errmsg });

/**
 * Subscription messages of an official account (订阅通知, subscribe/bizsend), in the shape of the real API: everyone has agreed to as many
 * messages as `POST /agree {user, times}` says, without it to all; who has refused is answered 43101. `GET /inbox?user=`.
 */
export const startWechatSubscription = ({
  appid,
  secret,
  templates,
  port,
}: WechatSubscriptionOptions): Promise<Running> => {
  const tokens = new Set<string>();
  const agreed = new Map<string, number>();
  const shown: ShownSubscription[] = [];
  const misbehaviour = misbehaviours(["500", "busy", "rate-limit"]);
  let calls = { token: 0, send: 0 };

  const giveToken = (query: URLSearchParams): unknown => {
    calls = { ...calls, token: calls.token + 1 };
    if (query.get("appid") !== appid) return fault(40013, "invalid appid");
    if (query.get("secret") !== secret) return fault(40125, "invalid appsecret");
    const access_token = randomBytes(32).toString("base64url");
    tokens.add(access_token);
    return { access_token, expires_in: 7200 };
  };

  const send = (query: URLSearchParams, text: string): unknown => {
    calls = { ...calls, send: calls.send + 1 };
    if (!tokens.has(query.get("access_token") ?? "")) return fault(40001, "invalid credential");
    const parsed = Message.safeParse(JSON.parse(text));
    if (!parsed.success) return fault(47003, "argument invalid");
    const { touser, template_id, data } = parsed.data;
    const fields = templates[template_id];
    if (!fields) return fault(40037, "invalid template_id");
    if (fields.some((field) => !data[field])) return fault(47003, "argument invalid");
    const wrongTime = ([field, { value }]: [string, { value: string }]) =>
      /^(date|time)\d*$/.test(field) && !/^[\d年月日时分秒: -]+$/.test(value);
    if (Object.entries(data).some(wrongTime)) return fault(47003, "argument invalid");
    const left = agreed.get(touser) ?? Number.POSITIVE_INFINITY;
    if (left <= 0) return fault(43101, "user refuse to accept the msg");
    if (agreed.has(touser)) agreed.set(touser, left - 1);
    shown.push({
      user: touser,
      at: new Date().toISOString(),
      template: template_id,
      data: Object.fromEntries(Object.entries(data).map(([field, { value }]) => [field, value])),
    });
    return fault(0, "ok");
  };

  return listen(port, async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    switch (`${request.method} ${url.pathname}`) {
      case "GET /cgi-bin/token":
        return sendJson(response, 200, giveToken(url.searchParams));
      case "POST /cgi-bin/message/subscribe/bizsend": {
        const text = await readText(request);
        const wrong = misbehaviour.next();
        if (wrong?.mode === "500") return sendJson(response, 500, {});
        if (wrong?.mode === "busy") return sendJson(response, 200, fault(-1, "system busy"));
        if (wrong?.mode === "rate-limit")
          return sendJson(response, 200, fault(45009, "reach max api daily quota limit"));
        return sendJson(response, 200, send(url.searchParams, text));
      }
      case "GET /inbox": {
        const user = url.searchParams.get("user");
        return sendJson(response, 200, { messages: shown.filter((message) => !user || message.user === user), calls });
      }
      case "POST /agree": {
        const { user, times } = z
          .object({ user: z.string(), times: z.int().nonnegative() })
          .parse(JSON.parse(await readText(request)));
        agreed.set(user, times);
        return sendJson(response, 200, {});
      }
      case "POST /misbehave": {
        const body: unknown = JSON.parse(await readText(request));
        if (z.object({ mode: z.string() }).parse(body).mode === "expire-tokens") tokens.clear();
        else misbehaviour.set(body);
        return sendJson(response, 200, {});
      }
      default:
        return sendJson(response, 404, {});
    }
  });
};
