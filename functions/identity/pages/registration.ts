import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { isResidentId } from "#shared/kernel/identity-numbers.ts";
import { maskedPhone } from "#shared/kernel/masking.ts";
import type { HttpResponse } from "#shared/runtime/endpoint.ts";
import { html } from "#shared/runtime/html.ts";
import type { ConsentPurpose } from "../accounts/accounts.ts";
import { consentTexts } from "./consent-texts.ts";
import { consentTicks, inCurrentWording, missingConsents, tickedConsents } from "./consent-ticks.ts";
import { button, field, phoneField, postForm } from "./fields.ts";
import { type InteractionVisit, type Kept, keptText, type PageParts, signInDoor } from "./interaction-visit.ts";
import { type Problem, panel } from "./layout.ts";
import { problemFor } from "./refusal-texts.ts";
import type { PageRoute } from "./router.ts";
import { codePage, sentToPhone } from "./sign-in.ts";

const REGISTRATION_CONSENTS = [
  "account",
  "sensitive-data",
  "reuse-materials",
  "notices",
] as const satisfies ConsentPurpose[];

type Values = (name: string) => string;

const registerPage = (
  visit: InteractionVisit,
  problems: readonly Problem[] = [],
  value: Values = visit.typed,
): HttpResponse =>
  visit.show({
    title: "注册账户",
    problems,
    body: panel(
      "注册账户",
      html`<p class="lead">第 1 步，共 2 步。请用本人证件注册，一个证件号码只有一个账户。</p>${postForm(
        `${visit.base}/register`,
        visit.csrf,
        html`${field({ name: "name", label: "姓名", hint: "与证件上的一致", autocomplete: "name", value: value("name"), maxlength: 60 }, problems)}${field(
          {
            name: "idNumber",
            label: "证件号码",
            hint: "居民身份证、港澳台居民居住证或外国人永久居留身份证，18 位",
            autocomplete: "off",
            value: value("idNumber"),
            maxlength: 24,
          },
          problems,
        )}${phoneField(value("phone"), problems, { hint: "用来接收验证码和办事通知" })}<h2>您的同意</h2>${consentTicks(REGISTRATION_CONSENTS, value, problems)}${button("下一步：验证手机")}`,
      )}<p class="small">已有账户？<a href="${visit.base}">返回登录</a></p>`,
    ),
  });

/** Where a password is chosen. */
export const newPassword = (problems: readonly Problem[]) =>
  field(
    {
      name: "password",
      label: "设置密码",
      hint: "至少 10 个字符，可以是一句只有您知道的话",
      type: "password",
      autocomplete: "new-password",
      maxlength: 128,
    },
    problems,
  );

const withoutSpaces = (text: string): string => text.replace(/[\s-]/g, "").toUpperCase();

const checkedRegistration = (visit: InteractionVisit, now: Clock) => {
  const idNumber = withoutSpaces(visit.typed("idNumber"));
  const entry = { name: visit.typed("name"), idNumber, phone: withoutSpaces(visit.typed("phone")) };
  const problems: Problem[] = [
    ...(entry.name ? [] : [{ field: "name", text: "请输入姓名。" }]),
    ...(isResidentId(idNumber, legalDate(now())) ? [] : [problemFor("person.invalid-id-number")]),
    ...(entry.phone ? [] : [problemFor("challenge.phone-invalid")]),
    ...missingConsents(REGISTRATION_CONSENTS, visit.typed),
  ];
  const consents = tickedConsents(REGISTRATION_CONSENTS, visit.typed);
  return { entry, consents, problems };
};

const consentsIn = ({ consents }: Kept) =>
  inCurrentWording(
    (Array.isArray(consents) ? consents : []).filter(
      (purpose): purpose is ConsentPurpose => typeof purpose === "string" && Object.hasOwn(consentTexts, purpose),
    ),
  );

const resetPage = (visit: InteractionVisit, problems: readonly Problem[] = []): HttpResponse =>
  visit.show({
    title: "重设密码",
    problems,
    body: panel(
      "重设密码",
      html`<p class="lead">请输入账户登记的证件号码和手机号。</p>${postForm(
        `${visit.base}/reset`,
        visit.csrf,
        html`${field({ name: "idNumber", label: "证件号码", autocomplete: "off", value: visit.typed("idNumber"), maxlength: 24 }, problems)}${phoneField(visit.typed("phone"), problems)}${button("发送验证码")}`,
      )}<p class="small">手机号已不再使用？请携带证件到服务窗口办理。<a href="${visit.base}">返回登录</a></p>`,
    ),
  });

