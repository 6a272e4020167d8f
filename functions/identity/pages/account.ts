import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { Consent, ConsentPurpose } from "../accounts/accounts.ts";
import type { DeviceSession } from "../issuer/interactions.ts";
import { accessedWords, purposeWords } from "./access-words.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm, verifyLocation } from "./account-frame.ts";
import { sentTo, shown } from "./answers.ts";
import { consentTexts } from "./consent-texts.ts";
import { button, hidden, postForm } from "./fields.ts";
import type { PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { levelWords, methodWords, moment, scopeWords } from "./words.ts";

const overviewPage = async (visit: AccountVisit, { accounts, interactions }: PageParts): Promise<HttpResponse> => {
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  const { name, idNumber, phone, assurance, registeredAt, upstreams } = account;
  return visit.show("/account", {
    title: "账户信息",
    body: html`${panel(
      "账户信息",
      html`<p class="lead">为保护您的隐私，这里只显示部分内容。</p><dl><div><dt>账户编号</dt><dd>${visit.person}<br><span class="small">别人委托您办事，或者单位添加您为办事人员时，请把这个编号告诉对方</span></dd></div><div><dt>姓名</dt><dd>${name}</dd></div><div><dt>证件号码</dt><dd>${idNumber}</dd></div><div><dt>手机号</dt><dd>${
        phone ?? "未登记"
      }</dd></div><div><dt>认证等级</dt><dd><span class="tag${assurance.level >= 2 && " good"}">${levelWords[assurance.level]}</span>${
        assurance.level < 2 && html` <a href="${verifyLocation(interactions)}">去核验身份</a>`
      }</dd></div><div><dt>认证方式</dt><dd>${methodWords[assurance.method]}，${moment(assurance.at)}</dd></div>${
        upstreams.length > 0 && html`<div><dt>已关联</dt><dd>${upstreams.join("、")}</dd></div>`
      }<div><dt>注册时间</dt><dd>${moment(registeredAt)}</dd></div></dl>`,
    )}`,
  });
};

const sessionItem = (session: DeviceSession, csrf: string): Html => {
  const names = session.clients.map(({ name }) => name).join("、");
  const title = session.device ?? (session.kind === "grant" ? "应用或设备" : "浏览器");
  return html`<li><div><h3>${title} ${session.current && html`<span class="tag good">当前</span>`}</h3><p class="small">${
    names && html`用于 ${names}。`
  }${session.scopes.length > 0 && html`可以得到：${session.scopes.map(scopeWords).join("；")}。`}${moment(session.since)}登录，最迟 ${moment(
    session.until,
  )}失效。</p></div>${postForm(
    "/account/sessions/end",
    csrf,
    html`${hidden("session", session.id)}<button type="submit" class="second">退出<span class="hide">：${title}，${moment(session.since)}登录</span></button>`,
  )}</li>`;
};

const sessionsPanel = async (visit: AccountVisit, { interactions }: PageParts): Promise<Html> => {
  const sessions = await interactions.sessionsOf(visit.subject, visit.request);
  return panel(
    "设备与登录",
    html`<p class="lead">您的账户在这些设备和应用上处于登录状态。有不认识的，请让它退出并修改密码。</p><ul class="list">${sessions.map(
      (session) => sessionItem(session, visit.csrf),
    )}</ul>${sessions.length > 1 && postForm("/account/sessions/end-others", visit.csrf, button("退出其他所有设备", { className: "second" }))}`,
  );
};

const consentItem = (purpose: ConsentPurpose, given: Consent | undefined, csrf: string): Html => {
  const { sentence, full, optional } = consentTexts[purpose];
  const form = (action: string, does: string) =>
    postForm(
      `/account/consents/${action}`,
      csrf,
      html`${hidden("purpose", purpose)}<button type="submit" class="second">${does}<span class="hide">：${sentence}</span></button>`,
    );
  return html`<li><div><h3>${sentence} <span class="tag${given ? " good" : " off"}">${given ? "已同意" : "未同意"}</span></h3><p class="small">${
    given && html`${moment(given.at)}同意，文本版本 ${given.textVersion}。`
  }${!optional && "没有这项同意就无法保留账户，撤回即注销。"}</p><details class="full"><summary>查看全文<span class="hide">：${sentence}</span></summary><div>${full}</div></details></div>${
    optional
      ? given
        ? form("withdraw", "撤回")
        : form("give", "同意")
      : html`<a href="/account/data#close">注销账户</a>`
  }</li>`;
};

const consentsPage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const account = await accounts.account(visit.person);
  if (!account) return accountGone();
  const standing = (purpose: ConsentPurpose) =>
    account.consents.findLast((consent) => consent.purpose === purpose && !consent.withdrawnAt);
  const purposes = (Object.keys(consentTexts) as ConsentPurpose[]).filter(
    // These are given where they are needed, and can only be taken back here.
    (purpose) => (purpose !== "guardian" && purpose !== "biometric") || standing(purpose),
  );
  return visit.show("/account/consents", {
    title: "同意与授权",
    problems,
    body: panel(
      "同意与授权",
      html`<p class="lead">您对个人信息处理的同意。给应用和设备的授权在<a href="/account/sessions">设备与登录</a>中。</p><ul class="list">${purposes.map(
        (purpose) => consentItem(purpose, standing(purpose), visit.csrf),
      )}</ul>`,
    ),
  });
};

