import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { OwnAccount } from "../accounts/accounts.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm } from "./account-frame.ts";
import { currentPassword } from "./account-security.ts";
import { download, sentTo, shown } from "./answers.ts";
import { button, codeField, postForm, tick } from "./fields.ts";
import { keptText, type PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";

const sure = (problems: readonly Problem[]): Html => tick("sure", "我知道注销不能恢复", problems);

/** By what one shows that it is oneself who closes the account: the password, or else a code to one's phone. */
const closingForm = ({ hasPassword, phone }: OwnAccount, csrf: string, problems: readonly Problem[]): Html => {
  if (hasPassword)
    return postForm(
      "/account/data/close",
      csrf,
      html`${currentPassword(problems)}${sure(problems)}${button("注销账户", { className: "warn" })}`,
    );
  if (phone)
    return postForm(
      "/account/data/close/send",
      csrf,
      html`<p>这个账户没有密码，请用发送到 ${phone} 的验证码确认。</p>${button("发送验证码", { className: "warn" })}`,
    );
  return html`<p>这个账户没有密码，也没有手机号，无法确认是您本人操作。请先<a href="/account/security">登记手机号</a>，再用短信验证码注销。</p>`;
};

const dataPage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  return visit.show("/account/data", {
    title: "我的数据",
    problems,
    body: html`<h1>我的数据</h1><div class="panel"><h2>下载我的数据</h2><p>一份包含本平台保存的您全部个人信息的文件，内容不遮盖。请不要在公用设备上下载。</p>${postForm(
      "/account/data/export",
      visit.csrf,
      button("下载", { className: "second" }),
    )}</div><div class="panel" id="close"><h2>注销账户</h2><p>注销后不能再用这个账户登录，委托和授权同时失效。法律要求保留的办件记录会保留到期满，不再与您的姓名放在一起。有正在办理的事项时不能注销。</p>${closingForm(account, visit.csrf, problems)}</div>`,
  });
};

const closingCodePage = async (visit: AccountVisit, problems: readonly Problem[] = []): Promise<HttpResponse> => {
  const sentWhere = keptText(await visit.kept(), "maskedPhone");
  if (!sentWhere) return sentTo("/account/data");
  return visit.show("/account/data", {
    title: "确认注销",
    problems,
    body: panel(
      "确认注销",
      html`<p class="lead">验证码已发送到 ${sentWhere}。</p>${postForm(
        "/account/data/close/code",
        visit.csrf,
        html`${codeField(problems)}${sure(problems)}${button("注销账户", { className: "warn" })}`,
      )}<p><a href="/account/data">不注销，返回</a></p>`,
    ),
  });
};

const closedPage = (): HttpResponse =>
  shown({
    title: "账户已注销",
    body: panel("账户已注销", html`<p>您的账户已经注销，所有设备都已退出登录。</p>`),
  });

const notSure = (visit: AccountVisit): Problem[] =>
  visit.typed("sure") === "yes" ? [] : [{ field: "sure", text: "请确认您知道注销不能恢复。" }];

/** What is held of oneself, to take along or to end. */
export const accountDataRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  return [
    { method: "GET", path: "/account/data", answer: onAccount(parts, (visit) => dataPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/data/export",
      answer: onAccountForm(parts, async (visit) => {
        const data = await accounts.exportOwnData(visit.actor, visit.from);
        return data.ok ? download("my-data.json", data.value) : accountGone();
      }),
    },
    {
      method: "POST",
      path: "/account/data/close",
      answer: onAccountForm(parts, async (visit) => {
        const password = visit.secret("current");
        const problems: Problem[] = [
          ...(password ? [] : [{ field: "current", text: "请输入当前密码。" }]),
          ...notSure(visit),
        ];
        if (problems.length > 0) return dataPage(visit, parts, problems);
        const done = await accounts.closeAccount(visit.person, { password }, visit.from);
        return done.ok ? closedPage() : dataPage(visit, parts, [problemFor(done.refusal.code)]);
      }),
    },
    {
      method: "POST",
      path: "/account/data/close/send",
      answer: onAccountForm(parts, async (visit) => {
        const sent = await accounts.startOwnCode(visit.actor, "close-account", visit.from);
        if (!sent.ok) return dataPage(visit, parts, [{ text: problemFor(sent.refusal.code).text }]);
        const { challenge, maskedPhone } = sent.value;
        return visit.goOn("/account/data/close/code", { state: { challenge, maskedPhone } });
      }),
    },
    { method: "GET", path: "/account/data/close/code", answer: onAccount(parts, (visit) => closingCodePage(visit)) },
    {
      method: "POST",
      path: "/account/data/close/code",
      answer: onAccountForm(parts, async (visit) => {
        const challenge = keptText(await visit.kept(), "challenge");
        const code = visit.typed("code");
        const problems: Problem[] = [
          ...(/^\d{6}$/.test(code) ? [] : [{ field: "code", text: "请输入 6 位数字验证码。" }]),
          ...notSure(visit),
        ];
        if (problems.length > 0) return closingCodePage(visit, problems);
        const done = await accounts.closeAccount(visit.person, { challenge, code }, visit.from);
        return done.ok ? closedPage() : closingCodePage(visit, [problemFor(done.refusal.code)]);
      }),
    },
  ];
};
