import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { type Html, html, type Piece } from "#shared/runtime/html.ts";
import type { Actor, Origin } from "../accounts/accounts.ts";
import type { Acr, Subject } from "../issuer/interactions.ts";
import { sentTo, shown } from "./answers.ts";
import { type Kept, keptText, type PageParts } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { guarded, type PageRoute, type PageVisit } from "./router.ts";

const BASE = "/account";

const sections = [
  ["/account", "账户信息"],
  ["/account/sessions", "设备与登录"],
  ["/account/mandates", "委托"],
  ["/account/organisations", "单位"],
  ["/account/wards", "未成年子女"],
  ["/account/consents", "同意与授权"],
  ["/account/access-log", "查阅记录"],
  ["/account/security", "密码与手机"],
  ["/account/data", "我的数据"],
] as const;

export type Section = (typeof sections)[number][0];

/** What was done by a form, told once on the page that follows. */
const notices = {
  "session-ended": "已让该设备退出登录。",
  "sessions-ended": "其他设备都已退出登录。",
  "mandate-granted": "委托已生效，受托人会收到短信。",
  "organisation-registered": "单位已登记，您是它的管理员。",
  "member-set": "办事人员已保存，立即生效。",
  "member-removed": "该人员已移出，立即生效。",
  "ward-registered":
    "登记已提交。孩子出现在下面的列表中后，您登录时可以选择为孩子办事；如未出现在列表中，请携带证件到服务窗口办理。",
  "mandate-revoked": "委托已撤销，立即生效。",
  "consent-withdrawn": "同意已撤回。",
  "consent-given": "已记录您的同意。",
  "password-changed": "密码已修改，其他设备都已退出登录。",
  "phone-changed": "手机号已更换。",
} as const;

export type Notice = keyof typeof notices;

/** A visit of somebody who is signed in. */
export interface AccountVisit extends PageVisit {
  readonly subject: Subject;
  /** The person's id; empty for staff. */
  readonly person: string;
  /** The same, with when they signed in: for what is done on the account. */
  readonly actor: Actor;
  readonly session: string;
  readonly acr: Acr;
  readonly csrf: string;
  readonly from: Origin;
  show(
    section: Section,
    page: { readonly title: string; readonly body: Piece; readonly problems?: readonly Problem[] },
  ): Promise<HttpResponse>;
  kept(): Promise<Kept>;
  /** On to another page after something was done, or with something kept for it. */
  goOn(page: string, more?: { readonly notice?: Notice; readonly state?: Kept }): Promise<HttpResponse>;
}

/** Where someone is sent to have their identity verified: assurance 2, which granting and registering need. */
export const verifyLocation = ({ signInLocation }: PageParts["interactions"]): string => signInLocation({ acr: "2" });

/** Said instead of a form, to whom the form would be refused. */
export const verifyFirst = ({ interactions }: PageParts): Html =>
  html`<div class="note"><p>办理这件事需要先核验身份（认证等级“中级”以上）。</p><p><a class="button" href="${verifyLocation(interactions)}">去核验身份</a></p></div>`;

const corner = (location: string) => html`<a href="${location}">退出登录</a>`;

const menu = (here: Section) =>
  html`<nav aria-label="我的账户"><ul>${sections.map(
    ([path, name]) => html`<li><a href="${path}"${path === here && html` aria-current="page"`}>${name}</a></li>`,
  )}</ul></nav>`;

/** A page of one's own account. Who is not signed in is sent to do so first; staff have a page of their own. */
export const onAccount =
  (
    { interactions, steps }: PageParts,
    answer: (visit: AccountVisit) => Promise<HttpResponse>,
    who: Subject["kind"] | "any" = "person",
  ): PageRoute["answer"] =>
  async (visit) => {
    const signedIn = await interactions.signedIn(visit.request);
    if (!signedIn) return sentTo(interactions.signInLocation());
    const { subject, session, acr, at } = signedIn;
    if (who !== "any" && subject.kind !== who) return sentTo(BASE);
    const person = subject.kind === "person" ? subject.person : "";
    const kept = () => steps.read(visit.request, BASE);
    return answer({
      ...visit,
      subject,
      person,
      actor: { person, signedInAt: at },
      session,
      acr,
      csrf: visit.token(`account:${session}`),
      from: { source: visit.address, session },
      kept,
      goOn: async (page, { notice, state } = {}) =>
        sentTo(page, notice || state ? [await steps.keep(BASE, { ...state, notice })] : []),
      show: async (section, { title, body, problems = [] }) => {
        const told = problems.length > 0 ? "" : keptText(await kept(), "notice");
        const notice = Object.hasOwn(notices, told) ? notices[told as Notice] : undefined;
        return shown({
          title,
          broad: true,
          problems,
          corner: corner(interactions.signOutLocation()),
          ...(notice && { cookies: [steps.drop(BASE)] }),
          body: html`${notice && html`<div class="done" role="status"><p>${notice}</p></div>`}${
            subject.kind === "person" ? html`<div class="settings">${menu(section)}<div>${body}</div></div>` : body
          }`,
        });
      },
    });
  };

/** The same for a form: its token is void with the session it was made in. */
export const onAccountForm = (
  parts: PageParts,
  ...rest: [Parameters<typeof onAccount>[1], (Subject["kind"] | "any")?]
): PageRoute["answer"] =>
  guarded(
    async ({ request }) => `account:${(await parts.interactions.signedIn(request))?.session ?? ""}`,
    onAccount(parts, ...rest),
  );

/** The account is gone while somebody is signed in to it. */
export const accountGone = (): HttpResponse =>
  shown({ title: "账户已注销", status: 410, body: panel("账户已注销", html`<p>这个账户已经注销，不能再登录。</p>`) });
