import { createPublicKey, createSign, createVerify } from "node:crypto";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { fenFromYuan, yuanFromFen } from "#shared/kernel/fen.ts";
import { beijingText, fromBeijing } from "#shared/kernel/written-time.ts";
import { formBytes, formText, signedContent } from "#shared/runtime/form-body.ts";
import { callProvider, jsonOf, type Wire } from "#shared/runtime/provider-call.ts";
import {
  type CallbackReading,
  type Found,
  type PaymentProvider,
  ProviderRefused,
  ProviderUnavailable,
  type RefundFound,
} from "../domain/ports.ts";
import type { AlipaySettings } from "./provider-settings.ts";
import { understood } from "./understood.ts";

const fenOf = (yuan: string): number | undefined => {
  try {
    return fenFromYuan(yuan);
  } catch {
    return undefined;
  }
};

/** The node of an answer as it was signed: the bytes between its braces, never re-serialised. */
const signedNode = (text: string, name: string): string | undefined => {
  const start = text.indexOf(`"${name}"`);
  const open = start < 0 ? -1 : text.indexOf("{", start);
  if (open < 0) return undefined;
  let depth = 0;
  let inText = false;
  for (let i = open; i < text.length; i++) {
    const char = text[i];
    if (inText) {
      if (char === "\\") i++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return text.slice(open, i + 1);
  }
  return undefined;
};

export interface AlipayCalls {
  /** The parameters of a call, signed (RSA2). */
  parameters(method: string, content: unknown, more?: Readonly<Record<string, string>>): Record<string, string>;
  /** @throws ProviderUnavailable for an answer that Alipay has not signed */
  call(method: string, content: unknown, more?: Readonly<Record<string, string>>): Promise<Record<string, unknown>>;
}

/** Calls of the open gateway. An answer's `code` 10000 is success; who calls looks at it. */
export const alipayCalls = (settings: AlipaySettings, wire: Wire, now: Clock): AlipayCalls => {
  const publicKey = createPublicKey(settings.alipayPublicKey);
  const parameters: AlipayCalls["parameters"] = (method, content, more = {}) => {
    const unsigned: Record<string, string> = {
      app_id: settings.appId,
      method,
      format: "JSON",
      charset: "utf-8",
      sign_type: "RSA2",
      timestamp: beijingText(now()),
      version: "1.0",
      ...more,
      biz_content: JSON.stringify(content),
    };
    const text = Object.entries(unsigned)
      .filter(([, value]) => value !== "")
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
    const sign = createSign("RSA-SHA256").update(text, "utf8").sign(settings.privateKey, "base64");
    return { ...unsigned, sign };
  };
  return {
    parameters,
    async call(method, content, more) {
      const answer = await callProvider(wire, settings.gateway, {
        method: "POST",
        body: new URLSearchParams(parameters(method, content, more)),
      });
      const text = answer.body.toString("utf8");
      const json = jsonOf(text);
      const name = `${method.replaceAll(".", "_")}_response`;
      const node = signedNode(text, name) ?? signedNode(text, "error_response");
      const sign = json.sign;
      const isGenuine =
        node !== undefined &&
        typeof sign === "string" &&
        createVerify("RSA-SHA256").update(node, "utf8").verify(publicKey, sign, "base64");
      // Errors of the gateway itself come unsigned, e.g. for a wrong signature of ours; they decide nothing here.
      if (!isGenuine) throw new ProviderUnavailable("the answer is not signed by Alipay");
      return jsonOf(node);
    },
  };
};

const Answer = z.object({ code: z.string(), sub_code: z.string().optional() });

const Precreated = z.object({ qr_code: z.string().min(1) });
const Notice = z.object({
  app_id: z.string(),
  out_trade_no: z.string(),
  trade_no: z.string(),
  total_amount: z.string(),
  trade_status: z.string(),
  seller_id: z.string().optional(),
  gmt_payment: z.string().optional(),
  refund_fee: z.string().optional(),
  out_biz_no: z.string().optional(),
  gmt_refund: z.string().optional(),
});

const UNSIGNED = new Set(["sign", "sign_type"]);

/** Alipay (支付宝 open platform, RSA2). */
export const alipay = (
  settings: AlipaySettings,
  { wire, now, callbackUrl }: { readonly wire: Wire; readonly now: Clock; readonly callbackUrl: string },
): PaymentProvider => {
  const { call, parameters } = alipayCalls(settings, wire, now);
  const publicKey = createPublicKey(settings.alipayPublicKey);

  const good = (answer: Record<string, unknown>): Record<string, unknown> => {
    const { code, sub_code } = understood(Answer, answer);
    if (code === "10000") return answer;
    // 20000: the service is not available; ACQ.SYSTEM_ERROR: its outcome is not known.
    if (code === "20000" || sub_code === "ACQ.SYSTEM_ERROR" || sub_code === "aop.ACQ.SYSTEM_ERROR")
      throw new ProviderUnavailable(sub_code ?? code);
    throw new ProviderRefused((sub_code ?? code).slice(0, 60));
  };
  const unless = async <T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof ProviderRefused && codes.includes(error.message)) return undefined;
      throw error;
    }
  };

  const readNotice = (fields: Readonly<Record<string, string>>): CallbackReading => {
    const read = Notice.safeParse(fields);
    if (!read.success) return { kind: "refused", why: "body-malformed" };
    const notice = read.data;
    if (notice.app_id !== settings.appId) return { kind: "refused", why: "app-differs" };
    if (notice.seller_id !== settings.sellerId) return { kind: "refused", why: "merchant-differs" };
    // Refunds reuse TRADE_SUCCESS and TRADE_CLOSED; what they carry tells them apart. refund_fee is a running total.
    if (notice.refund_fee !== undefined || notice.gmt_refund !== undefined) {
      if (!notice.out_biz_no) return { kind: "nothing" };
      const at = fromBeijing((notice.gmt_refund ?? "").replace(/\.\d+$/, "")) ?? now();
      return {
        kind: "refund",
        report: { provider: "alipay", refund: notice.out_biz_no, state: "completed", at, acceptedAt: at },
      };
    }
    if (notice.trade_status !== "TRADE_SUCCESS" && notice.trade_status !== "TRADE_FINISHED") return { kind: "nothing" };
    const amount = fenOf(notice.total_amount);
    const at = fromBeijing(notice.gmt_payment ?? "");
    if (amount === undefined || !at) return { kind: "refused", why: "body-malformed" };
    return {
      kind: "payment",
      report: { provider: "alipay", number: notice.out_trade_no, trade: notice.trade_no, amount, at },
    };
  };

  return {
    name: "alipay",
    offers: ({ way }) => way !== "jsapi",

    async checkout(request) {
      const content = {
        out_trade_no: request.number,
        total_amount: yuanFromFen(request.amount),
        subject: request.description.slice(0, 120),
        time_expire: beijingText(request.expiresAt),
      };
      if (request.way === "native-qr") {
        const answer = good(await call("alipay.trade.precreate", content, { notify_url: callbackUrl }));
        return { kind: "qr", content: understood(Precreated, answer).qr_code };
      }
      const [method, product_code] =
        request.way === "h5"
          ? ["alipay.trade.wap.pay", "QUICK_WAP_WAY"]
          : ["alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"];
      const query = parameters(
        method ?? "",
        { ...content, product_code },
        { notify_url: callbackUrl, ...(request.returnUrl && { return_url: request.returnUrl }) },
      );
      return { kind: "redirect", url: `${settings.gateway}?${new URLSearchParams(query)}` };
    },

    async query({ number }): Promise<Found> {
      const answer = await unless(
        ["ACQ.TRADE_NOT_EXIST"],
        call("alipay.trade.query", { out_trade_no: number }).then(good),
      );
      if (!answer) return { state: "unknown" };
      if (answer.out_trade_no !== number) throw new ProviderUnavailable("the answer is about another order");
      switch (answer.trade_status) {
        case "TRADE_SUCCESS":
        case "TRADE_FINISHED": {
          const amount = fenOf(String(answer.total_amount));
          const at = fromBeijing(String(answer.send_pay_date ?? ""));
          if (amount === undefined || !at) throw new ProviderUnavailable("a paid trade without time or amount");
          return { state: "paid", trade: String(answer.trade_no), amount, at };
        }
        case "TRADE_CLOSED":
          return { state: "closed" };
        default:
          return { state: "unpaid" };
      }
    },

    async close({ number }) {
      await unless(["ACQ.TRADE_NOT_EXIST"], call("alipay.trade.close", { out_trade_no: number }).then(good));
    },

    async refund({ refund, amount, reason, payment }): Promise<RefundFound> {
      good(
        await call("alipay.trade.refund", {
          out_trade_no: payment.number,
          refund_amount: yuanFromFen(amount),
          out_request_no: refund,
          refund_reason: reason.slice(0, 80),
        }),
      );
      // Taken is not given back: fund_change may be N for a repeat. The query tells.
      return this.queryRefund({ refund, amount, reason, payment, requestedAt: now() });
    },

    async queryRefund({ refund, payment }): Promise<RefundFound> {
      const answer = await unless(
        ["ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"],
        call("alipay.trade.fastpay.refund.query", {
          out_trade_no: payment.number,
          out_request_no: refund,
          query_options: ["gmt_refund_pay"],
        }).then(good),
      );
      // Without that state it is not given back, and may never be: to be asked for again by the same out_request_no.
      if (answer?.refund_status !== "REFUND_SUCCESS") return { state: "unknown" };
      const at = fromBeijing(String(answer.gmt_refund_pay ?? "")) ?? now();
      return { state: "completed", amount: fenOf(String(answer.refund_amount)), at, acceptedAt: at };
    },

    async readCallback({ headers, body }) {
      if (!/^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? ""))
        return { kind: "refused", why: "content-type-wrong" };
      const fields = formBytes(body);
      const sign = fields?.get("sign")?.toString("latin1");
      if (!fields || !sign) return { kind: "refused", why: fields ? "unsigned" : "body-malformed" };
      if ((fields.get("sign_type")?.toString("latin1") ?? "RSA2") !== "RSA2")
        return { kind: "refused", why: "signature-wrong" };
      // The rules drop empty values, Alipay's own SDK for Node keeps them: either is signed by Alipay.
      const isGenuine = [false, true].some((keepEmpty) =>
        createVerify("RSA-SHA256")
          .update(signedContent(fields, UNSIGNED, keepEmpty))
          .verify(publicKey, sign, "base64"),
      );
      if (!isGenuine) return { kind: "refused", why: "signature-wrong" };
      const text = formText(fields, fields.get("charset")?.toString("latin1") ?? "utf-8");
      return text ? readNotice(text) : { kind: "refused", why: "body-malformed" };
    },

    answer: (accepted) =>
      accepted
        ? { status: 200, contentType: "text/plain", body: "success" }
        : { status: 200, contentType: "text/plain", body: "failure" },
  };
};
