import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { maskedPhone } from "../domain/masking.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm } from "./account-frame.ts";
import { download, sentTo, shown } from "./answers.ts";
import { button, codeField, field, postForm, tick } from "./fields.ts";
import { type Html, html } from "./html.ts";
import { keptText, type PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";

const securityPage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  return visit.show("/account/security", {
    title: "密码与手机",
    problems,
    body: html`<h1>密码与手机</h1><div class="panel"><h2>修改密码</h2>${
      account.hasPassword
        ? postForm(
            "/account/security/password",
            visit.csrf,
            html`${currentPassword(problems)}${field(
              {
                name: "password",
                label: "新密码",
                hint: "至少 10 个字符，可以是一句只有您知道的话",
                type: "password",
                autocomplete: "new-password",
                maxlength: 128,
              },
              problems,
            )}${button("修改密码")}`,
          )
        : html`<p>这个账户还没有密码。退出后在登录页选择“忘记密码”即可设置。</p>`
    }</div><div class="panel"><h2>更换手机号</h2><p class="small">现在的手机号：${account.phone ?? "未登记"}</p>${postForm(
      "/account/security/phone",
      visit.csrf,
      html`${field(
        {
          name: "phone",
          label: "新手机号",
          type: "tel",
          inputmode: "tel",
          autocomplete: "tel-national",
          value: visit.typed("phone"),
          maxlength: 20,
        },
        problems,
      )}${button("发送验证码", { className: "second" })}`,
    )}</div>`,
  });
};

const currentPassword = (problems: readonly Problem[]): Html =>
  field(
    { name: "current", label: "当前密码", type: "password", autocomplete: "current-password", maxlength: 128 },
    problems,
  );

const phoneCodePage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const phone = keptText(await visit.kept(), "phone");
  if (!phone) return sentTo("/account/security");
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  return visit.show("/account/security", {
    title: "验证新手机号",
    problems,
    body: panel(
      "验证新手机号",
      html`<p class="lead">验证码已发送到 ${maskedPhone(phone)}。</p>${postForm("/account/security/phone/code", visit.csrf, html`${codeField(problems)}${account.hasPassword && currentPassword(problems)}${button("更换手机号")}`)}<p><a href="/account/security">返回重新发送</a></p>`,
    ),
  });
};

const dataPage = (visit: AccountVisit, problems: readonly Problem[] = []): Promise<HttpResponse> =>
  visit.show("/account/data", {
    title: "我的数据",
    problems,
    body: html`<h1>我的数据</h1><div class="panel"><h2>下载我的数据</h2><p>一份包含本平台保存的您全部个人信息的文件，内容不遮盖。请不要在公用设备上下载。</p>${postForm(
      "/account/data/export",
      visit.csrf,
      button("下载", { className: "second" }),
    )}</div><div class="panel" id="close"><h2>注销账户</h2><p>注销后不能再用这个账户登录，委托和授权同时失效。法律要求保留的办件记录会保留到期满，不再与您的姓名放在一起。有正在办理的事项时不能注销。</p>${postForm(
      "/account/data/close",
      visit.csrf,
      html`${currentPassword(problems)}${tick(
        "sure",
        "我知道注销不能恢复",
        problems,
      )}${button("注销账户", { className: "warn" })}`,
    )}</div>`,
  });

/** What changes how one signs in, and what ends an account. */
export const accountSecurityRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts, interactions } = parts;
  return [
    { method: "GET", path: "/account/security", answer: onAccount(parts, (visit) => securityPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/security/password",
      answer: onAccountForm(parts, async (visit) => {
        const [current, wanted] = [visit.secret("current"), visit.secret("password")];
        const empty: Problem[] = [
          ...(current ? [] : [{ field: "current", text: "请输入当前密码。" }]),
          ...(wanted ? [] : [{ field: "password", text: "请输入新密码。" }]),
        ];
        if (empty.length > 0) return securityPage(visit, parts, empty);
        const changed = await accounts.changePassword(visit.person, { current, wanted }, visit.from);
        if (!changed.ok) return securityPage(visit, parts, [problemFor(changed.refusal.code)]);
        await interactions.endAllSessions(visit.subject, visit.session);
        return visit.goOn("/account/security", { notice: "password-changed" });
      }),
    },
    {
      method: "POST",
      path: "/account/security/phone",
      answer: onAccountForm(parts, async (visit) => {
        const phone = visit.typed("phone").replace(/[\s-]/g, "");
        if (!phone) return securityPage(visit, parts, [problemFor("challenge.phone-invalid")]);
        const sent = await accounts.startPhoneChallenge({ phone, purpose: "change-phone" }, visit.from);
        return sent.ok
          ? visit.goOn("/account/security/phone/code", { state: { phone, challenge: sent.value.challenge } })
          : securityPage(visit, parts, [problemFor(sent.refusal.code, { "identity.too-many-attempts": "phone" })]);
      }),
    },
    {
      method: "GET",
      path: "/account/security/phone/code",
      answer: onAccount(parts, (visit) => phoneCodePage(visit, parts)),
    },
    {
      method: "POST",
      path: "/account/security/phone/code",
      answer: onAccountForm(parts, async (visit) => {
        const state = await visit.kept();
        const code = visit.typed("code");
        if (!/^\d{6}$/.test(code))
          return phoneCodePage(visit, parts, [{ field: "code", text: "请输入 6 位数字验证码。" }]);
        const proof = { phone: keptText(state, "phone"), challenge: keptText(state, "challenge"), code };
        const current = visit.secret("current");
        const changed = await accounts.changePhone(visit.person, { ...proof, current }, visit.from);
        return changed.ok
          ? visit.goOn("/account/security", { notice: "phone-changed" })
          : phoneCodePage(visit, parts, [problemFor(changed.refusal.code)]);
      }),
    },
    { method: "GET", path: "/account/data", answer: onAccount(parts, (visit) => dataPage(visit)) },
    {
      method: "POST",
      path: "/account/data/export",
      answer: onAccountForm(parts, async (visit) => {
        const data = await accounts.exportOwnData(visit.person, visit.from);
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
          ...(visit.typed("sure") === "yes" ? [] : [{ field: "sure", text: "请确认您知道注销不能恢复。" }]),
        ];
        if (problems.length > 0) return dataPage(visit, problems);
        const closed = await accounts.closeAccount(visit.person, { password }, visit.from);
        if (!closed.ok) return dataPage(visit, [problemFor(closed.refusal.code)]);
        await interactions.endAllSessions(visit.subject);
        return shown({
          title: "账户已注销",
          body: panel("账户已注销", html`<p>您的账户已经注销，所有设备都已退出登录。</p>`),
        });
      }),
    },
  ];
};
