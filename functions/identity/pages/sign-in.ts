import { maskedPhone } from "#shared/kernel/masking.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { SignedIn } from "../accounts/accounts.ts";
import type { Acr } from "../issuer/interactions.ts";
import { button, codeField, field, phoneField, postForm } from "./fields.ts";
import { type InteractionVisit, keptText, type PageParts, signInDoor } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";

/** What was told on an earlier page, shown once on the next. */
const notices: Record<string, string> = {
  registered: "注册申请已提交。请用证件号码和密码登录；如果您以前注册过，请使用原来的密码，我们已短信提醒您。",
  reset: "如果信息无误，新密码已经生效，请用新密码登录。",
};

const deviceNote = html`<div class="note"><p>您正在让另一台设备登录您的账户。如果不是您本人操作，请关闭本页。</p></div>`;

const lead = ({ pending }: InteractionVisit): Html => html`<p class="lead">登录后继续使用“${pending.client.name}”</p>`;

/** Other ways in, and the way out. */
const otherWays = ({ base, csrf }: InteractionVisit, { outside }: PageParts): Html =>
  html`<div class="pair"><a href="${base}/register">注册账户</a><a href="${base}/reset">忘记密码</a></div><div class="others"><h2>其他登录方式</h2><ul class="ways">${outside.upstreams.map(
    ({ name, label }) => html`<li><a href="${base}/upstreams/${name}">${label}</a></li>`,
  )}<li><a href="/account/staff">工作人员登录</a></li></ul>${declineForm(base, csrf)}</div>`;

export const declineForm = (base: string, csrf: string): Html =>
  postForm(`${base}/decline`, csrf, button("取消，返回原来的网站", { className: "plain" }));

const tabs = (base: string, here: "password" | "phone"): Html =>
  html`<nav aria-label="登录方式"><ul class="tabs"><li><a href="${base}"${here === "password" && html` aria-current="page"`}>密码登录</a></li><li><a href="${base}/phone"${
    here === "phone" && html` aria-current="page"`
  }>短信登录</a></li></ul></nav>`;

/** The first page of a person's sign-in. */
export const passwordPage = async (
  visit: InteractionVisit,
  parts: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const { base, csrf, pending } = visit;
  const notice = problems.length === 0 ? notices[keptText(await visit.kept(), "notice")] : undefined;
  const identifier = visit.typed("identifier") || pending.loginHint?.slice(0, 30);
  return visit.show({
    title: "登录",
    problems,
    before: [pending.device && deviceNote, notice && html`<div class="done" role="status"><p>${notice}</p></div>`],
    body: panel(
      "登录",
      html`${lead(visit)}${tabs(base, "password")}${postForm(
        `${base}/password`,
        csrf,
        html`${field({ name: "identifier", label: "证件号码或手机号", value: identifier, autocomplete: "username", maxlength: 30 }, problems)}${field(
          { name: "password", label: "密码", type: "password", autocomplete: "current-password", maxlength: 128 },
          problems,
        )}${button("登录")}`,
      )}${otherWays(visit, parts)}`,
    ),
  });
};

const phonePage = (visit: InteractionVisit, parts: PageParts, problems: readonly Problem[] = []): HttpResponse =>
  visit.show({
    title: "短信登录",
    problems,
    before: visit.pending.device && deviceNote,
    body: panel(
      "短信登录",
      html`${lead(visit)}${tabs(visit.base, "phone")}${postForm(
        `${visit.base}/phone`,
        visit.csrf,
        html`${phoneField(visit.typed("phone"), problems)}${button("发送验证码")}`,
      )}${otherWays(visit, parts)}`,
    ),
  });

export const sentToPhone = (masked: string): string => `如果号码无误，验证码已发送到 ${masked}。`;

/** Where a code is entered, and may be asked for again. */
export const codePage = (
  visit: InteractionVisit,
  {
    title,
    page,
    intro,
    problems = [],
    more,
    resend = true,
  }: {
    readonly title: string;
    /** Its own path below the interaction. */
    readonly page: string;
    /** Where the code was sent. */
    readonly intro: string;
    readonly problems?: readonly Problem[];
    readonly more?: Html;
    /** Not where asking again means proving a password again. */
    readonly resend?: boolean;
  },
): HttpResponse =>
  visit.show({
    title,
    problems,
    body: panel(
      title,
      html`<p class="lead">${intro}</p>${postForm(
        `${visit.base}${page}`,
        visit.csrf,
        html`${codeField(problems)}${more}${button("继续")}`,
      )}${resend && html`<p class="small">没有收到？请等 1 分钟再重新发送。</p>`}<div class="row">${
        resend && postForm(`${visit.base}${page}/resend`, visit.csrf, button("重新发送验证码", { className: "plain" }))
      }<a href="${visit.base}">返回登录</a></div>`,
    ),
  });

export const acrOf = (level: number): Acr => String(level) as Acr;

const enter = (visit: InteractionVisit, { person, assurance, amr }: SignedIn): Promise<HttpResponse> =>
  visit.finish({
    kind: "signed-in",
    subject: { kind: "person", person },
    acr: acrOf(assurance.level),
    amr,
    at: visit.began,
  });

