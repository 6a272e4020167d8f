import * as z from "zod";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { logger } from "#shared/runtime/logger.ts";
import { answerInTime } from "./answer-in-time.ts";
import type { WecomSignIn } from "./outside-settings.ts";
import type { StaffRefusal } from "./upstreams.ts";

/** Who a member of the city's organisation in the government chat is. */
export interface StaffChat {
  /** Where to send the browser. */
  start(state: string): URL;
  /** The staff number (the member's account name) that a code stands for. A code is good once, for five minutes. */
  member(code: string): Promise<Decision<string, StaffRefusal>>;
}

const TIMEOUT_MS = 4_000;
/** Seconds before its expiry from which on a token is not used any more. */
const TOKEN_MARGIN = 300;

/* Codes: developer.work.weixin.qq.com/document/path/91023 and 98177 (read), the global list of codes for -1 and 50001. */
const INVALID_CODE = 40029;
const TOKEN_DEAD = [40001, 40014, 42001];

const Token = z.object({
  errcode: z.int().default(0),
  access_token: z.string().default(""),
  expires_in: z.int().default(0),
});
const Member = z.object({ errcode: z.int().default(0), userid: z.string().optional(), UserId: z.string().optional() });

/**
 * Web sign-in of WeCom (企业微信网页授权), or of a private deployment, which speaks the same API.
 * @param now milliseconds since 1970
 */
export const wecomStaff = (
  app: WecomSignIn,
  { callback, now }: { readonly callback: string; readonly now: () => number },
): StaffChat => {
  let token: { readonly value: string; readonly until: number } | undefined;

  const call = async <T>(
    path: string,
    query: Record<string, string>,
    schema: z.ZodType<T>,
  ): Promise<Decision<T, StaffRefusal>> => {
    const url = new URL(`cgi-bin/${path}`, app.baseUrl.endsWith("/") ? app.baseUrl : `${app.baseUrl}/`);
    url.search = new URLSearchParams(query).toString();
    const answered = await answerInTime(url, { redirect: "error" }, TIMEOUT_MS);
    const parsed = schema.safeParse(answered?.json);
    if (answered?.status === 200 && parsed.success) return accept(parsed.data);
    return unreachable(path, answered ? `HTTP ${answered.status}` : "no answer");
  };

  const unreachable = (path: string, cause: string): Decision<never, StaffRefusal> => {
    logger.warn("staff-sign-in.unreachable", { path, cause });
    return refuse("staff-sign-in.unreachable");
  };

  const currentToken = async (): Promise<Decision<string, StaffRefusal>> => {
    if (token && now() < token.until) return accept(token.value);
    const answer = await call("gettoken", { corpid: app.corpid, corpsecret: app.corpsecret }, Token);
    if (!answer.ok) return answer;
    const { errcode, access_token, expires_in } = answer.value;
    if (errcode !== 0) return unreachable("gettoken", `errcode ${errcode}`);
    token = { value: access_token, until: now() + Math.max(expires_in - TOKEN_MARGIN, 0) * 1000 };
    return accept(access_token);
  };

  const member = async (code: string, tokenTries: number): Promise<Decision<string, StaffRefusal>> => {
    const access = await currentToken();
    if (!access.ok) return access;
    const answer = await call("auth/getuserinfo", { access_token: access.value, code }, Member);
    if (!answer.ok) return answer;
    const { errcode, userid, UserId } = answer.value;
    if (errcode === INVALID_CODE) return refuse("staff-sign-in.code-invalid");
    if (TOKEN_DEAD.includes(errcode) && tokenTries > 0) {
      token = undefined;
      return member(code, tokenTries - 1);
    }
    if (errcode !== 0) return unreachable("auth/getuserinfo", `errcode ${errcode}`);
    // Someone from outside the organisation has an `openid` instead.
    const staff = userid ?? UserId;
    return staff ? accept(staff) : refuse("staff-sign-in.not-staff");
  };

  return {
    start(state) {
      const url = new URL(app.authorizeUrl);
      url.search = new URLSearchParams({
        appid: app.corpid,
        redirect_uri: callback,
        response_type: "code",
        scope: "snsapi_base",
        state,
        agentid: String(app.agentid),
      }).toString();
      url.hash = "wechat_redirect";
      return url;
    },
    member: (code) => member(code, 1),
  };
};
