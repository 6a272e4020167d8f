import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { OrganisationView } from "../accounts/accounts.ts";
import { isAdmin } from "../domain/organisation.ts";
import { type AccountVisit, accountGone, onAccount, onAccountForm, verifyFirst } from "./account-frame.ts";
import { accountNumberField, accountNumberIn, isAccountNumber } from "./account-number.ts";
import { button, choices, field, hidden, postForm } from "./fields.ts";
import type { PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { organisationsOf } from "./own-organisations.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { day } from "./words.ts";

type Member = OrganisationView["members"][number];

const kindWords: Record<OrganisationView["kind"], string> = {
  enterprise: "企业",
  "public-institution": "事业单位",
  "social-organisation": "社会组织",
  "government-organ": "机关",
};
const kinds = Object.keys(kindWords) as OrganisationView["kind"][];

const roleWords: Record<Member["roles"][number], string> = { admin: "管理员", handler: "经办人" };

const listPage = async (visit: AccountVisit, { accounts }: PageParts): Promise<HttpResponse> => {
  const organisations = await organisationsOf(visit.person, accounts);
  return visit.show("/account/organisations", {
    title: "单位",
    body: panel(
      "单位",
      html`${
        organisations.length === 0
          ? html`<p>您还不是任何单位的办事人员。</p>`
          : html`<ul class="list">${organisations.map(
              ({ uscc, name, kind, members, checked }) =>
                html`<li><div><h3><a href="/account/organisations/${uscc}">${name}</a>${!checked && html` <span class="tag">早期代码</span>`}</h3><p class="small">${kindWords[kind]}，${uscc}，${members.length} 名办事人员。</p></div></li>`,
            )}</ul>`
      }<p><a class="button" href="/account/organisations/new">登记单位</a></p>`,
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
  const value = visit.typed;
  const form = () =>
    postForm(
      "/account/organisations/new",
      visit.csrf,
      html`${field(
        {
          name: "uscc",
          label: "统一社会信用代码",
          hint: "18 位，见营业执照或登记证书",
          autocomplete: "off",
          value: value("uscc"),
          maxlength: 30,
        },
        problems,
      )}${field(
        {
          name: "name",
          label: "单位名称",
          hint: "与证照上的一致",
          autocomplete: "organization",
          value: value("name"),
          maxlength: 200,
        },
        problems,
      )}${choices(
        {
          name: "kind",
          legend: "单位类型",
          options: kinds.map((kind) => ({ value: kind, label: kindWords[kind] })),
          value: value("kind"),
        },
        problems,
      )}<h2>法定代表人</h2><p>须由法定代表人本人登记。请填写您本人的姓名和证件号码，与您的账户核对。</p>${field(
        { name: "representative", label: "姓名", autocomplete: "name", value: value("representative"), maxlength: 60 },
        problems,
      )}${field(
        { name: "idNumber", label: "证件号码", autocomplete: "off", value: value("idNumber"), maxlength: 24 },
        problems,
      )}${button("登记")}`,
    );
  return visit.show("/account/organisations", {
    title: "登记单位",
    problems,
    body: panel(
      "登记单位",
      html`${account.assurance.level < 2 ? verifyFirst(parts) : form()}<p><a href="/account/organisations">返回单位</a></p>`,
    ),
  });
};

const memberItem = (member: Member, admin: boolean, { uscc }: OrganisationView, visit: AccountVisit): Html => {
  const isOneself = member.person === visit.person;
  const does = isOneself ? "退出这个单位" : "移出";
  return html`<li><div><h3>${member.name}${isOneself && html` <span class="tag good">本人</span>`}</h3><p class="small">${member.roles
    .map((role) => roleWords[role])
    .join("、")}，${day(member.since)}起。账户编号 ${member.person}</p></div>${
    (admin || isOneself) &&
    html`<details><summary>${does}<span class="hide">：${member.name}</span></summary><div><p>立即生效，正在进行的登录也不能再为该单位办事。</p>${postForm(
      `/account/organisations/${uscc}/remove`,
      visit.csrf,
      html`${hidden("member", member.person)}${button(`确认${does}`, { className: "warn" })}`,
    )}</div></details>`
  }</li>`;
};

const organisationPage = async (
  visit: AccountVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const found = await accounts.organisation(visit.person, visit.params.uscc ?? "");
  if (!found.ok) return visit.goOn("/account/organisations");
  const organisation = found.value;
  const { uscc, name, kind, members, representativeVerified } = organisation;
  const admin = isAdmin(organisation, visit.person);
  const value = visit.typed;
  return visit.show("/account/organisations", {
    title: name,
    problems,
    body: html`<div class="panel"><h1>${name}</h1><p class="lead">${kindWords[kind]}，${uscc}</p>${
      !representativeVerified &&
      html`<div class="note"><p>法定代表人的身份尚未与登记机关的数据核对；受理部门可能要求出示证照。</p></div>`
    }<h2>办事人员</h2><ul class="list">${members.map((member) =>
      memberItem(member, admin, organisation, visit),
    )}</ul></div>${
      admin &&
      html`<div class="panel"><h2>添加办事人员，或修改其角色</h2>${postForm(
        `/account/organisations/${uscc}/members`,
        visit.csrf,
        html`${accountNumberField({ name: "member", label: "对方的账户编号", whose: "对方", value: value("member") }, problems)}${choices(
          {
            name: "role",
            legend: "角色",
            options: [
              { value: "handler", label: html`<b>经办人</b>以单位的名义办事` },
              { value: "admin", label: html`<b>管理员</b>办事，并管理办事人员和委托` },
            ],
            value: value("role"),
          },
        )}${button("保存")}`,
      )}</div>`
    }<p><a href="/account/organisations">返回单位</a></p>`,
  });
};

/** Registering organisations as their legal representative, and managing who acts for them. */
export const accountOrganisationRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  return [
    { method: "GET", path: "/account/organisations", answer: onAccount(parts, (visit) => listPage(visit, parts)) },
    {
      method: "GET",
      path: "/account/organisations/new",
      answer: onAccount(parts, (visit) => registerPage(visit, parts)),
    },
    {
      method: "POST",
      path: "/account/organisations/new",
      answer: onAccountForm(parts, async (visit) => {
        const uscc = visit.typed("uscc").replace(/[\s-]/g, "").toUpperCase();
        const name = visit.typed("name");
        const kind = kinds.find((one) => one === visit.typed("kind"));
        const representative = {
          name: visit.typed("representative"),
          idNumber: visit.typed("idNumber").replace(/[\s-]/g, "").toUpperCase(),
        };
        const problems: Problem[] = [
          ...(/^[0-9A-HJ-NPQRTUWXY]{18}$/.test(uscc) ? [] : [problemFor("organisation.invalid-code")]),
          ...(name.length >= 2 ? [] : [{ field: "name", text: "请输入单位名称。" }]),
          ...(representative.name ? [] : [{ field: "representative", text: "请输入法定代表人的姓名。" }]),
          ...(representative.idNumber ? [] : [problemFor("person.invalid-id-number")]),
        ];
        if (problems.length > 0 || !kind) return registerPage(visit, parts, problems);
        const registered = await accounts.registerOrganisation(visit.actor, { uscc, name, kind, representative });
        return registered.ok
          ? visit.goOn(`/account/organisations/${uscc}`, { notice: "organisation-registered" })
          : registerPage(visit, parts, [problemFor(registered.refusal.code)]);
      }),
    },
    {
      method: "GET",
      path: "/account/organisations/{uscc}",
      answer: onAccount(parts, (visit) => organisationPage(visit, parts)),
    },
    {
      method: "POST",
      path: "/account/organisations/{uscc}/members",
      answer: onAccountForm(parts, async (visit) => {
        const uscc = visit.params.uscc ?? "";
        const person = accountNumberIn(visit, "member");
        if (!isAccountNumber(person)) return organisationPage(visit, parts, [problemFor("member.unknown-person")]);
        const roles = visit.typed("role") === "admin" ? (["admin", "handler"] as const) : (["handler"] as const);
        const set = await accounts.setMember(visit.person, uscc, { person, roles });
        return set.ok
          ? visit.goOn(`/account/organisations/${uscc}`, { notice: "member-set" })
          : organisationPage(visit, parts, [problemFor(set.refusal.code)]);
      }),
    },
    {
      method: "POST",
      path: "/account/organisations/{uscc}/remove",
      answer: onAccountForm(parts, async (visit) => {
        const uscc = visit.params.uscc ?? "";
        const member = accountNumberIn(visit, "member");
        const removed = await accounts.removeMember(visit.person, uscc, member);
        if (!removed.ok) return organisationPage(visit, parts, [problemFor(removed.refusal.code)]);
        const page = member === visit.person ? "/account/organisations" : `/account/organisations/${uscc}`;
        return visit.goOn(page, { notice: "member-removed" });
      }),
    },
  ];
};
