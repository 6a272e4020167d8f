import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import { button, field, postForm } from "./fields.ts";
import { type InteractionVisit, keptText, type PageParts, signInDoor } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { acrOf, codePage, declineForm, sentToPhone } from "./sign-in.ts";

/** The first page of a staff member's sign-in: number and password, or the government chat. */
export const staffPage = async (
  visit: InteractionVisit,
  { outside }: PageParts,
  problems: readonly Problem[] = [],
): Promise<HttpResponse> => {
  const { base, csrf, pending } = visit;
  const wasSet = problems.length === 0 && keptText(await visit.kept(), "notice") === "staff-password";
  return visit.show({
    title: "工作人员登录",
    problems,
    before: [
      wasSet && html`<div class="done" role="status"><p>如果信息无误，新密码已经生效，请用新密码登录。</p></div>`,
    ],
    body: panel(
      "工作人员登录",
      html`<p class="lead">登录后继续使用“${pending.client.name}”</p>${
        outside.staffSignIn && html`<p><a class="button second" href="${base}/wecom">用企业微信登录</a></p>`
      }${postForm(
        `${base}/staff`,
        csrf,
        html`${field({ name: "staff", label: "工号", autocomplete: "username", value: visit.typed("staff"), maxlength: 60 }, problems)}${field(
          { name: "password", label: "密码", type: "password", autocomplete: "current-password", maxlength: 128 },
          problems,
        )}${button("下一步：短信验证")}`,
      )}<p><a href="${base}/staff/password">首次登录，或忘记密码</a></p>${declineForm(base, csrf)}`,
    ),
  });
};

/** Staff sign in in two steps: what they know, then what they hold. */
export const staffSignInRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  const { page, form } = signInDoor(parts, "staff");

  const staffCodePage = async (visit: InteractionVisit, problems: readonly Problem[] = []) => {
    const phone = keptText(await visit.kept(), "maskedPhone");
    return phone
      ? codePage(visit, {
          title: "输入验证码",
          page: "/staff/code",
          intro: sentToPhone(phone),
          problems,
          resend: false,
        })
      : visit.goOn("");
  };

  return [
    form("/staff", async (visit) => {
      const [staff, password] = [visit.typed("staff"), visit.secret("password")];
      const empty: Problem[] = [
        ...(staff ? [] : [{ field: "staff", text: "请输入工号。" }]),
        ...(password ? [] : [{ field: "password", text: "请输入密码。" }]),
      ];
      if (empty.length > 0) return staffPage(visit, parts, empty);
      const started = await accounts.startStaffSignIn({ staff, password }, visit.from);
      if (!started.ok)
        return staffPage(visit, parts, [problemFor(started.refusal.code, { "sign-in.failed": "staff" })]);
      const { challenge, maskedPhone } = started.value;
      return visit.goOn("/staff/code", { challenge, maskedPhone });
    }),
    page("/staff/code", (visit) => staffCodePage(visit)),
    form("/staff/code", async (visit) => {
      const challenge = keptText(await visit.kept(), "challenge");
      const code = visit.typed("code");
      if (!/^\d{6}$/.test(code)) return staffCodePage(visit, [{ field: "code", text: "请输入 6 位数字验证码。" }]);
      const signedIn = await accounts.finishStaffSignIn({ challenge, code }, visit.from);
      if (!signedIn.ok)
        return staffCodePage(visit, [
          problemFor(signedIn.refusal.code === "sign-in.failed" ? "challenge.wrong-code" : signedIn.refusal.code),
        ]);
      const { staff, acr } = signedIn.value;
      return visit.finish({
        kind: "signed-in",
        subject: { kind: "staff", staff },
        acr: acrOf(Number(acr)),
        amr: ["pwd", "otp"],
        at: visit.began,
      });
    }),
  ];
};
