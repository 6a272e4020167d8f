import { ItemCode } from "#shared/contracts/http/catalogue/item.ts";
import { derivedId, fingerprint, newId } from "#shared/kernel/ids.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { MandateView, PrincipalRef } from "../accounts/accounts.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm, verifyFirst } from "./account-frame.ts";
import { accountNumberField, accountNumberIn, isAccountNumber } from "./account-number.ts";
import { sentTo } from "./answers.ts";
import { button, choices, field, hidden, lines, postForm } from "./fields.ts";
import { type Kept, keptText, type PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { ownedBy } from "./own-organisations.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { day } from "./words.ts";

const statusWords: Record<MandateView["status"], string> = { active: "有效", expired: "已到期", revoked: "已撤销" };

const mandateItem = (mandate: MandateView, other: string, csrf: string, does: string): Html =>
  html`<li><div><h3>${other} <span class="tag${mandate.status === "active" ? " good" : " off"}">${statusWords[mandate.status]}</span></h3><p class="small">${
    mandate.scope === "all" ? "全部事项" : `限 ${mandate.scope.length} 个事项：${mandate.scope.join("、")}`
  }。${day(mandate.grantedAt)}起，至 ${day(mandate.validUntil)}。</p>${
    mandate.evidence &&
    html`<p class="small">授权委托书：文件 <code>${mandate.evidence.file}</code>，SHA-256 <code>${mandate.evidence.sha256.slice(0, 16)}…</code>（由委托人提供，平台未核对文件）</p>`
  }</div>${
    mandate.status === "active" &&
    html`<details><summary>${does}<span class="hide">：${other}</span></summary><div><p>立即生效，不能恢复；需要时可以重新委托。</p>${postForm(
      "/account/mandates/revoke",
      csrf,
      html`${hidden("mandate", mandate.id)}${button(`确认${does}`, { className: "warn" })}`,
    )}</div></details>`
  }</li>`;

const mandatesPage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const own = await ownedBy(visit.person, accounts);
  const [given, received, ...ofOwn] = await Promise.all([
    accounts.mandatesOf({ principal: { kind: "natural", id: visit.person } }),
    accounts.mandatesOf({ agent: visit.person }),
    ...own.map(({ uscc }) => accounts.mandatesOf({ principal: { kind: "legal", id: uscc } })),
  ]);
  const list = (
    mandates: readonly MandateView[],
    other: (mandate: MandateView) => string,
    does: string,
    none: string,
  ) =>
    mandates.length > 0
      ? html`<ul class="list">${mandates.map((mandate) => mandateItem(mandate, other(mandate), visit.csrf, does))}</ul>`
      : html`<p class="small">${none}</p>`;
  return visit.show("/account/mandates", {
    title: "委托",
    problems,
    body: html`<div class="panel"><h1>委托</h1><h2>我委托别人办理</h2>${list(given, ({ agentName }) => agentName, "撤销委托", "您没有委托别人。")}<p><a class="button" href="/account/mandates/new">新的委托</a></p></div>${own.map(
      ({ name }, index) =>
        html`<div class="panel"><h2>${name}委托别人办理</h2>${list(ofOwn[index] ?? [], ({ agentName }) => agentName, "撤销委托", "该单位没有委托别人。")}</div>`,
    )}<div class="panel"><h2>别人委托我办理</h2>${list(
      received,
      ({ principalName }) => principalName,
      "放弃委托",
      "没有人委托您。",
    )}</div>`,
  });
};

const asText = ({ kind, id }: PrincipalRef): string => `${kind}:${id}`;

/** Oneself, and the organisations one is an admin of. */
const principalsOf = async (visit: AccountVisit, { accounts }: PageParts) => [
  { principal: { kind: "natural", id: visit.person } as const, name: "我本人" },
  ...(await ownedBy(visit.person, accounts)).map(({ uscc, name }) => ({
    principal: { kind: "legal", id: uscc } as const,
    name,
  })),
];

