import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import { button, field, postForm } from "./fields.ts";
import { type InteractionVisit, keptText, type PageParts, signInDoor } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import { newPassword } from "./registration.ts";
import type { PageRoute } from "./router.ts";
import { codePage } from "./sign-in.ts";

const numberPage = (visit: InteractionVisit, problems: readonly Problem[] = []): HttpResponse =>
  visit.show({
    title: "设置登录密码",
    problems,
    body: panel(
      "设置登录密码",
      html`<p class="lead">验证码会发送到任命时登记的手机。没有登记或号码变了，请联系本部门的管理员。</p>${postForm(
        `${visit.base}/staff/password`,
        visit.csrf,
        html`${field({ name: "staff", label: "工号", autocomplete: "username", value: visit.typed("staff"), maxlength: 60 }, problems)}${button("发送验证码")}`,
      )}<p><a href="${visit.base}">返回登录</a></p>`,
    ),
  });

/** Staff set their own password, the first one too: by a code to the phone that their appointment names. */
export const staffPasswordRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  const PAGE = "/staff/password/code";

  const choosePage = async (visit: InteractionVisit, problems: readonly Problem[] = []): Promise<HttpResponse> =>
    keptText(await visit.kept(), "staff")
      ? codePage(visit, {
          title: "设置登录密码",
          page: PAGE,
          intro: "如果工号无误，验证码已发送到该工号登记的手机。",
          problems,
          more: newPassword(problems),
        })
      : visit.goOn("/staff/password");

  const send = async (
    visit: InteractionVisit,
    staff: string,
    otherwise: (problem: Problem) => Promise<HttpResponse> | HttpResponse,
  ): Promise<HttpResponse> => {
    const sent = await accounts.startStaffPassword(staff, visit.from);
    if (!sent.ok) return otherwise({ text: problemFor(sent.refusal.code).text });
    return visit.goOn(PAGE, { staff, challenge: sent.value.challenge });
  };

  const { page, form } = signInDoor(parts, "staff");

  return [
    page("/staff/password", async (visit) => numberPage(visit)),
    form("/staff/password", async (visit) => {
      const staff = visit.typed("staff");
      return staff
        ? send(visit, staff, (problem) => numberPage(visit, [problem]))
        : numberPage(visit, [{ field: "staff", text: "请输入工号。" }]);
    }),
    page(PAGE, (visit) => choosePage(visit)),
    form(`${PAGE}/resend`, async (visit) => {
      const staff = keptText(await visit.kept(), "staff");
      return staff ? send(visit, staff, (problem) => choosePage(visit, [problem])) : visit.goOn("/staff/password");
    }),
    form(PAGE, async (visit) => {
      const state = await visit.kept();
      const [code, wanted] = [visit.typed("code"), visit.secret("password")];
      const problems: Problem[] = [
        ...(/^\d{6}$/.test(code) ? [] : [{ field: "code", text: "请输入 6 位数字验证码。" }]),
        ...(wanted ? [] : [{ field: "password", text: "请设置密码。" }]),
      ];
      if (problems.length > 0) return choosePage(visit, problems);
      const set = await accounts.setStaffPassword(
        { staff: keptText(state, "staff"), challenge: keptText(state, "challenge"), code, wanted },
        visit.from,
      );
      if (set.ok) return visit.goOn("", { notice: "staff-password" });
      const { code: refused } = set.refusal;
      return choosePage(visit, [problemFor(refused === "sign-in.failed" ? "challenge.wrong-code" : refused)]);
    }),
  ];
};
