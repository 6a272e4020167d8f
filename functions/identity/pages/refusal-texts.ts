import type { CodeRefusal, RegisterRefusal, SignInRefusal } from "../accounts/accounts.ts";
import type { MandateRefusal } from "../domain/mandate.ts";
import type { OrganisationRefusal } from "../domain/organisation.ts";
import type { Problem } from "./layout.ts";

type PageRefusal =
  | SignInRefusal
  | RegisterRefusal
  | CodeRefusal
  | "challenge.phone-invalid"
  | "challenge.not-sent"
  | "person.not-a-child"
  | "person.password-wrong"
  | "person.present-phone-wrong"
  | "person.closed"
  | "person.no-phone"
  | "person.open-cases"
  | "person.organisation-admin"
  | "consent.not-given"
  | "consent.needed"
  | "mandate.none"
  | "mandate.not-found"
  | MandateRefusal
  | "mandate.not-yours-to-grant"
  | "mandate.unknown-agent"
  | "person.assurance-too-low"
  | "request.key-reused"
  | OrganisationRefusal
  | "organisation.exists"
  | "organisation.not-found"
  | "member.unknown-person"
  | "member.not-found"
  | "member.last-admin"
  | "member.is-representative"
  | "step-up.unavailable"
  | "step-up.refused"
  | "step-up.rejected"
  | "step-up.pending";

/** Refusals as a person in front of a form needs them: what is wrong and what to do. The field is the one most forms have. */
const texts: Record<PageRefusal, Problem> = {
  "sign-in.failed": { text: "登录信息不正确，请核对后重新输入。" },
  "identity.too-many-attempts": { text: "尝试次数过多。为保护账户安全，请稍后再试。" },
  "person.invalid-id-number": { field: "idNumber", text: "证件号码不正确，请对照证件逐位核对。" },
  "person.guardian-needed": { field: "idNumber", text: "不满十四周岁须由监护人在监护人自己的账户中办理注册。" },
  "person.consent-missing": { text: "请阅读并勾选需要您同意的内容。" },
  "person.password-weak": {
    field: "password",
    text: "密码太容易被猜到。请用至少 10 个字符，并避免生日、证件号码和常见密码。",
  },
  "person.not-a-child": { field: "idNumber", text: "该证件号码的持有人已满十四周岁，应由本人注册。" },
  "person.password-wrong": { field: "current", text: "当前密码不正确。" },
  "person.present-phone-wrong": {
    field: "present",
    text: "原手机号收到的验证码不正确或已失效，请核对最近一条短信，或者返回重新发送。",
  },
  "person.closed": { text: "该账户已经注销。" },
  "person.no-phone": { text: "账户没有登记手机号，请先登记。" },
  "person.open-cases": { text: "您还有正在办理的事项，办结或撤回后才能注销账户。" },
  "person.organisation-admin": { text: "您是单位账户的唯一管理员，请先指定其他管理员，再注销账户。" },
  "challenge.wrong-code": { field: "code", text: "验证码不正确或已失效，请核对最近一条短信，或者重新获取。" },
  "challenge.phone-invalid": { field: "phone", text: "手机号不正确，请输入 11 位手机号。" },
  "challenge.not-sent": { field: "phone", text: "短信暂时无法发出，请稍后再试。" },
  "consent.not-given": { text: "这项同意已经撤回。" },
  "consent.needed": { text: "没有这项同意就无法保留账户。如果不再同意，请注销账户。" },
  "mandate.none": { field: "principal", text: "您现在不能为该对象办事，请重新选择。" },
  "mandate.not-found": { text: "没有找到这项委托，它可能已经撤销。" },
  "mandate.agent-is-principal": { field: "agent", text: "不能委托给自己。" },
  "mandate.invalid-period": { field: "until", text: "请选择有效期：今天以后，五年以内。" },
  "mandate.not-yours-to-grant": { field: "principal", text: "您不能替它委托：须是您本人，或您担任管理员的单位。" },
  "mandate.unknown-agent": { field: "agent", text: "没有这个账户，请向受托人核对账户编号。" },
  "person.assurance-too-low": { text: "您的认证等级不够，请先核验身份。" },
  "request.key-reused": { text: "这次提交与先前的内容不同，请重新填写。" },
  "organisation.invalid-code": { field: "uscc", text: "统一社会信用代码不正确，请对照证照逐位核对。" },
  "organisation.not-representative": {
    field: "representative",
    text: "与您的账户不一致。须由法定代表人本人登录登记。",
  },
  "organisation.assurance-too-low": { text: "您的认证等级不够，请先核验身份。" },
  "organisation.exists": { field: "uscc", text: "该单位已经登记。请联系其管理员把您添加为办事人员。" },
  "organisation.not-found": { text: "您不是该单位的管理员，不能这样做。" },
  "member.unknown-person": { field: "member", text: "没有这个账户，请向对方核对账户编号。" },
  "member.not-found": { text: "该人员已经不在单位中。" },
  "member.last-admin": { text: "单位至少要有一名管理员，请先指定另一名管理员。" },
  "member.is-representative": { text: "不能移出法定代表人，也不能取消其管理员角色。" },
  "step-up.unavailable": { text: "核验服务暂时不可用，请稍后再试。" },
  "step-up.refused": { text: "核验服务没有受理，请换一种方式，或者到服务窗口办理。" },
  "step-up.rejected": { text: "核验没有通过：比对结果与账户登记的身份不一致。请重试，或者到服务窗口办理。" },
  "step-up.pending": { text: "核验还没有完成，请完成后再返回。" },
};

/** @param fields where this form's own fields are named otherwise */
export const problemFor = (code: PageRefusal, fields: Partial<Record<PageRefusal, string>> = {}): Problem => {
  const field = fields[code];
  return field === undefined ? texts[code] : { ...texts[code], field };
};
