import { legalDate } from "#shared/kernel/clock.ts";
import { isResidentId } from "#shared/kernel/identity-numbers.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import type { ConsentPurpose } from "../accounts/accounts.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm, verifyFirst } from "./account-frame.ts";
import { consentTicks, inCurrentWording, missingConsents, tickedConsents } from "./consent-ticks.ts";
import { button, field, postForm } from "./fields.ts";
import type { PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { day } from "./words.ts";

/** The guardian's own among them (PIPL article 31). */
const CONSENTS = ["guardian", "account", "sensitive-data"] as const satisfies ConsentPurpose[];

const listPage = async (visit: AccountVisit, { accounts }: PageParts): Promise<HttpResponse> => {
  const wards = (await accounts.principalsOf(visit.person)).filter(({ ground }) => ground?.type === "guardian");
  return visit.show("/account/wards", {
    title: "未成年子女",
    body: panel(
      "未成年子女",
      html`<p class="lead">不满十四周岁的孩子由监护人登记；登录时选择孩子，就能以孩子的名义办事，到其成年为止。</p>${
        wards.length > 0 &&
        html`<ul class="list">${wards.map(
          ({ name, validUntil }) =>
            html`<li><div><h3>${name}</h3>${validUntil && html`<p class="small">您代为办理，至 ${day(validUntil)}。</p>`}</div></li>`,
        )}</ul>`
      }<p><a class="button" href="/account/wards/new">登记孩子</a></p>`,
    ),
  });
};

const registerPage = async (
  visit: AccountVisit,
  parts: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const account = await parts.accounts.account(visit.person);
  if (!account) return accountGone();
  const form = () =>
    postForm(
      "/account/wards/new",
      visit.csrf,
      html`${field(
        {
          name: "name",
          label: "孩子的姓名",
          hint: "与户口簿或身份证上的一致",
          autocomplete: "off",
          value: visit.typed("name"),
          maxlength: 60,
        },
        problems,
      )}${field(
        {
          name: "idNumber",
          label: "孩子的证件号码",
          hint: "18 位",
          autocomplete: "off",
          value: visit.typed("idNumber"),
          maxlength: 24,
        },
        problems,
      )}<h2>监护人的同意</h2>${consentTicks(CONSENTS, visit.typed, problems)}${button("登记")}`,
    );
  return visit.show("/account/wards", {
    title: "登记孩子",
    problems,
    body: panel(
      "登记孩子",
      html`${account.assurance.level < 2 ? verifyFirst(parts) : form()}<p><a href="/account/wards">返回</a></p>`,
    ),
  });
};

/** Children under 14, registered by their guardian. */
export const accountWardRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts, now } = parts;
  return [
    { method: "GET", path: "/account/wards", answer: onAccount(parts, (visit) => listPage(visit, parts)) },
    { method: "GET", path: "/account/wards/new", answer: onAccount(parts, (visit) => registerPage(visit, parts)) },
    {
      method: "POST",
      path: "/account/wards/new",
      answer: onAccountForm(parts, async (visit) => {
        const name = visit.typed("name");
        const idNumber = visit.typed("idNumber").replace(/[\s-]/g, "").toUpperCase();
        const problems: Problem[] = [
          ...(name ? [] : [{ field: "name", text: "请输入孩子的姓名。" }]),
          ...(isResidentId(idNumber, legalDate(now())) ? [] : [problemFor("person.invalid-id-number")]),
          ...missingConsents(CONSENTS, visit.typed),
        ];
        if (problems.length > 0) return registerPage(visit, parts, problems);
        const consents = inCurrentWording(tickedConsents(CONSENTS, visit.typed));
        const registered = await accounts.registerWard(visit.actor, { name, idNumber, consents }, visit.from);
        return registered.ok
          ? visit.goOn("/account/wards", { notice: "ward-registered" })
          : registerPage(visit, parts, [problemFor(registered.refusal.code)]);
      }),
    },
  ];
};
