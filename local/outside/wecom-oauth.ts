import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { escaped, hidden, outsidePage, sendPage, sendTo } from "./html.ts";
import { readText } from "./http-server.ts";

export interface WecomOAuthOptions {
  readonly corpId: string;
  readonly agentId: number;
  readonly members: readonly string[];
  /** The trusted domain (可信域名) of the application, as an origin; any, when left out. */
  readonly trustedOrigin?: string;
  /** 300 unless told. */
  readonly codeSeconds?: number;
}

/** Somebody on the phone who is not of the organisation. */
const OUTSIDER = "(外部人员)";

/**
 * Web authorization of WeCom (企业微信网页授权): the page, and codes that are good once and for five minutes
 * (developer.work.weixin.qq.com/document/path/91022, 91023).
 */
export const wecomOAuth = (options: WecomOAuthOptions) => {
  const { corpId, agentId, members, trustedOrigin, codeSeconds = 300 } = options;
  const codes = new Map<string, { readonly user: string; readonly until: number }>();

  const authorize = async (query: URLSearchParams, response: ServerResponse): Promise<void> => {
    const { appid, redirect_uri = "", response_type, scope = "", state = "", agentid } = Object.fromEntries(query);
    const back = URL.parse(redirect_uri);
    const problem =
      appid !== corpId
        ? "企业未找到（appid 错误）"
        : agentid !== undefined && agentid !== String(agentId)
          ? "应用不存在（agentid 错误）"
          : response_type !== "code" || !["snsapi_base", "snsapi_privateinfo"].includes(scope)
            ? "参数错误（response_type 或 scope）"
            : !back || (trustedOrigin !== undefined && back.origin !== trustedOrigin)
              ? "redirect_uri 与应用的可信域名不一致（50001）"
              : undefined;
    if (problem) return sendPage(response, 400, outsidePage("企业微信", `<p role="alert">${problem}</p>`));
    const choices = [...members, OUTSIDER]
      .map((name) => `<label><input type="radio" name="user" value="${escaped(name)}"> ${escaped(name)}</label>`)
      .join("\n");
    return sendPage(
      response,
      200,
      outsidePage(
        "企业微信 · 登录确认",
        `<form method="post" action="/connect/oauth2/confirm">${hidden({ redirect_uri, state })}
<fieldset><legend>此手机登录的成员</legend>${choices}</fieldset>
<button name="do" value="allow">允许登录</button><button class="plain" name="do" value="cancel">取消</button></form>`,
      ),
    );
  };

  const confirm = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await readText(request));
    const back = new URL(form.get("redirect_uri") ?? "");
    const user = form.get("user");
    if (form.get("do") === "allow" && user) {
      const code = randomBytes(24).toString("base64url");
      codes.set(code, { user, until: Date.now() + codeSeconds * 1000 });
      back.searchParams.set("code", code);
    }
    back.searchParams.set("state", form.get("state") ?? "");
    return sendTo(response, back);
  };

  return {
    authorize,
    confirm,
    /** The answer of cgi-bin/auth/getuserinfo to a caller whose token is good. */
    userInfo(code: string | null): Record<string, unknown> {
      if (!code) return { errcode: 41008, errmsg: "missing code" };
      const issued = codes.get(code);
      codes.delete(code);
      if (!issued || issued.until <= Date.now()) return { errcode: 40029, errmsg: "invalid code" };
      return {
        errcode: 0,
        errmsg: "ok",
        ...(issued.user === OUTSIDER
          ? { openid: randomBytes(14).toString("base64url") }
          : { userid: issued.user, user_ticket: randomBytes(16).toString("base64url"), expires_in: 1800 }),
      };
    },
  };
};
