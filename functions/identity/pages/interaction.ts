import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import type { PrincipalRef } from "../accounts/accounts.ts";
import type { Prompt } from "../issuer/interactions.ts";
import { button, postForm, tick } from "./fields.ts";
import { type InteractionVisit, onInteraction, onInteractionForm, type PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { declineForm, passwordPage } from "./sign-in.ts";
import { staffPage } from "./staff-sign-in.ts";
import { stepUpPage } from "./step-up.ts";
import { groundWords, scopeWords } from "./words.ts";

const ANY: readonly Prompt[] = ["sign-in", "step-up", "principal", "consent"];

/** Asked for by itself, since it is the one that unmasks. */
const UNMASKING = "personal:read";

const personOf = ({ pending: { signedIn } }: InteractionVisit): string | undefined =>
  signedIn?.subject.kind === "person" ? signedIn.subject.person : undefined;

const principalPage = async (
  visit: InteractionVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const { base, csrf, pending } = visit;
  const choices = await accounts.principalsOf(personOf(visit) ?? "");
  const wanted = visit.typed("principal") || (pending.wantedPrincipal && principalValue(pending.wantedPrincipal));
  return visit.show({
    title: "选择为谁办事",
    problems,
    body: panel(
      "选择为谁办事",
      html`<p class="lead">您将在“${pending.client.name}”中为所选的对象办事，之后可以随时更换，不必重新登录。</p>${postForm(
        `${base}/principal`,
        csrf,
        html`<fieldset class="field"><legend class="hide">为谁办事</legend>${choices.map((choice, i) => {
          const { principal, name, scope } = choice;
          const value = principalValue(principal);
          const id = i === 0 ? "principal" : `principal-${i}`;
          return html`<div class="pick tick"><input type="radio" name="principal" id="${id}" value="${value}"${
            value === wanted && html` checked`
          }><label for="${id}"><b>${name}</b>${groundWords(choice)}${scope !== "all" && `，限 ${scope.length} 个事项`}</label></div>`;
        })}</fieldset>${button("继续")}`,
      )}${declineForm(base, csrf)}`,
    ),
  });
};

const principalValue = ({ kind, id }: PrincipalRef): string => `${kind}:${id}`;

const principalIn = (text: string): PrincipalRef | undefined => {
  const { kind, id } = /^(?<kind>natural|legal):(?<id>[0-9A-Z]{1,40})$/.exec(text)?.groups ?? {};
  return id && (kind === "natural" || kind === "legal") ? { kind, id } : undefined;
};

const consentPage = (visit: InteractionVisit): HttpResponse => {
  const { base, csrf, pending } = visit;
  const { client, scopes, purpose } = pending;
  const asked = scopes.filter((scope) => scope !== UNMASKING);
  return visit.show({
    title: `允许“${client.name}”使用您的信息`,
    body: panel(
      `允许“${client.name}”使用您的信息？`,
      html`${asked.length > 0 ? html`<p>它请求：</p><ul>${asked.map((scope) => html`<li>${scopeWords(scope)}</li>`)}</ul>` : html`<p>这个应用要用您已登录的账户登录。如果不是您刚刚打开的，请选择“不允许”。</p>`}${postForm(
        `${base}/consent`,
        csrf,
        html`${
          scopes.includes(UNMASKING) &&
          html`<div class="note"><p>它还请求看到您的完整信息，用途：${purpose ?? "未说明"}。这需要您单独同意；不同意也可以继续。</p></div>${tick(
            "unmask",
            html`我单独同意提供：${scopeWords(UNMASKING)}`,
          )}`
        }<div class="row fill">${button("允许", { name: "answer", value: "allow" })}${button("不允许", { name: "answer", value: "refuse", className: "second" })}</div>`,
      )}<p class="small">您可以随时在<a href="/account/sessions">我的账户</a>中撤回。每次查看您的信息都会留下记录。</p>`,
    ),
  });
};

const pageFor = (visit: InteractionVisit, parts: PageParts): Promise<HttpResponse> | HttpResponse => {
  switch (visit.pending.prompt) {
    case "sign-in":
      return visit.pending.client.users === "staff" ? staffPage(visit, parts) : passwordPage(visit, parts);
    case "step-up":
      return stepUpPage(visit, parts);
    case "principal":
      return principalPage(visit, parts);
    case "consent":
      return consentPage(visit);
  }
};

/** Where a client sends a browser, and the two questions that need no account of their own. */
export const interactionRoutes = (parts: PageParts): PageRoute[] => [
  {
    method: "GET",
    path: "/interaction/{uid}",
    answer: onInteraction(parts, ANY, async (visit) => pageFor(visit, parts)),
  },
  {
    method: "POST",
    path: "/interaction/{uid}/decline",
    answer: onInteractionForm(parts, ANY, (visit) => visit.finish({ kind: "declined" })),
  },
  {
    method: "POST",
    path: "/interaction/{uid}/principal",
    answer: onInteractionForm(parts, ["principal"], async (visit) => {
      const principal = principalIn(visit.typed("principal"));
      if (!principal) return principalPage(visit, parts, [{ field: "principal", text: "请选择为谁办事。" }]);
      const found = await parts.accounts.mayActFor(personOf(visit) ?? "", principal);
      return found.ok
        ? visit.finish({ kind: "principal", principal })
        : principalPage(visit, parts, [problemFor(found.refusal.code)]);
    }),
  },
  {
    method: "POST",
    path: "/interaction/{uid}/consent",
    answer: onInteractionForm(parts, ["consent"], (visit) => {
      if (visit.typed("answer") !== "allow") return visit.finish({ kind: "declined" });
      const unmasked = visit.typed("unmask") === "yes" || !visit.pending.scopes.includes(UNMASKING);
      return visit.finish({ kind: "consented", ...(!unmasked && { refusedScopes: [UNMASKING] }) });
    }),
  },
];
