import type { RefusalText } from "../route.ts";

/** Every refusal of accounts, for pages too. */
export const identityTexts = {
  "identity.too-many-attempts": {
    status: 429,
    zh: "操作过于频繁，请稍后再试。",
    en: "Too many attempts; please try again later.",
  },
  "challenge.phone-invalid": { status: 422, zh: "手机号码格式不正确。", en: "This is not a phone number." },
  "challenge.not-sent": {
    status: 409,
    zh: "短信暂时无法发送，请稍后重试。",
    en: "The message cannot be sent at the moment; please try again later.",
  },
  "challenge.wrong-code": {
    status: 422,
    zh: "验证码不正确或已失效。",
    en: "The code is wrong or no longer good.",
  },
  "sign-in.failed": {
    status: 401,
    zh: "账号或凭证不正确；一个手机号对应多个账号时，请使用身份证号登录。",
    en: "The account or what proves it is wrong; if a phone has several accounts, sign in with the ID number.",
  },
  "person.invalid-id-number": {
    status: 422,
    zh: "身份证件号码不正确，请核对。",
    en: "The ID number is not valid; please check it.",
  },
  "person.guardian-needed": {
    status: 422,
    zh: "未满十四周岁，须由监护人代为注册。",
    en: "A child under 14 is registered by a guardian.",
  },
  "person.not-a-child": {
    status: 422,
    zh: "已满十四周岁，请本人注册。",
    en: "From the age of 14 people register themselves.",
  },
  "person.consent-missing": {
    status: 422,
    zh: "缺少必要的同意：账户协议、敏感个人信息处理，未成年人另须监护人同意。",
    en: "A consent is missing: to the account, to the use of sensitive data, or the guardian's.",
  },
  "person.password-weak": {
    status: 422,
    zh: "密码过于简单：至少10个字符，不得包含证件号码或手机号。",
    en: "The password is too weak: at least 10 characters, without the ID number or the phone.",
  },
  "person.password-wrong": { status: 422, zh: "当前密码不正确。", en: "The current password is wrong." },
  "person.present-phone-wrong": {
    status: 422,
    zh: "账户没有密码，更换手机号须同时填写发送到原手机号的验证码；该验证码缺少、不正确或已失效。",
    en: "The account has no password: to change its phone, a code sent to the present phone is needed too, and it is missing, wrong or no longer good.",
  },
  "person.closed": {
    status: 404,
    zh: "没有这个账户，或账户已注销。",
    en: "There is no such account, or it is closed.",
  },
  "person.open-cases": {
    status: 409,
    zh: "尚有未办结的办件，暂不能注销账户。",
    en: "There are open cases; the account cannot be closed yet.",
  },
  "person.organisation-admin": {
    status: 409,
    zh: "您是某单位的唯一管理员，请先移交后再注销。",
    en: "You are an organisation's only admin; hand that on first.",
  },
  "person.assurance-too-low": {
    status: 403,
    zh: "实名等级不足，请先完成实名核验。",
    en: "Your identity is not verified well enough for this; verify it first.",
  },
  "person.acting-for-another": {
    status: 403,
    zh: "代他人办事时不能进行此操作，请切换回本人。",
    en: "This cannot be done while acting for another; act for yourself.",
  },
  "person.not-at-the-counter": {
    status: 403,
    zh: "窗口代办时不能进行此操作，请本人登录办理。",
    en: "This cannot be done at the counter; sign in yourself.",
  },
  "consent.not-given": { status: 409, zh: "没有可撤回的同意。", en: "There is no such consent to withdraw." },
  "consent.needed": {
    status: 409,
    zh: "此项同意为账户所必需，撤回请注销账户。",
    en: "The account cannot be without this consent; close the account instead.",
  },
  "upstream.assurance-too-low": {
    status: 403,
    zh: "上级平台的实名等级不足，请先在该平台完成实名认证。",
    en: "The other platform has not verified your identity well enough.",
  },
  "upstream.name-differs": {
    status: 409,
    zh: "姓名与已有账户不一致，请携带证件到窗口核实。",
    en: "The name differs from that of the account; please have it checked at a counter.",
  },
  "step-up.unavailable": {
    status: 409,
    zh: "实人核验服务暂不可用，请稍后重试。",
    en: "Verification is not available at the moment; please try again later.",
  },
  "step-up.refused": { status: 422, zh: "无法发起实人核验。", en: "The verification could not be begun." },
  "step-up.rejected": { status: 422, zh: "实人核验未通过。", en: "The verification has failed." },
  "step-up.pending": { status: 409, zh: "实人核验尚未完成。", en: "The verification has not ended yet." },
  "organisation.invalid-code": {
    status: 422,
    zh: "统一社会信用代码不正确。",
    en: "The unified social credit code is not valid.",
  },
  "organisation.not-representative": {
    status: 403,
    zh: "须由法定代表人本人注册。",
    en: "Only its legal representative may register it.",
  },
  "organisation.assurance-too-low": {
    status: 403,
    zh: "注册单位须先完成实名核验（二级及以上）。",
    en: "Verify your identity (level 2 or more) before you register an organisation.",
  },
  "organisation.exists": { status: 409, zh: "该单位已注册。", en: "The organisation is registered already." },
  "organisation.replaced-since": {
    status: 409,
    zh: "本次受理开始后，该单位的法定代表人已另有变更；请核对最新登记，如仍需变更，请重新受理。",
    en: "The organisation's legal representative was replaced since this visit was opened; check the register, and open another visit if it is still to be done.",
  },
  "organisation.not-found": {
    status: 404,
    zh: "没有这个单位，或您不是其成员。",
    en: "There is no such organisation, or you are not one of its members.",
  },
  "guardian.none": {
    status: 404,
    zh: "该证件号码没有账户，或者没有人以监护人身份为其办事；未满十四周岁的孩子，请监护人登录登记。",
    en: "There is no account with this ID number, or nobody acts for it as its guardian; a guardian registers a child under 14 themselves.",
  },
  "guardian.replaced-since": {
    status: 409,
    zh: "本次受理开始后，该未成年人的监护人已另有变更；请核对材料，如仍需变更，请重新受理。",
    en: "The child's guardian was replaced since this visit was opened; check what was shown, and open another visit if it is still to be done.",
  },
  "member.unknown-person": { status: 422, zh: "没有这个用户。", en: "There is no such person." },
  "member.not-found": { status: 404, zh: "没有这个成员。", en: "There is no such member." },
  "member.last-admin": {
    status: 409,
    zh: "单位至少须有一名管理员。",
    en: "An organisation has at least one admin.",
  },
  "member.is-representative": {
    status: 409,
    zh: "不能移出法定代表人，也不能取消其管理员角色。",
    en: "The legal representative is neither removed nor made less than an admin by others.",
  },
  "mandate.none": {
    status: 403,
    zh: "您无权代其办事，或授权已失效。",
    en: "You may not act for them, or no longer.",
  },
  "mandate.not-found": { status: 404, zh: "没有这个授权。", en: "There is no such mandate." },
  "mandate.not-yours-to-grant": {
    status: 403,
    zh: "只有委托人本人或单位管理员可以授权。",
    en: "Only the principal, or an organisation's admin, may grant this.",
  },
  "mandate.unknown-agent": { status: 422, zh: "没有这个受托人。", en: "There is no such agent." },
  "mandate.agent-is-principal": {
    status: 422,
    zh: "不能委托给自己。",
    en: "One cannot give a mandate to oneself.",
  },
  "mandate.invalid-period": {
    status: 422,
    zh: "授权期限须晚于现在，且不超过五年。",
    en: "A mandate ends after now, and within five years.",
  },
  "staff.oneself": {
    status: 403,
    zh: "不能任免本人，请由其他管理员操作。",
    en: "Nobody appoints or dismisses themselves; have another operator do it.",
  },
  "staff.elsewhere": {
    status: 409,
    zh: "该工号属于其他部门，须先由其免去。",
    en: "This member of staff serves another department, which must dismiss them first.",
  },
  "staff.phone-needed": {
    status: 422,
    zh: "请填写手机号：工作人员凭手机验证码设置自己的密码。",
    en: "Give a phone: members of staff set their password by a code sent to it.",
  },
  "staff.division-not-yours": {
    status: 403,
    zh: "超出您管理的行政区划范围。",
    en: "This lies outside the division that you manage.",
  },
  "staff.person-unknown": { status: 422, zh: "没有这个个人账号。", en: "There is no such account of a person." },
  "staff.not-found": { status: 404, zh: "没有这个工作人员。", en: "There is no such member of staff." },
  "counter.not-a-clerk": { status: 403, zh: "只有窗口人员可以代办。", en: "Only clerks serve at the counter." },
  "counter.name-differs": {
    status: 409,
    zh: "姓名与该证件号码的账户不一致，请核对证件。",
    en: "The name differs from that of the account with this ID number; check the document.",
  },
  "counter.not-found": {
    status: 404,
    zh: "没有这次窗口服务，或已结束。",
    en: "There is no such visit, or it has ended.",
  },
} as const satisfies Record<string, RefusalText>;

/** The texts of what a route may utter. */
export const pick = <K extends keyof typeof identityTexts>(...codes: readonly K[]) =>
  Object.fromEntries(codes.map((code) => [code, identityTexts[code]])) as Pick<typeof identityTexts, K>;