/** Opening an account, and a new password for one: the phone is proven before anything is done. */
export const registrationRoutes = (parts: PageParts): PageRoute[] => {
  const { accounts } = parts;
  const { page, form } = signInDoor(parts, "persons");

  const proof = async (visit: InteractionVisit, purpose: "register" | "reset-password", state: Kept) => {
    const sent = await accounts.startPhoneChallenge({ phone: keptText(state, "phone"), purpose }, visit.from);
    return sent.ok
      ? { ok: true as const, state: { ...state, challenge: sent.value.challenge } }
      : { ok: false as const, problem: problemFor(sent.refusal.code) };
  };

  /** The second page of both: the code, and the password that is to be. */
  const second = (
    page_: {
      readonly first: string;
      readonly path: string;
      readonly title: string;
      readonly purpose: "register" | "reset-password";
    },
    take: (visit: InteractionVisit, state: Kept) => Promise<HttpResponse | readonly Problem[]>,
  ): PageRoute[] => {
    const show = async (visit: InteractionVisit, problems: readonly Problem[] = []) => {
      const phone = keptText(await visit.kept(), "phone");
      return phone
        ? codePage(visit, {
            title: page_.title,
            page: page_.path,
            intro: sentToPhone(maskedPhone(phone)),
            problems,
            more: newPassword(problems),
          })
        : visit.goOn(page_.first);
    };
    return [
      page(page_.path, (visit) => show(visit)),
      form(`${page_.path}/resend`, async (visit) => {
        const state = await visit.kept();
        if (!keptText(state, "phone")) return visit.goOn(page_.first);
        const sent = await proof(visit, page_.purpose, state);
        return sent.ok ? visit.goOn(page_.path, sent.state) : show(visit, [{ text: sent.problem.text }]);
      }),
      form(page_.path, async (visit) => {
        const state = await visit.kept();
        if (!keptText(state, "phone")) return visit.goOn(page_.first);
        const problems: Problem[] = [
          ...(/^\d{6}$/.test(visit.typed("code")) ? [] : [{ field: "code", text: "请输入 6 位数字验证码。" }]),
          ...(visit.secret("password") ? [] : [{ field: "password", text: "请设置密码。" }]),
        ];
        const taken = problems.length > 0 ? problems : await take(visit, state);
        return "statusCode" in taken ? taken : show(visit, taken as readonly Problem[]);
      }),
    ];
  };

  return [
    page("/register", async (visit) => registerPage(visit)),
    form("/register", async (visit) => {
      const { entry, consents, problems } = checkedRegistration(visit, parts.now);
      if (problems.length > 0) return registerPage(visit, problems);
      const sent = await proof(visit, "register", { ...entry, consents });
      return sent.ok ? visit.goOn("/register/code", sent.state) : registerPage(visit, [sent.problem]);
    }),
    ...second(
      { first: "/register", path: "/register/code", title: "验证手机并设置密码", purpose: "register" },
      async (visit, state) => {
        const registered = await accounts.register(
          {
            name: keptText(state, "name"),
            idNumber: keptText(state, "idNumber"),
            phone: keptText(state, "phone"),
            password: visit.secret("password"),
            proof: { challenge: keptText(state, "challenge"), code: visit.typed("code") },
            consents: consentsIn(state),
          },
          visit.from,
        );
        if (registered.ok) return visit.goOn("", { notice: "registered" });
        const problem = problemFor(registered.refusal.code);
        return problem.field === "idNumber"
          ? registerPage(visit, [problem], (name) => keptText(state, name))
          : [problem];
      },
    ),

    page("/reset", async (visit) => resetPage(visit)),
    form("/reset", async (visit) => {
      const idNumber = withoutSpaces(visit.typed("idNumber"));
      const phone = withoutSpaces(visit.typed("phone"));
      if (!isResidentId(idNumber)) return resetPage(visit, [problemFor("person.invalid-id-number")]);
      if (!phone) return resetPage(visit, [problemFor("challenge.phone-invalid")]);
      const sent = await proof(visit, "reset-password", { idNumber, phone });
      return sent.ok ? visit.goOn("/reset/code", sent.state) : resetPage(visit, [sent.problem]);
    }),
    ...second(
      { first: "/reset", path: "/reset/code", title: "设置新密码", purpose: "reset-password" },
      async (visit, state) => {
        const reset = await accounts.resetPassword(
          {
            idNumber: keptText(state, "idNumber"),
            phone: keptText(state, "phone"),
            challenge: keptText(state, "challenge"),
            code: visit.typed("code"),
            wanted: visit.secret("password"),
          },
          visit.from,
        );
        if (reset.ok) return visit.goOn("", { notice: "reset" });
        return [problemFor(reset.refusal.code === "sign-in.failed" ? "challenge.wrong-code" : reset.refusal.code)];
      },
    ),
  ];
};
