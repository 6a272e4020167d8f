import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { escaped, outsidePage, sendPage, timeTag } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";
import { signatureProblem } from "./signed-request.ts";

export interface SmsGatewayOptions {
  readonly appId: string;
  readonly secret: string;
  /** 0 for a free port. */
  readonly port: number;
}

/** A text message on somebody's phone. */
export interface TextMessage {
  readonly at: string;
  readonly to: string;
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
  readonly text: string;
}

/** `GET /inbox?phone=`: what arrived, newest last. */
export interface Inbox {
  readonly messages: readonly TextMessage[];
  readonly calls: number;
  /** Requests whose signature did not verify. */
  readonly unsigned: number;
}

const Message = z.object({
  to: z.string().regex(/^1\d{10}$/),
  template: z.string().min(1),
  params: z.record(z.string(), z.string()),
});

/** The wording an operator has approved. */
const TEMPLATES: Readonly<Record<string, string>> = {
  "code.register": "您正在注册，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.sign-in": "您正在登录，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.change-phone": "您正在更换手机号，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.reset-password": "您正在重设密码，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.staff-sign-in": "您正在登录工作台，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.staff-password": "您正在设置工作人员登录密码，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "code.close-account": "您正在注销账户，验证码{code}，{minutes}分钟内有效。请勿告诉他人。",
  "notice.registered-already": "有人用您的证件号码注册，您已有账户，请直接登录。如非本人操作，无需理会。",
  "notice.password-changed": "您的密码已修改。如非本人操作，请立即重设密码。",
  "notice.phone-changed": "您账户的手机号已更换。如非本人操作，请到政务服务窗口办理。",
  "notice.mandate-granted": "有人委托您代办事项，请登录查看。",
  "notice.mandate-revoked": "一项委托已被撤销，请登录查看。",
  "notice.account-closed": "您的账户已注销。",
  "notice.representative-replaced":
    "贵单位的法定代表人已在服务窗口变更，您不再是该单位的办事人员。如有异议，请到服务窗口办理。",
  "notice.guardian-replaced":
    "一名未成年人的监护人已在服务窗口变更，您不能再以监护人身份为其办事。如有异议，请到服务窗口办理。",
  "notice.staff-appointed": "您已被任命为本平台工作人员。首次登录前，请在“工作人员登录”页用本手机设置密码。",
  "progress.submitted": "您申请的“{item}”已收到，办件编号 {number}，将于 {date} 前告知是否受理。",
  "progress.correction-requested": "您申请的“{item}”（{number}）需要补正材料，请于 {date} 前登录查看并提交。",
  "progress.accepted": "您申请的“{item}”（{number}）已受理，承诺于 {date} 前办结。",
  "progress.declined": "您申请的“{item}”（{number}）不予受理，理由及救济途径请登录查看。",
  "progress.suspended": "您申请的“{item}”（{number}）进入特别程序，预计于 {date} 前完成，所需时间不计入办理期限。",
  "progress.resumed": "您申请的“{item}”（{number}）已恢复办理，承诺于 {date} 前办结。",
  "progress.extended": "您申请的“{item}”（{number}）经批准延长办理期限至 {date}，理由请登录查看。",
  "progress.approved": "您申请的“{item}”（{number}）已作出准予决定，结果将于 {date} 前送达。",
  "progress.approved-unpaid": "您申请的“{item}”（{number}）已作出准予决定，费用缴清之日起十个工作日内送达结果。",
  "progress.refused": "您申请的“{item}”（{number}）已作出不予许可决定，理由及救济途径请登录查看。",
  "progress.revoked": "您以告知承诺方式取得的“{item}”（{number}）已被撤销，理由及救济途径请登录查看。",
  "progress.lapsed": "您申请的“{item}”（{number}）因逾期未补正或未缴费已终止，可重新申请。",
  "progress.reopened": "您申请的“{item}”（{number}）重新办理，将于 {date} 前办结。",
  "progress.withdrawn": "您申请的“{item}”（{number}）已撤回。",
  "progress.fee-due": "您申请的“{item}”（{number}）需缴费 {amount} 元，缴清后继续办理。",
  "progress.deadline-near": "您申请的“{item}”（{number}）须于 {date} 前提交所需材料，请尽快登录办理。",
  "progress.file-rejected": "您上传的一份材料未通过检查，请登录后重新上传。",
  "progress.paid": "办件 {number} 已缴费 {amount} 元。",
  "progress.refunded": "办件 {number} 已退款 {amount} 元，原路返回。",
  "progress.surplus-refunded": "办件 {number} 重复或逾期支付的 {amount} 元已退回。",
  "progress.refunded.2": "办件 {number} 已退款 {amount} 元，请留意原支付账户或与工作人员约定的账户。",
  "progress.surplus-refunded.2": "办件 {number} 有一笔 {amount} 元的付款未计入应缴费用，已退回。",
  "progress.sent": "办件 {number} 的快件已寄出，可登录查看物流。",
  "progress.out-for-delivery": "办件 {number} 的快件正在派送，请留意签收。",
  "progress.delivered": "办件 {number} 的快件已签收。",
  "progress.delivered.2": "办件 {number} 的快件已签收。如非您或您委托的人签收，请登录联系工作人员。",
  "progress.returned": "办件 {number} 的快件被退回，工作人员将与您联系。",
};

