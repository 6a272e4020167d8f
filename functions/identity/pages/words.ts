import type { personScopes, staffScopes } from "#shared/contracts/http/scopes.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { type Html, html } from "#shared/runtime/html.ts";
import type { Assurance, AssuranceLevel, PrincipalChoice } from "../accounts/accounts.ts";

const clock = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai",
  dateStyle: "long",
  timeStyle: "short",
  hourCycle: "h23",
});
const calendar = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "long" });

export const moment = (at: Instant): Html => html`<time datetime="${at}">${clock.format(new Date(at))}</time>`;
export const day = (at: Instant): Html => html`<time datetime="${at}">${calendar.format(new Date(at))}</time>`;

export const levelWords: Record<AssuranceLevel, string> = {
  0: "未认证",
  1: "初级：本人填报",
  2: "中级：信息已核验",
  3: "高级：本人已核验",
};

export const methodWords: Record<Assurance["method"], string> = {
  "self-declared": "注册时填报",
  "phone-code": "短信验证",
  upstream: "上级统一身份认证",
  counter: "服务窗口核验证件",
  face: "人脸核验",
  document: "证件核验",
};

export const groundWords = ({ ground, principal, validUntil }: PrincipalChoice): Html => {
  if (!ground) return html`本人`;
  if (ground.type === "guardian") return html`您是其监护人`;
  if (ground.type === "member") return html`您是该单位的办事人员`;
  return html`${principal.kind === "legal" ? "该单位" : "对方"}委托您办理${validUntil && html`，至 ${day(validUntil)}`}`;
};

type Consentable = "openid" | "profile" | "phone" | (typeof personScopes)[number] | keyof typeof staffScopes;

/** What a client may ask of people, as they are told. A scope without words does not compile. */
const scopes: Record<Consentable, string> = {
  openid: "确认您是谁（账户编号）",
  profile: "您的姓名（遮盖显示）",
  phone: "您的手机号（遮盖显示）",
  "personal:read": "您的姓名和手机号（完整显示）",
  "applications:submit": "以您的名义提交、补正和撤回申请，上传材料",
  "applications:read": "查看您的办件和进度（个人信息遮盖显示）",
  "applications:decide": "以您的工号办理本部门的办件",
  "applications:personal": "以您的工号查看本部门办件的申请人信息（须说明用途，留有记录）",
  "applications:supervise": "以您的工号在投诉成立后重新开启办件",
  "catalogue:manage": "以您的工号维护本部门的政务服务事项",
  "payments:pay": "查看您的缴费单并发起支付",
  "payments:refund": "以您的工号申请或批准退款",
  "payments:reconcile": "以您的工号处理对账差异并关账",
  "shipments:request": "为您的办件预约取件和送达，查看物流",
  "shipments:manage": "以您的工号登记运单、处理异常邮件",
  "tasks:read": "查看您的待办",
  "messages:read": "查看您的消息，设置接收方式",
  "messages:manage": "以您的工号预览消息模板、查看发送记录",
  "persons:self": "查看您的账户（遮盖显示）和您可以代谁办事",
  "persons:manage": "修改、导出和注销您的账户，为您的子女开户",
  "organisations:manage": "登记单位，管理您单位的办事人员",
  "mandates:manage": "替您办理委托：授予、查看、撤销",
  "counter:assist": "以您的工号在窗口协助群众办事",
  "staff:manage": "以您的工号任免工作人员",
};

export const scopeWords = (scope: string): string =>
  Object.hasOwn(scopes, scope) ? scopes[scope as Consentable] : scope;