const missing = (visit: InteractionVisit, fields: readonly (readonly [name: string, text: string])[]): Problem[] =>
  fields.flatMap(([name, text]) => (visit.secret(name).trim() === "" ? [{ field: name, text }] : []));

/** Signing in by password or by a code sent to a phone. */
export const signInRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  const { page, form } = signInDoor(parts, "persons");

  const sendCode = async (visit: InteractionVisit, phone: string) => {
    const sent = await accounts.startPhoneChallenge({ phone, purpose: "sign-in" }, visit.from);
    return sent.ok
      ? { ok: true as const, state: { phone, challenge: sent.value.challenge } }
      : { ok: false as const, problem: problemFor(sent.refusal.code) };
  };

  const signInCodePage = async (visit: InteractionVisit, problems: readonly Problem[] = []) => {
    const phone = keptText(await visit.kept(), "phone");
    return phone
      ? codePage(visit, { title: "输入验证码", page: "/code", intro: sentToPhone(maskedPhone(phone)), problems })
      : visit.goOn("/phone");
  };

  return [
    form("/password", async (visit) => {
      const empty = missing(visit, [
        ["identifier", "请输入证件号码或手机号。"],
        ["password", "请输入密码。"],
      ]);
      if (empty.length > 0) return passwordPage(visit, parts, empty);
      const identifier = visit.typed("identifier").replaceAll(" ", "").toUpperCase();
      const tried = await accounts.signInWithPassword({ identifier, password: visit.secret("password") }, visit.from);
      return tried.ok
        ? enter(visit, tried.value)
        : passwordPage(visit, parts, [problemFor(tried.refusal.code, { "sign-in.failed": "identifier" })]);
    }),

    page("/phone", async (visit) => phonePage(visit, parts)),
    form("/phone", async (visit) => {
      const phone = visit.typed("phone").replace(/[\s-]/g, "");
      if (!phone) return phonePage(visit, parts, [{ field: "phone", text: "请输入手机号。" }]);
      const sent = await sendCode(visit, phone);
      return sent.ok ? visit.goOn("/code", sent.state) : phonePage(visit, parts, [sent.problem]);
    }),

    page("/code", (visit) => signInCodePage(visit)),
    form("/code/resend", async (visit) => {
      const phone = keptText(await visit.kept(), "phone");
      if (!phone) return visit.goOn("/phone");
      const sent = await sendCode(visit, phone);
      return sent.ok ? visit.goOn("/code", sent.state) : signInCodePage(visit, [sent.problem]);
    }),
    form("/code", async (visit) => {
      const state = await visit.kept();
      const phone = keptText(state, "phone");
      const code = visit.typed("code");
      if (!phone) return visit.goOn("/phone");
      if (!/^\d{6}$/.test(code)) return signInCodePage(visit, [{ field: "code", text: "请输入 6 位数字验证码。" }]);
      const tried = await accounts.signInWithPhoneCode(
        { phone, challenge: keptText(state, "challenge"), code },
        visit.from,
      );
      if (!tried.ok) return signInCodePage(visit, [codeProblem(tried.refusal.code)]);
      if (tried.value.kind === "signed-in") return enter(visit, tried.value.signedIn);
      return visit.goOn("/choose", { challenge: tried.value.challenge, accounts: tried.value.accounts });
    }),

    page("/choose", async (visit) => chooseAccountPage(visit, accountsIn(await visit.kept()))),
    form("/choose", async (visit) => {
      const state = await visit.kept();
      const chosen = accountsIn(state)[Number(visit.typed("account") || "-1")];
      if (!chosen)
        return chooseAccountPage(visit, accountsIn(state), [{ field: "account-0", text: "请选择一个账户。" }]);
      const tried = await accounts.chooseAccount(keptText(state, "challenge"), chosen.person);
      return tried.ok ? enter(visit, tried.value) : phonePage(visit, parts, [codeProblem(tried.refusal.code)]);
    }),
  ];
};

const codeProblem = (code: "sign-in.failed" | "identity.too-many-attempts"): Problem =>
  problemFor(code === "sign-in.failed" ? "challenge.wrong-code" : code);

interface AccountChoice {
  readonly person: string;
  readonly name: string;
  readonly idNumber: string;
}

const accountsIn = ({ accounts }: Readonly<Record<string, unknown>>): AccountChoice[] =>
  Array.isArray(accounts) ? accounts : [];

/** Families share phones: the code proves the phone, the person says which account is meant. */
const chooseAccountPage = async (
  visit: InteractionVisit,
  choices: readonly AccountChoice[],
  problems: readonly Problem[] = [],
): Promise<HttpResponse> =>
  choices.length === 0
    ? visit.goOn("/phone")
    : visit.show({
        title: "选择账户",
        problems,
        body: panel(
          "选择账户",
          html`<p class="lead">这个手机号登记在多个账户上，请选择要登录的账户。</p>${postForm(
            `${visit.base}/choose`,
            visit.csrf,
            html`<fieldset class="field"><legend class="hide">账户</legend>${choices.map(
              ({ name, idNumber }, i) =>
                html`<div class="pick tick"><input type="radio" name="account" id="account-${i}" value="${i}"><label for="account-${i}"><b>${name}</b>${idNumber}</label></div>`,
            )}</fieldset>${button("登录")}`,
          )}`,
        ),
      });
