import { type Html, html, type Piece } from "#shared/runtime/html.ts";
import type { IssuerForm, IssuerPages } from "../issuer/interactions.ts";
import { button, field } from "./fields.ts";
import { layout, panel } from "./layout.ts";

const form = ({ action, fields }: IssuerForm, content: Piece): Html =>
  html`<form method="post" action="${action}" novalidate>${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  )}${content}</form>`;

const codeProblems: Record<"not-found" | "expired" | "used" | "aborted", string> = {
  "not-found": "没有这个设备码，请对照设备屏幕重新输入。",
  expired: "这个设备码已经过期，请在设备上重新获取。",
  used: "这个设备码已经用过，请在设备上重新获取。",
  aborted: "您已拒绝该设备登录。如需继续，请在设备上重新获取设备码。",
};

const errorWords: Record<string, string> = {
  invalid_client: "发起登录的应用没有在本平台登记。",
  unauthorized_client: "发起登录的应用不能使用这种登录方式。",
  invalid_redirect_uri: "发起登录的应用给出的返回地址没有登记。",
  invalid_request: "登录请求不完整或者已经过期。",
  access_denied: "登录没有完成。",
  server_error: "系统出现故障，我们已经记录下来。",
};

const back = html`<p>请回到您要办事的网站或应用，重新点击“登录”。</p>`;

/** The pages that the issuer answers with by itself, in the same dress as ours. */
export const issuerPages: IssuerPages = {
  userCode: ({ problem, ...to }) => {
    const problems = problem ? [{ field: "user_code", text: codeProblems[problem] }] : [];
    return layout({
      title: "登录其他设备",
      problems,
      body: panel(
        "登录其他设备",
        form(
          to,
          html`${field(
            {
              name: "user_code",
              label: "设备码",
              hint: "显示在自助终端或其他设备的屏幕上。只输入您自己面前设备上的码",
              autocomplete: "off",
              maxlength: 20,
              className: "code word",
            },
            problems,
          )}${button("下一步")}`,
        ),
      ),
    });
  },

  confirmDevice: ({ userCode, client, ...to }) =>
    layout({
      title: "确认设备",
      body: panel(
        "确认设备",
        html`<p>“${client.name}”正在请求登录您的账户。请确认设备屏幕上显示的码与下面一致：</p><p class="usercode">${userCode}</p><div class="note"><p>如果码是别人发给您的，或者设备不在您面前，请选择“不是我的设备”。</p></div>${form(
          to,
          html`<div class="row fill">${button("一致，继续")}${button("不是我的设备", { name: "abort", value: "yes", className: "second" })}</div>`,
        )}`,
      ),
    }),

  deviceDone: ({ name }) =>
    layout({
      title: "设备已登录",
      body: panel(
        "设备已登录",
        html`<p>“${name}”上的登录已经完成，请回到设备继续。本页可以关闭。</p><p class="small">用完请在设备上退出；也可以随时在<a href="/account/sessions">我的账户</a>中让它退出。</p>`,
      ),
    }),

  confirmSignOut: ({ client, ...to }) =>
    layout({
      title: "退出登录",
      body: panel(
        "要退出登录吗？",
        html`<p>退出后，本浏览器中所有用这个账户登录的网站都会一起退出。</p>${form(
          to,
          html`<div class="row fill">${button("退出登录", { name: "logout", value: "yes" })}<button type="submit" class="second">${
            client ? `留在“${client.name}”` : "保持登录"
          }</button></div>`,
        )}`,
      ),
    }),

  signedOut: (client) =>
    layout({
      title: "已退出登录",
      body: panel(
        "已退出登录",
        html`<p>您已安全退出${client && `“${client.name}”`}。在公用设备上，请同时关闭浏览器窗口。</p><p><a href="/account">重新登录我的账户</a></p>`,
      ),
    }),

  problem: ({ code }) =>
    layout({
      title: "登录无法继续",
      body: panel(
        "登录无法继续",
        html`<p>${Object.hasOwn(errorWords, code) ? errorWords[code] : "登录请求不符合要求。"}</p>${back}<p class="small">求助时请报代码：${code}</p>`,
      ),
    }),
};
