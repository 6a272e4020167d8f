import type { CodeRefusal, RegisterRefusal, SignInRefusal } from "../accounts/accounts.ts";
import type { Problem } from "./layout.ts";

type PageRefusal =
  | SignInRefusal
  | RegisterRefusal
  | CodeRefusal
  | "challenge.phone-invalid"
  | "challenge.not-sent"
  | "person.not-a-child"
  | "person.password-wrong"
  | "person.closed"
  | "person.open-cases"
  | "person.organisation-admin"
  | "consent.not-given"
  | "consent.needed"
  | "mandate.none"
  | "mandate.not-found"
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
  "person.closed": { text: "该账户已经注销。" },
  "person.open-cases": { text: "您还有正在办理的事项，办结或撤回后才能注销账户。" },
  "person.organisation-admin": { text: "您是单位账户的唯一管理员，请先指定其他管理员，再注销账户。" },
  "challenge.wrong-code": { field: "code", text: "验证码不正确或已失效，请核对最近一条短信，或者重新获取。" },
  "challenge.phone-invalid": { field: "phone", text: "手机号不正确，请输入 11 位手机号。" },
  "challenge.not-sent": { field: "phone", text: "短信暂时无法发出，请稍后再试。" },
  "consent.not-given": { text: "这项同意已经撤回。" },
  "consent.needed": { text: "没有这项同意就无法保留账户。如果不再同意，请注销账户。" },
  "mandate.none": { field: "principal", text: "您现在不能为该对象办事，请重新选择。" },
  "mandate.not-found": { text: "没有找到这项委托，它可能已经撤销。" },
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