const grantPage = async (
  visit: AccountVisit,
  parts: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const account = await parts.accounts.account(visit.person);
  if (!account) return accountGone();
  const value = visit.typed;
  const form = async () =>
    postForm(
      "/account/mandates/new",
      visit.csrf,
      html`${choices(
        {
          name: "principal",
          legend: "谁委托",
          options: (await principalsOf(visit, parts)).map(({ principal, name }) => ({
            value: asText(principal),
            label: name,
          })),
          value: value("principal"),
        },
        problems,
      )}${accountNumberField({ name: "agent", label: "受托人的账户编号", whose: "受托人", value: value("agent") }, problems)}${choices(
        {
          name: "scope",
          legend: "可以办理",
          options: [
            { value: "items", label: html`<b>指定的事项</b>只能办理下面列出的` },
            { value: "all", label: html`<b>全部事项</b>请只对您完全信任的人选择` },
          ],
          value: value("scope"),
        },
        problems,
      )}${lines(
        {
          name: "items",
          label: "事项编码",
          hint: "每行一个，31 或 33 位，见办事指南；选择“全部事项”时不用填",
          value: value("items"),
        },
        problems,
      )}${field(
        {
          name: "until",
          label: "有效期至",
          hint: "含当日，最长五年",
          type: "date",
          autocomplete: "off",
          value: value("until"),
        },
        problems,
      )}${button("下一步：核对")}`,
    );
  return visit.show("/account/mandates", {
    title: "新的委托",
    problems,
    body: panel(
      "新的委托",
      html`<p class="lead">受托人凭自己的账户，以您（或您的单位）的名义办事。您可以随时撤销，立即生效。</p>${
        account.assurance.level < 2 ? verifyFirst(parts) : await form()
      }<p><a href="/account/mandates">返回委托</a></p>`,
    ),
  });
};

/** The end of a day in Asia/Shanghai, as an instant. */
const endOfDay = (date: string): string | undefined => {
  const next = Date.parse(`${date}T00:00:00+08:00`) + 24 * 3600_000;
  return /^\d{4}-\d{2}-\d{2}$/.test(date) && Number.isFinite(next) ? new Date(next).toISOString() : undefined;
};

/** What a page hands to the next must fit into a cookie. */
const MOST_ITEMS = 40;

const checkedGrant = (visit: AccountVisit) => {
  const agent = accountNumberIn(visit, "agent");
  const items = visit
    .secret("items")
    .normalize("NFKC")
    .split(/[\s,，、;；]+/)
    .filter(Boolean)
    .map((code) => code.toUpperCase());
  const all = visit.typed("scope") === "all";
  const wrongItem = items.find((code) => !ItemCode.safeParse(code).success);
  const until = endOfDay(visit.typed("until"));
  const problems: Problem[] = [
    ...(isAccountNumber(agent) ? [] : [problemFor("mandate.unknown-agent")]),
    ...(all || items.length > 0 ? [] : [{ field: "items", text: "请填写事项编码，或者选择“全部事项”。" }]),
    ...(!all && wrongItem !== undefined ? [{ field: "items", text: `事项编码不正确：${wrongItem.slice(0, 40)}` }] : []),
    ...(!all && items.length > MOST_ITEMS ? [{ field: "items", text: `一次最多 ${MOST_ITEMS} 个事项。` }] : []),
    ...(until ? [] : [problemFor("mandate.invalid-period")]),
  ];
  return { agent, until: until ?? "", scope: all ? ("all" as const) : items, problems };
};

interface WantedGrant {
  readonly key: string;
  readonly principal: PrincipalRef;
  readonly agent: string;
  readonly scope: "all" | readonly string[];
  readonly validUntil: string;
}