const accessLogPage = async (visit: AccountVisit, { accounts, clients }: PageParts): Promise<HttpResponse> => {
  const cursor = new URLSearchParams(visit.request.rawQueryString).get("cursor") ?? undefined;
  const page = await accounts.accessLog(visit.person, { limit: 20, ...(cursor && { cursor }) });
  if (page === "bad-cursor") return sentTo("/account/access-log");
  const ids = [...new Set(page.items.map(({ by }) => by.client))];
  const names = new Map(await Promise.all(ids.map(async (id) => [id, (await clients.find(id))?.name ?? id] as const)));
  const who = ({ client, staff }: { client: string; staff?: string | undefined }) =>
    html`${names.get(client)}${staff && `，工号 ${staff}`}`;
  return visit.show("/account/access-log", {
    title: "查阅记录",
    body: panel(
      "查阅记录",
      html`<p class="lead">谁在何时、为什么看过您未遮盖的个人信息。认为不妥的，可以拨打 12345 投诉。</p>${
        page.items.length === 0
          ? html`<p>还没有人查阅过。</p>`
          : html`<div class="scroll" tabindex="0" role="region" aria-labelledby="log"><table class="cards"><caption id="log">最近的在前</caption><thead><tr><th scope="col">时间</th><th scope="col">谁</th><th scope="col">用途</th><th scope="col">内容</th></tr></thead><tbody>${page.items.map(
              ({ at, by, purpose, what, reference }) =>
                html`<tr><td data-name="时间"><div>${moment(at)}</div></td><td data-name="谁"><div>${who(by)}</div></td><td data-name="用途"><div>${purposeWords(purpose)}</div></td><td data-name="内容"><div>${accessedWords[what]}${
                  reference && html`<br><span class="small">${reference}</span>`
                }</div></td></tr>`,
            )}</tbody></table></div>`
      }${page.next && html`<p><a href="/account/access-log?cursor=${encodeURIComponent(page.next)}">更早的记录</a></p>`}`,
    ),
  });
};

const staffPage = async (visit: AccountVisit, parts: PageParts): Promise<HttpResponse> => {
  const staff = visit.subject.kind === "staff" ? visit.subject.staff : "";
  return visit.show("/account", {
    title: "工作人员账户",
    body: html`<p>工号 ${staff}</p>${await sessionsPanel(visit, parts)}`,
  });
};

/** After signing in to this page was given up: anything else would lead round in a circle. */
const notSignedIn = (): HttpResponse =>
  shown({
    title: "没有登录",
    body: panel(
      "没有登录",
      html`<p>您取消了登录，或者登录没有完成。</p><p><a class="button" href="/account">登录我的账户</a></p>`,
    ),
  });

const isPurpose = (text: string): text is ConsentPurpose => Object.hasOwn(consentTexts, text);

/** One's own account: what is known, who is signed in, who may act, what was agreed to, who looked. */
export const accountRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts, interactions } = parts;
  const home = onAccount(
    parts,
    (visit) => (visit.subject.kind === "staff" ? staffPage(visit, parts) : overviewPage(visit, parts)),
    "any",
  );
  return [
    {
      method: "GET",
      path: "/account",
      // The sign-in's own answer came with this address; it has done its work and need not stay in the history.
      answer: async (visit) => {
        const answered = new URLSearchParams(visit.request.rawQueryString);
        if (answered.has("error")) return notSignedIn();
        return answered.size > 0 ? sentTo("/account") : home(visit);
      },
    },
    {
      method: "GET",
      path: "/account/staff",
      answer: async () => sentTo(interactions.signInLocation({ users: "staff" })),
    },
    {
      method: "GET",
      path: "/account/sessions",
      answer: onAccount(parts, async (visit) =>
        visit.show("/account/sessions", { title: "设备与登录", body: await sessionsPanel(visit, parts) }),
      ),
    },
    {
      method: "POST",
      path: "/account/sessions/end",
      answer: onAccountForm(
        parts,
        async (visit) => {
          await interactions.endSession(visit.subject, visit.typed("session"));
          return visit.goOn(visit.person ? "/account/sessions" : "/account", { notice: "session-ended" });
        },
        "any",
      ),
    },
    {
      method: "POST",
      path: "/account/sessions/end-others",
      answer: onAccountForm(
        parts,
        async (visit) => {
          await interactions.endAllSessions(visit.subject, visit.session);
          return visit.goOn(visit.person ? "/account/sessions" : "/account", { notice: "sessions-ended" });
        },
        "any",
      ),
    },
    { method: "GET", path: "/account/consents", answer: onAccount(parts, (visit) => consentsPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/consents/withdraw",
      answer: onAccountForm(parts, async (visit) => {
        const purpose = visit.typed("purpose");
        if (!isPurpose(purpose)) return consentsPage(visit, parts, [problemFor("consent.not-given")]);
        const withdrawn = await accounts.withdrawConsent(visit.actor, purpose);
        return withdrawn.ok
          ? visit.goOn("/account/consents", { notice: "consent-withdrawn" })
          : consentsPage(visit, parts, [problemFor(withdrawn.refusal.code)]);
      }),
    },
    {
      method: "POST",
      path: "/account/consents/give",
      answer: onAccountForm(parts, async (visit) => {
        const purpose = visit.typed("purpose");
        if (!isPurpose(purpose) || !consentTexts[purpose].optional || purpose === "biometric")
          return consentsPage(visit, parts);
        const textVersion = consentTexts[purpose].version;
        const given = await accounts.giveConsent(visit.actor, { purpose, textVersion }, visit.from);
        return given.ok
          ? visit.goOn("/account/consents", { notice: "consent-given" })
          : consentsPage(visit, parts, [problemFor(given.refusal.code)]);
      }),
    },
    { method: "GET", path: "/account/access-log", answer: onAccount(parts, (visit) => accessLogPage(visit, parts)) },
  ];
};
