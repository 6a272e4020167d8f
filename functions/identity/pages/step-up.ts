import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import type { Actor } from "../accounts/accounts.ts";
import type { VerificationMethod } from "../domain/outside-ports.ts";
import { consentTexts } from "./consent-texts.ts";
import { button, postForm, tick } from "./fields.ts";
import {
  type InteractionVisit,
  keptText,
  onInteraction,
  onInteractionForm,
  type PageParts,
} from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { acrOf, declineForm } from "./sign-in.ts";
import { levelWords } from "./words.ts";

const levelOf = (acr: string) => levelWords[Number(acr) as 0 | 1 | 2 | 3];

/** More certainty about who somebody is, for what demands it. */
export const stepUpPage = (
  visit: InteractionVisit,
  { outside }: PageParts,
  problems: readonly Problem[] = [],
): HttpResponse => {
  const { base, csrf, pending } = visit;
  return visit.show({
    title: "进一步核验身份",
    problems,
    body: panel(
      "进一步核验身份",
      html`<p>在“${pending.client.name}”办理这件事，需要的认证等级是：<b>${levelOf(pending.acr)}</b>。您现在是：${levelOf(pending.signedIn?.acr ?? "0")}。</p>${postForm(
        `${base}/step-up`,
        csrf,
        html`<fieldset class="field"><legend>核验方式</legend><div class="pick tick"><input type="radio" name="method" id="method" value="face"${
          visit.typed("method") !== "document" && html` checked`
        }><label for="method"><b>人脸核验</b>用手机或电脑的摄像头，约 1 分钟</label></div><div class="pick tick"><input type="radio" name="method" id="method-document" value="document"${
          visit.typed("method") === "document" && html` checked`
        }><label for="method-document"><b>证件核验</b>读取或拍摄您的证件</label></div></fieldset>${tick(
          "agree",
          consentTexts.biometric.sentence,
          problems,
        )}<details><summary>查看全文<span class="hide">：${consentTexts.biometric.sentence}</span></summary><div>${consentTexts.biometric.full}</div></details>${button("继续")}`,
      )}<p class="small">不方便在线核验？任何服务窗口都可以凭证件为您核验。</p>${
        outside.upstreams.length > 0 &&
        html`<ul class="ways">${outside.upstreams.map(({ name, label }) => html`<li><a href="${base}/upstreams/${name}">用${label}核验</a></li>`)}</ul>`
      }${declineForm(base, csrf)}`,
    ),
  });
};

/** A verifier's page is elsewhere. A link leads there, so that this page's policy need name no address of others for its form. */
const departurePage = (visit: InteractionVisit, url: string): HttpResponse =>
  visit.show({
    title: "前往核验",
    body: panel(
      "前往核验",
      html`<p>接下来的页面由身份核验机构提供，完成后会自动返回这里。</p><p><a class="button" href="${url}" rel="noreferrer">前往核验</a></p><p><a href="${visit.base}">换一种方式</a></p>`,
    ),
  });

const isWebAddress = (text: string): boolean => /^https?:\/\//.test(text);

/** Face or document, at the verifier's. */
export const stepUpRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts, origin } = parts;
  const actorOf = ({ pending: { signedIn } }: InteractionVisit): Actor => ({
    person: signedIn?.subject.kind === "person" ? signedIn.subject.person : "",
    signedInAt: signedIn?.at ?? 0,
  });
  return [
    {
      method: "POST",
      path: "/interaction/{uid}/step-up",
      answer: onInteractionForm(parts, ["step-up"], async (visit) => {
        if (visit.typed("agree") !== "yes")
          return stepUpPage(visit, parts, [{ field: "agree", text: "在线核验需要您单独同意；也可以到服务窗口核验。" }]);
        const method: VerificationMethod = visit.typed("method") === "document" ? "document" : "face";
        const begun = await accounts.beginStepUp(
          actorOf(visit),
          {
            method,
            returnTo: `${origin}${visit.base}/verified`,
            consent: { textVersion: consentTexts.biometric.version },
          },
          visit.from,
        );
        return begun.ok
          ? visit.goOn("/step-up/go", { url: begun.value.url })
          : stepUpPage(visit, parts, [problemFor(begun.refusal.code)]);
      }),
    },
    {
      method: "GET",
      path: "/interaction/{uid}/step-up/go",
      answer: onInteraction(parts, ["step-up"], async (visit) => {
        const url = keptText(await visit.kept(), "url");
        return isWebAddress(url) ? departurePage(visit, url) : visit.goOn("");
      }),
    },
    {
      // The verifier sends the browser back here; the ticket is good for the one who began it and for nobody else.
      method: "GET",
      path: "/interaction/{uid}/verified",
      answer: onInteraction(parts, ["step-up"], async (visit) => {
        const ticket = new URLSearchParams(visit.request.rawQueryString).get("ticket") ?? "";
        const verified = await accounts.finishStepUp(actorOf(visit).person, ticket);
        if (!verified.ok) return stepUpPage(visit, parts, [problemFor(verified.refusal.code)]);
        const { assurance, amr } = verified.value;
        return visit.finish({ kind: "stepped-up", acr: acrOf(assurance.level), amr, at: visit.began });
      }),
    },
  ];
};
