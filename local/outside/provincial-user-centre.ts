import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { sendPage, sendTo } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";
import { type ProvincialUser, provincialLoginPage } from "./provincial-users.ts";

export interface ProvincialUserCentreOptions {
  readonly users: readonly ProvincialUser[];
  readonly app: { readonly id: string; readonly secret: string; readonly redirectUrl: string };
  /** SHA-256 or SM3 (GB/T 32905); SM3 unless told. */
  readonly digest?: "sha256" | "sm3";
  /** 0 for a free port. */
  readonly port: number;
}

type Fields = Readonly<Record<string, string>>;

interface Answer {
  readonly code: string;
  readonly message: string;
  readonly data?: Fields;
}

/** Five minutes, as for a code of OAuth 2; a key is good once. */
const KEY_MS = 300_000;
const SKEW_MS = 300_000;

const LEVELS = { L1: "1", L2: "2", L3: "3" } as const;

/**
 * A provincial user centre (省统一用户中心) that is not OpenID Connect, in the manner such systems have: an authorize page that
 * gives an account key, a token interface that trades the key, an app id and a signature for an access token, and a user
 * interface with field names of its own. Answers are HTTP 200 with a code, signed over their data and the question's nonce.
 */
export const startProvincialUserCentre = (options: ProvincialUserCentreOptions): Promise<Running> => {
  const { users, app, digest = "sm3" } = options;
  const keys = new Map<string, { user: ProvincialUser; bound: string; until: number }>();
  const tokens = new Map<string, ProvincialUser>();
  const misbehaviour = misbehaviours([
    "500",
    "slow",
    "down",
    "not-json",
    "busy",
    "no-id-number",
    "bad-id-number",
    "unknown-level",
    "tampered-user-info",
    "unsigned",
    "old-answer",
  ]);

  const seal = (fields: Fields): string => createHmac(digest, app.secret).update(canonical(fields)).digest("hex");

  const questionProblem = ({ sign = "", ...fields }: Fields): Answer | undefined => {
    if (fields.appId !== app.id) return { code: "10004", message: "应用不存在" };
    if (Math.abs(Date.now() - Number(fields.timestamp)) > SKEW_MS) return { code: "10005", message: "时间戳超出范围" };
    const [one, other] = [Buffer.from(seal(fields)), Buffer.from(sign)];
    if (!fields.nonce || one.length !== other.length || !timingSafeEqual(one, other))
      return { code: "10001", message: "签名错误" };
    return undefined;
  };

  const tokenFor = ({ accountKey = "" }: Fields): Answer => {
    const key = keys.get(accountKey);
    keys.delete(accountKey);
    if (!key || key.until <= Date.now()) return { code: "10002", message: "accountKey 无效或已使用" };
    const accessToken = randomBytes(32).toString("base64url");
    tokens.set(accessToken, key.user);
    return { code: "0", message: "成功", data: { accessToken, expiresIn: "7200", bindCode: key.bound } };
  };

  const userFor = ({ accessToken = "" }: Fields, mode: string | undefined): Answer => {
    const user = tokens.get(accessToken);
    if (!user) return { code: "10003", message: "accessToken 无效" };
    const certNo = mode === "no-id-number" ? "" : mode === "bad-id-number" ? "449900198504120011" : user.idNumber;
    return {
      code: "0",
      message: "成功",
      data: {
        userId: user.subject,
        userName: user.name,
        certType: "111",
        certNo,
        mobile: user.phone,
        authLevel: mode === "unknown-level" ? "9" : LEVELS[user.level],
      },
    };
  };

  const api = async (path: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const fields = JSON.parse(await readText(request)) as Fields;
    const wrong = misbehaviour.next();
    const mode = wrong?.mode;
    if (mode === "slow") await pause(wrong?.milliseconds);
    if (mode === "down") return void response.destroy();
    if (mode === "500") return sendJson(response, 500, {});
    if (mode === "not-json") return sendPage(response, 200, "<p>系统维护中</p>");
    if (mode === "busy") return sendJson(response, 200, { code: "99999", message: "系统繁忙" });
    const problem = questionProblem(fields);
    const { data, ...head } = problem ?? (path === "/api/token" ? tokenFor(fields) : userFor(fields, mode));
    if (!data) return sendJson(response, 200, head);
    const nonce = mode === "old-answer" ? "of another question" : (fields.nonce ?? "");
    const sign = seal({ ...data, code: head.code, nonce });
    const sent =
      mode === "tampered-user-info" && data.certNo ? { ...data, certNo: otherThan(data.certNo, users) } : data;
    return sendJson(response, 200, { ...head, data: sent, ...(mode !== "unsigned" && { sign }) });
  };

  const authorize = async (query: URLSearchParams, response: ServerResponse): Promise<void> => {
    const { appId, redirectUrl, state = "", bindCode = "" } = Object.fromEntries(query);
    if (appId !== app.id || redirectUrl !== app.redirectUrl)
      return sendJson(response, 400, { code: "10006", message: "应用或回调地址未登记" });
    return sendPage(response, 200, provincialLoginPage(users, "/login", { state, bindCode }));
  };

  const logIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await readText(request));
    const user = users.find(({ subject }) => subject === form.get("user"));
    const back = new URL(app.redirectUrl);
    back.searchParams.set("state", form.get("state") ?? "");
    if (form.get("do") === "sign-in" && user) {
      const accountKey = randomBytes(24).toString("base64url");
      keys.set(accountKey, { user, bound: form.get("bindCode") ?? "", until: Date.now() + KEY_MS });
      back.searchParams.set("accountKey", accountKey);
    }
    return sendTo(response, back);
  };

  return listen(options.port, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    switch (`${request.method} ${pathname}`) {
      case "GET /authorize":
        return authorize(searchParams, response);
      case "POST /login":
        return logIn(request, response);
      case "POST /api/token":
      case "POST /api/user":
        return api(pathname, request, response);
      case "POST /misbehave":
        misbehaviour.set(JSON.parse(await readText(request)));
        return sendJson(response, 200, {});
      default:
        return sendJson(response, 404, {});
    }
  });
};

const canonical = (fields: Fields): string =>
  Object.entries(fields)
    .filter(([, value]) => value !== "")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");

const otherThan = (idNumber: string, users: readonly ProvincialUser[]): string =>
  users.find((user) => user.idNumber !== idNumber)?.idNumber ?? idNumber;
