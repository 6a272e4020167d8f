import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import type { Acr, Subject } from "../issuer/interactions.ts";
import { type Came, type StaffRefusal, type UpstreamRefusal, upstreamTexts } from "../upstreams/upstreams.ts";
import { sentTo, shown } from "./answers.ts";
import { consentTicks, inCurrentWording, missingConsents, neededInOurWording } from "./consent-ticks.ts";
import { button, postForm } from "./fields.ts";
import { type InteractionVisit, type Kept, onInteraction, type PageParts, signInDoor } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import type { PageRoute, PageVisit } from "./router.ts";
import { declineForm } from "./sign-in.ts";
import { stepUpPage } from "./step-up.ts";

/** On to where the browser is sent, or why not, with the way back. */
const went = (came: Came<UpstreamRefusal | StaffRefusal>): HttpResponse => {
  if (came.ok) return sentTo(came.location, came.cookies);
  const back = came.returnTo?.replace(/\/arrived$/, "") ?? "/account";
  return shown({
    title: "登录没有成功",
    status: 422,
    cookies: came.cookies,
    body: panel(
      "登录没有成功",
      html`<p>${upstreamTexts[came.refusal.code].zh}</p><p><a class="button" href="${back}">返回</a></p>`,
    ),
  });
};

const cameBack = ({ request: { rawQueryString, cookies } }: PageVisit) => ({ rawQueryString, cookies });

/** Who has arrived, and signs in once they have agreed to what an account here needs. Sealed, for this interaction only. */
interface Arrived {
  readonly person: string;
  readonly acr: Acr;
  readonly amr: readonly string[];
  readonly at: number;
}

const arrivedIn = ({ arrived }: Kept): Arrived | undefined =>
  typeof arrived === "object" && arrived !== null ? (arrived as Arrived) : undefined;

const agreePage = async (
  visit: InteractionVisit,
  { accounts }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const arrived = arrivedIn(await visit.kept());
  const account = arrived && (await accounts.account(arrived.person));
  if (!account) return visit.goOn("");
  const { base, csrf } = visit;
  return visit.show({
    title: "请阅读并同意",
    problems,
    body: panel(
      "请阅读并同意",
      html`<p class="lead">您已通过其他平台登录。第一次使用本平台的账户，需要您同意：</p>${postForm(
        `${base}/agree`,
        csrf,
        html`${consentTicks(neededInOurWording(account.consents), visit.typed, problems)}${button("同意并继续")}`,
      )}${declineForm(base, csrf)}`,
    ),
  });
};

/** Signing in where others vouch for people: the province for persons, the government chat for staff. */
export const outsideSignInRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts, outside } = parts;
  const [persons, staff] = [signInDoor(parts, "persons"), signInDoor(parts, "staff")];
  return [
    {
      method: "GET",
      path: "/interaction/{uid}/upstreams/{name}",
      answer: onInteraction(parts, ["sign-in", "step-up"], async ({ base, params, pending: { signedIn, prompt } }) =>
        went(
          await outside.startUpstream({
            upstream: params.name ?? "",
            returnTo: `${base}/arrived`,
            ...(prompt === "step-up" && signedIn?.subject.kind === "person" && { person: signedIn.subject.person }),
          }),
        ),
      ),
    },
    {
      method: "GET",
      path: "/account/upstreams/{name}/callback",
      answer: async (visit) =>
        went(
          await outside.finishUpstream({
            ...cameBack(visit),
            upstream: visit.params.name ?? "",
            origin: { source: visit.address },
          }),
        ),
    },
    staff.page("/wecom", async ({ base }) => went(await outside.startStaffSignIn({ returnTo: `${base}/arrived` }))),
    {
      method: "GET",
      path: "/account/staff/wecom/callback",
      answer: async (visit) => went(await outside.finishStaffSignIn(cameBack(visit))),
    },
    {
      method: "GET",
      path: "/interaction/{uid}/arrived",
      answer: onInteraction(parts, ["sign-in", "step-up"], async (visit) => {
        const arrived = await outside.arrival(visit.request);
        const { prompt, signedIn, client } = visit.pending;
        if (!arrived) return visit.goOn("");
        const { who, cookies } = arrived;
        const subject: Subject =
          who.kind === "staff" ? { kind: "staff", staff: who.staff } : { kind: "person", person: who.person };
        if ((who.kind === "staff") !== (client.users === "staff")) return visit.goOn("");
        const { acr, amr, at } = who;
        if (prompt === "sign-in") {
          const account = who.kind === "person" ? await accounts.account(who.person) : undefined;
          if (who.kind === "staff" || (account && neededInOurWording(account.consents).length === 0))
            return visit.finish({ kind: "signed-in", subject, acr, amr, at }, cookies);
          const asked = await visit.goOn("/agree", { arrived: { person: who.person, acr, amr, at } satisfies Arrived });
          return { ...asked, cookies: [...(asked.cookies ?? []), ...cookies] };
        }
        const isSame =
          signedIn?.subject.kind === "person" && who.kind === "person" && signedIn.subject.person === who.person;
        if (!isSame) return stepUpPage(visit, parts, [{ text: upstreamTexts["upstream.another-person"].zh }]);
        if (acr < visit.pending.acr)
          return stepUpPage(visit, parts, [{ text: "您在那里的认证等级还不够，请选择其他方式。" }]);
        return visit.finish({ kind: "stepped-up", acr, amr, at }, cookies);
      }),
    },
    persons.page("/agree", (visit) => agreePage(visit, parts)),
    persons.form("/agree", async (visit) => {
      const arrived = arrivedIn(await visit.kept());
      const account = arrived && (await accounts.account(arrived.person));
      if (!account) return visit.goOn("");
      const { person, acr, amr, at } = arrived;
      const needed = neededInOurWording(account.consents);
      const missing = missingConsents(needed, visit.typed);
      if (missing.length > 0) return agreePage(visit, parts, missing);
      for (const consent of inCurrentWording(needed)) {
        const given = await accounts.giveConsent({ person, signedInAt: at }, consent, visit.from);
        if (!given.ok) return visit.goOn("");
      }
      return visit.finish({ kind: "signed-in", subject: { kind: "person", person }, acr, amr, at });
    }),
  ];
};
