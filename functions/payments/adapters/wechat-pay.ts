import { createSign, randomBytes } from "node:crypto";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { fromRfc3339 } from "#shared/kernel/written-time.ts";
import { callProvider, jsonOf, type ProviderAnswer, type Wire } from "#shared/runtime/provider-call.ts";
import type { Handle } from "../domain/attempt.ts";
import {
  type CallbackReading,
  type CheckoutCall,
  type Found,
  type PaymentProvider,
  ProviderRefused,
  ProviderUnavailable,
  type RefundCall,
  type RefundFound,
} from "../domain/ports.ts";
import type { WechatSettings } from "./provider-settings.ts";
import { understood } from "./understood.ts";
import { Encrypted, opened, signedOf, type WechatKeys, wechatKeys } from "./wechat-keys.ts";

const Native = z.object({ code_url: z.string().min(1) });
const H5 = z.object({ h5_url: z.string().min(1) });
const Jsapi = z.object({ prepay_id: z.string().min(1) });
const Transaction = z.object({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().optional(),
  trade_state: z.string(),
  success_time: z.string().optional(),
  amount: z.object({ total: z.int(), currency: z.string().default("CNY") }).optional(),
});

const REFUND_STATES: Readonly<Record<string, "processing" | "completed" | "closed" | "abnormal">> = {
  PROCESSING: "processing",
  SUCCESS: "completed",
  CLOSED: "closed",
  ABNORMAL: "abnormal",
};

const RefundAnswer = z.object({
  status: z.enum(["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"]),
  create_time: z.string().optional(),
  success_time: z.string().optional(),
  amount: z.object({ refund: z.int() }).optional(),
});

const RefundNotice = z.object({
  mchid: z.string(),
  out_trade_no: z.string(),
  out_refund_no: z.string(),
  refund_status: z.enum(["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"]),
  success_time: z.string().optional(),
  amount: z.object({ total: z.int(), refund: z.int() }),
});

const Notification = z.object({
  id: z.string(),
  event_type: z.string(),
  resource_type: z.string(),
  resource: Encrypted,
});

export interface SignedCalls {
  /** @throws ProviderUnavailable when the answer is not signed by WeChat */
  call(method: "GET" | "POST", path: string, body?: unknown): Promise<ProviderAnswer>;
  /** Without verifying: certificates, whose answer tells by what it is signed, and bills, which have a hash. */
  unverified(method: "GET" | "POST", url: string, body?: unknown): Promise<ProviderAnswer>;
  /** How a request to that address is signed (WECHATPAY2-SHA256-RSA2048). */
  authorization(method: string, url: URL, text: string): string;
  sign(text: string): string;
  readonly keys: WechatKeys;
}

/** Requests to WeChat Pay APIv3, signed by the merchant, and answers verified. */
export const signedCalls = (settings: WechatSettings, wire: Wire, now: Clock): SignedCalls => {
  const sign = (text: string): string => createSign("RSA-SHA256").update(text).sign(settings.privateKey, "base64");
  const authorization = (method: string, url: URL, text: string): string => {
    const timestamp = Math.floor(Date.parse(now()) / 1000);
    const nonce = randomBytes(16).toString("hex");
    const signature = sign(`${method}\n${url.pathname}${url.search}\n${timestamp}\n${nonce}\n${text}\n`);
    const token = { mchid: settings.mchid, nonce_str: nonce, signature, timestamp, serial_no: settings.serial };
    const fields = Object.entries(token).map(([name, value]) => `${name}="${value}"`);
    return `WECHATPAY2-SHA256-RSA2048 ${fields.join()}`;
  };
  const unverified = (method: "GET" | "POST", address: string, body?: unknown): Promise<ProviderAnswer> => {
    const url = new URL(address);
    const text = body === undefined ? "" : JSON.stringify(body);
    return callProvider(wire, url, {
      method,
      headers: {
        authorization: authorization(method, url, text),
        accept: "application/json",
        "user-agent": "yimen",
        ...(settings.publicKey && { "wechatpay-serial": settings.publicKey.id }),
        ...(text && { "content-type": "application/json" }),
      },
      ...(text && { body: text }),
    });
  };
  const keys = wechatKeys(
    settings,
    async () => {
      const answer = await unverified("GET", `${settings.baseUrl}/v3/certificates`);
      // A merchant in public-key mode may have no certificates to fetch; then an unknown serial stays unknown.
      if (answer.status !== 200) return undefined;
      return { signed: signedOf((name) => answer.headers.get(name) ?? undefined, answer.body), body: answer.body };
    },
    now,
  );
  return {
    keys,
    sign,
    authorization,
    unverified,
    async call(method, path, body) {
      const answer = await unverified(method, settings.baseUrl + path, body);
      const signed = signedOf((name) => answer.headers.get(name) ?? undefined, answer.body);
      const verdict = signed ? await keys.verify(signed) : "signature-wrong";
      if (verdict !== "good") throw new ProviderUnavailable(`the answer is not signed: ${verdict}`);
      return answer;
    },
  };
};