/**
 * A text message operator's gateway (短信网关) with every phone of the city in its inbox: `POST /messages {to, template, params}`,
 * signed; `GET /inbox?phone=`; a page at `/`. A repeated idempotency key is answered as before and shown once.
 */
export const startSmsGateway = (options: SmsGatewayOptions): Promise<Running> => {
  const inbox: TextMessage[] = [];
  const accepted = new Map<string, string>();
  const misbehaviour = misbehaviours(["500", "slow", "refuse", "rate-limit", "down", "lost-answer"]);
  let calls = 0;
  let unsigned = 0;

  const deliver = (key: string, message: z.infer<typeof Message>): string => {
    const before = accepted.get(key);
    if (before) return before;
    const id = randomUUID();
    accepted.set(key, id);
    const wording = TEMPLATES[message.template] ?? message.template;
    const text = wording.replaceAll(/\{(\w+)\}/g, (_, name: string) => message.params[name] ?? "");
    inbox.push({ at: new Date().toISOString(), ...message, text: `【一门政务】${text}` });
    return id;
  };

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readText(request);
    calls += 1;
    const wrong = misbehaviour.next();
    if (wrong?.mode === "slow") await pause(wrong.milliseconds);
    if (wrong?.mode === "down") return void response.destroy();
    if (wrong?.mode === "500") return sendJson(response, 500, {});
    if (wrong?.mode === "rate-limit") return sendJson(response, 429, { code: "too-many" });
    const problem = signatureProblem(request, body, options);
    if (problem) {
      unsigned += 1;
      return sendJson(response, 401, { code: "unsigned", message: problem });
    }
    if (wrong?.mode === "refuse") return sendJson(response, 422, { code: "number-refused" });
    const message = Message.safeParse(JSON.parse(body));
    if (!message.success) return sendJson(response, 422, { code: "number-refused" });
    const id = deliver(String(request.headers["idempotency-key"]), message.data);
    if (wrong?.mode === "lost-answer") return sendJson(response, 502, {});
    return sendJson(response, 202, { id });
  };

  return listen(options.port, async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const phone = url.searchParams.get("phone");
    const messages = inbox.filter(({ to }) => !phone || to === phone);
    switch (`${request.method} ${url.pathname}`) {
      case "POST /messages":
        return take(request, response);
      case "GET /inbox":
        return sendJson(response, 200, { messages, calls, unsigned } satisfies Inbox);
      case "POST /misbehave":
        misbehaviour.set(JSON.parse(await readText(request)));
        return sendJson(response, 200, {});
      case "GET /":
        return sendPage(response, 200, inboxPage(messages, phone));
      default:
        return sendJson(response, 404, {});
    }
  });
};

const inboxPage = (messages: readonly TextMessage[], phone: string | null): string =>
  outsidePage(
    "短信收件箱",
    `<form method="get"><label>手机号 <input name="phone" inputmode="numeric" value="${escaped(phone ?? "")}"></label><button>查看</button></form>
${
  messages
    .toReversed()
    .map(
      ({ at, to, text }) => `<article>${timeTag(at)} <small>发给 ${escaped(to)}</small><br>${escaped(text)}</article>`,
    )
    .join("\n") || "<p>还没有短信。</p>"
}`,
  );