const wantedIn = (state: Kept): WantedGrant | undefined => {
  const [, kind, id] = /^(natural|legal):(\w+)$/.exec(keptText(state, "principal")) ?? [];
  if ((kind !== "natural" && kind !== "legal") || !id) return undefined;
  const { scope } = state;
  return {
    key: keptText(state, "key"),
    principal: { kind, id },
    agent: keptText(state, "agent"),
    scope: Array.isArray(scope) ? scope.map(String) : "all",
    validUntil: keptText(state, "until"),
  };
};

/** The last look: whom it is given to, by name. */
const confirmPage = async (
  visit: AccountVisit,
  parts: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const wanted = wantedIn(await visit.kept());
  if (!wanted) return sentTo("/account/mandates/new");
  const [agent, principals] = await Promise.all([parts.accounts.account(wanted.agent), principalsOf(visit, parts)]);
  const principal = principals.find((one) => asText(one.principal) === asText(wanted.principal));
  return visit.show("/account/mandates", {
    title: "核对委托",
    problems,
    body: panel(
      "核对委托",
      html`<dl><div><dt>谁委托</dt><dd>${principal?.name ?? "—"}</dd></div><div><dt>受托人</dt><dd>${agent?.name ?? "—"}<br><span class="small">${wanted.agent}</span></dd></div><div><dt>可以办理</dt><dd>${
        wanted.scope === "all" ? "全部事项" : wanted.scope.map((code) => html`${code}<br>`)
      }</dd></div><div><dt>有效期至</dt><dd>${day(new Date(Date.parse(wanted.validUntil) - 1).toISOString())}</dd></div></dl><p>受托人办理的事，后果由委托人承担。</p>${postForm("/account/mandates/grant", visit.csrf, button("确认委托"))}<p><a href="/account/mandates/new">返回修改</a></p>`,
    ),
  });
};

/** Mandates given and received: granting, revoking, laying down. */
export const accountMandateRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  return [
    { method: "GET", path: "/account/mandates", answer: onAccount(parts, (visit) => mandatesPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/mandates/revoke",
      answer: onAccountForm(parts, async (visit) => {
        const revoked = await accounts.revokeMandate(visit.person, visit.typed("mandate"));
        return revoked.ok
          ? visit.goOn("/account/mandates", { notice: "mandate-revoked" })
          : mandatesPage(visit, parts, [problemFor(revoked.refusal.code)]);
      }),
    },
    { method: "GET", path: "/account/mandates/new", answer: onAccount(parts, (visit) => grantPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/mandates/new",
      answer: onAccountForm(parts, async (visit) => {
        const { agent, until, scope, problems } = checkedGrant(visit);
        if (problems.length > 0) return grantPage(visit, parts, problems);
        if (!(await accounts.account(agent))) return grantPage(visit, parts, [problemFor("mandate.unknown-agent")]);
        const principals = await principalsOf(visit, parts);
        const chosen = principals.find(({ principal }) => asText(principal) === visit.typed("principal"));
        if (!chosen) return grantPage(visit, parts, [problemFor("mandate.not-yours-to-grant")]);
        const state = { key: newId(), principal: asText(chosen.principal), agent, scope, until };
        return visit.goOn("/account/mandates/confirm", { state });
      }),
    },
    {
      method: "GET",
      path: "/account/mandates/confirm",
      answer: onAccount(parts, (visit) => confirmPage(visit, parts)),
    },
    {
      method: "POST",
      path: "/account/mandates/grant",
      answer: onAccountForm(parts, async (visit) => {
        const wanted = wantedIn(await visit.kept());
        if (!wanted) return sentTo("/account/mandates/new");
        const { key, ...mandate } = wanted;
        // Sent twice, it is granted once.
        const granted = await accounts.grantMandate(visit.actor, {
          ...mandate,
          id: derivedId("mandate-page", visit.person, key),
          fingerprint: fingerprint(mandate),
        });
        return granted.ok
          ? visit.goOn("/account/mandates", { notice: "mandate-granted" })
          : confirmPage(visit, parts, [problemFor(granted.refusal.code)]);
      }),
    },
  ];
};