const codeOf = (answer: ProviderAnswer): string => {
  const { code } = jsonOf(answer.body);
  return typeof code === "string" ? code.slice(0, 60) : `status-${answer.status}`;
};

/** WeChat Pay APIv3 (pay.weixin.qq.com/doc/v3), certificate mode and public-key mode. */
export const wechatPay = (
  settings: WechatSettings,
  { wire, now, callbackUrl }: { readonly wire: Wire; readonly now: Clock; readonly callbackUrl: string },
): PaymentProvider => {
  const { call, keys, sign } = signedCalls(settings, wire, now);
  const { mchid, appid } = settings;

  const body = (answer: ProviderAnswer): Record<string, unknown> => {
    if (answer.status >= 300) throw new ProviderRefused(codeOf(answer));
    return jsonOf(answer.body);
  };

  const handleOf = (request: CheckoutCall, answer: Record<string, unknown>): Handle => {
    if (request.way === "native-qr") return { kind: "qr", content: understood(Native, answer).code_url };
    if (request.way === "h5") {
      const url = understood(H5, answer).h5_url;
      const back = request.returnUrl && `&redirect_url=${encodeURIComponent(request.returnUrl)}`;
      return { kind: "redirect", url: url + (back ?? "") };
    }
    const timeStamp = String(Math.floor(Date.parse(now()) / 1000));
    const nonceStr = randomBytes(16).toString("hex");
    const prepay = `prepay_id=${understood(Jsapi, answer).prepay_id}`;
    const paySign = sign(`${appid}\n${timeStamp}\n${nonceStr}\n${prepay}\n`);
    return {
      kind: "jsapi",
      parameters: { appId: appid, timeStamp, nonceStr, package: prepay, signType: "RSA", paySign },
    };
  };

  const foundOf = (transaction: z.infer<typeof Transaction>): Found => {
    switch (transaction.trade_state) {
      case "SUCCESS":
      case "REFUND": {
        const at = fromRfc3339(transaction.success_time ?? "");
        if (!at || !transaction.amount || !transaction.transaction_id)
          throw new ProviderUnavailable("a paid transaction without time, amount or number");
        if (transaction.amount.currency !== "CNY") throw new ProviderUnavailable("paid in another currency");
        return { state: "paid", trade: transaction.transaction_id, amount: transaction.amount.total, at };
      }
      case "CLOSED":
      case "REVOKED":
      case "PAYERROR":
        return { state: "closed" };
      default:
        return { state: "unpaid" };
    }
  };

  const refundFound = (answer: Record<string, unknown>): RefundFound => {
    const { status, create_time, success_time, amount } = understood(RefundAnswer, answer);
    const acceptedAt = fromRfc3339(create_time ?? "");
    const at = fromRfc3339(success_time ?? "") ?? acceptedAt ?? now();
    return {
      state: REFUND_STATES[status] ?? "processing",
      amount: amount?.refund,
      ...(acceptedAt && { acceptedAt }),
      at,
    };
  };

  const readTransaction = (text: string): CallbackReading => {
    const read = Transaction.safeParse(JSON.parse(text));
    if (!read.success) return { kind: "refused", why: "resource-malformed" };
    const transaction = read.data;
    if (transaction.mchid !== mchid) return { kind: "refused", why: "merchant-differs" };
    if (transaction.appid !== appid) return { kind: "refused", why: "app-differs" };
    if (transaction.trade_state !== "SUCCESS") return { kind: "nothing" };
    const at = fromRfc3339(transaction.success_time ?? "");
    if (!at || !transaction.amount || !transaction.transaction_id)
      return { kind: "refused", why: "resource-malformed" };
    if (transaction.amount.currency !== "CNY") return { kind: "refused", why: "currency-differs" };
    return {
      kind: "payment",
      report: {
        provider: "wechat",
        number: transaction.out_trade_no,
        trade: transaction.transaction_id,
        amount: transaction.amount.total,
        at,
      },
    };
  };

  const readRefund = (text: string): CallbackReading => {
    const read = RefundNotice.safeParse(JSON.parse(text));
    if (!read.success) return { kind: "refused", why: "resource-malformed" };
    if (read.data.mchid !== mchid) return { kind: "refused", why: "merchant-differs" };
    return {
      kind: "refund",
      report: {
        provider: "wechat",
        refund: read.data.out_refund_no,
        state: REFUND_STATES[read.data.refund_status] ?? "processing",
        amount: read.data.amount.refund,
        at: fromRfc3339(read.data.success_time ?? "") ?? now(),
      },
    };
  };

  return {
    name: "wechat",
    offers: ({ way, openId }) => way === "native-qr" || way === "h5" || (way === "jsapi" && openId !== undefined),

    async checkout(request) {
      const kind = request.way === "native-qr" ? "native" : request.way;
      const answer = await call("POST", `/v3/pay/transactions/${kind}`, {
        appid,
        mchid,
        description: request.description.slice(0, 120),
        out_trade_no: request.number,
        time_expire: request.expiresAt.replace(/\.\d{3}Z$/, "Z"),
        notify_url: callbackUrl,
        amount: { total: request.amount, currency: "CNY" },
        ...(kind === "jsapi" && { payer: { openid: request.openId } }),
        ...(kind === "h5" && { scene_info: { payer_client_ip: request.source, h5_info: { type: "Wap" } } }),
      });
      return handleOf(request, body(answer));
    },

    async query({ number }) {
      const answer = await call("GET", `/v3/pay/transactions/out-trade-no/${number}?mchid=${mchid}`);
      if (answer.status === 404) return { state: "unknown" };
      const transaction = understood(Transaction, body(answer));
      if (transaction.out_trade_no !== number || transaction.mchid !== mchid)
        throw new ProviderUnavailable("the answer is about another order");
      return foundOf(transaction);
    },

    async close({ number }) {
      const answer = await call("POST", `/v3/pay/transactions/out-trade-no/${number}/close`, { mchid });
      if (answer.status === 204 || answer.status === 404) return;
      const code = codeOf(answer);
      if (code === "ORDER_CLOSED" || code === "ORDERNOTEXIST" || code === "ORDER_NOT_EXIST") return;
      throw new ProviderRefused(code);
    },

    async refund({ refund, amount, reason, payment }) {
      const answer = await call("POST", "/v3/refund/domestic/refunds", {
        out_trade_no: payment.number,
        out_refund_no: refund,
        reason: reason.slice(0, 80),
        notify_url: callbackUrl,
        amount: { refund: amount, total: payment.amount, currency: "CNY" },
      });
      return refundFound(body(answer));
    },

    async queryRefund({ refund }: RefundCall) {
      const answer = await call("GET", `/v3/refund/domestic/refunds/${refund}`);
      return answer.status === 404 ? { state: "unknown" } : refundFound(body(answer));
    },

    async readCallback({ headers, body: raw }) {
      const signed = signedOf((name) => headers[name], raw);
      if (!signed) return { kind: "refused", why: "unsigned" };
      const verdict = await keys.verify(signed);
      if (verdict === "probe") return { kind: "refused", why: "probe", quiet: true };
      if (verdict !== "good") return { kind: "refused", why: verdict };
      try {
        const notification = Notification.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw)));
        const text = opened(settings.apiV3Key, notification.resource);
        if (notification.event_type === "TRANSACTION.SUCCESS") return readTransaction(text);
        if (/^REFUND\.(SUCCESS|CLOSED|ABNORMAL)$/.test(notification.event_type)) return readRefund(text);
        return { kind: "nothing" };
      } catch {
        return { kind: "refused", why: "body-malformed" };
      }
    },

    answer: (accepted) =>
      accepted
        ? { status: 204, body: "" }
        : { status: 400, contentType: "application/json", body: JSON.stringify({ code: "FAIL", message: "失败" }) },
  };
};
