import { maskedPhone } from "#shared/kernel/masking.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm } from "./account-frame.ts";
import { sentTo } from "./answers.ts";
import { button, codeField, field, phoneField, postForm } from "./fields.ts";
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
    body: html`<h1>密码与手机</h1><div class="panel"><h2>${account.hasPassword ? "修改密码" : "设置密码"}</h2>${
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
        : html`<p>这个账户还没有密码。${
            account.phone
              ? html`要设置密码，请退出后在登录页选择“忘记密码”，验证码会发送到 ${account.phone}。`
              : "设置密码需要手机号，请先在下面登记。"
          }</p>`
    }</div><div class="panel"><h2>${account.phone ? "更换手机号" : "登记手机号"}</h2><p class="small">现在的手机号：${account.phone ?? "未登记"}</p>${postForm(
      "/account/security/phone",
      visit.csrf,
      html`${phoneField(visit.typed("phone"), problems, { label: "新手机号" })}${button("发送验证码", { className: "second" })}`,
    )}</div>`,
  });
};

/** Typed again before what cannot be taken back. */
export const currentPassword = (problems: readonly Problem[]): Html =>
  field(
    { name: "current", label: "当前密码", type: "password", autocomplete: "current-password", maxlength: 128 },
    problems,
  );

const phoneCodePage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const state = await visit.kept();
  const phone = keptText(state, "phone");
  if (!phone) return sentTo("/account/security");
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  const presentPhone = keptText(state, "presentPhone");
  return visit.show("/account/security", {
    title: "验证新手机号",
    problems,
    body: panel(
      "验证新手机号",
      html`<p class="lead">验证码已发送到 ${maskedPhone(phone)}${presentPhone && html`，另一个验证码已发送到原手机号 ${presentPhone}`}。</p>${postForm("/account/security/phone/code", visit.csrf, html`${codeField(problems, "code", presentPhone ? "新手机号收到的验证码" : undefined)}${presentPhone && codeField(problems, "present", "原手机号收到的验证码")}${account.hasPassword && currentPassword(problems)}${button(account.phone ? "更换手机号" : "登记手机号")}`)}<p><a href="/account/security">返回重新发送</a></p>`,
    ),
  });
};

/** What changes how one signs in. */
export const accountSecurityRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
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
        return visit.goOn("/account/security", { notice: "password-changed" });
      }),
    },
    {
      method: "POST",
      path: "/account/security/phone",
      answer: onAccountForm(parts, async (visit) => {
        const phone = visit.typed("phone").replace(/[\s-]/g, "");
        if (!phone) return securityPage(visit, parts, [problemFor("challenge.phone-invalid")]);
        const account = await accounts.account(visit.person);
        if (!account) return accountGone();
        const here = { "identity.too-many-attempts": "phone" } as const;
        const needsOwn = !account.hasPassword && account.phone !== undefined;
        const own = needsOwn ? await accounts.startOwnCode(visit.actor, "change-phone", visit.from) : undefined;
        if (own && !own.ok) return securityPage(visit, parts, [problemFor(own.refusal.code, here)]);
        const sent = await accounts.startPhoneChallenge({ phone, purpose: "change-phone" }, visit.from);
        if (!sent.ok) return securityPage(visit, parts, [problemFor(sent.refusal.code, here)]);
        const ofOwn = own && { present: own.value.challenge, presentPhone: own.value.maskedPhone };
        return visit.goOn("/account/security/phone/code", {
          state: { phone, challenge: sent.value.challenge, ...ofOwn },
        });
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
        const [ownChallenge, ownCode] = [keptText(state, "present"), visit.typed("present")];
        const problems: Problem[] = [
          ...(/^\d{6}$/.test(code) ? [] : [{ field: "code", text: "请输入 6 位数字验证码。" }]),
          ...(!ownChallenge || /^\d{6}$/.test(ownCode) ? [] : [{ field: "present", text: "请输入 6 位数字验证码。" }]),
        ];
        if (problems.length > 0) return phoneCodePage(visit, parts, problems);
        const proof = { phone: keptText(state, "phone"), challenge: keptText(state, "challenge"), code };
        const current = visit.secret("current");
        const present = ownChallenge ? { challenge: ownChallenge, code: ownCode } : undefined;
        const changed = await accounts.changePhone(visit.actor, { ...proof, current, present }, visit.from);
        return changed.ok
          ? visit.goOn("/account/security", { notice: "phone-changed" })
          : phoneCodePage(visit, parts, [problemFor(changed.refusal.code)]);
      }),
    },
  ];
};
