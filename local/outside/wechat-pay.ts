import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import wechatpay from "wechatpay-axios-plugin";
import * as z from "zod";
import { yuanFromFen } from "#shared/kernel/fen.ts";
import { keyPair, selfSigned } from "./certificate.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { type Post, paymentDesk, type Trade, type TradeRefund } from "./payment-desk.ts";

const { Aes, Formatter, Rsa } = wechatpay;

export interface WechatPayOptions {
  readonly port: number;
  /** Sign with a public key of one's own (微信支付公钥) instead of a platform certificate. */
  readonly publicKeyMode?: boolean;
}

export interface WechatPayServer extends Running {
  /** What a merchant is given: the settings of the provider, as the platform's operator writes them. */
  readonly merchant: Readonly<Record<string, unknown>>;
}

const Order = z.object({
  appid: z.string(),
  mchid: z.string(),
  description: z.string(),
  out_trade_no: z.string().regex(/^[\w|*-]{6,32}$/),
  notify_url: z.url(),
  time_expire: z.string().optional(),
  amount: z.object({ total: z.int().positive(), currency: z.literal("CNY").optional() }),
  payer: z.object({ openid: z.string() }).optional(),
});
const Refund = z.object({
  out_trade_no: z.string(),
  out_refund_no: z.string().max(64),
  notify_url: z.url(),
  amount: z.object({ refund: z.int().positive(), total: z.int(), currency: z.literal("CNY") }),
});

/** A payer who tries again may have another address by then. */
const termsOf = (body: string): string => {
  const { scene_info: _, ...terms } = z.record(z.string(), z.unknown()).parse(JSON.parse(body));
  return JSON.stringify(terms);
};

const beijing = (at: string | undefined): string =>
  `${new Date(Date.parse(at ?? "") + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
/** As the bill has it; done stands as PROCESSING, for it is written by the day it was accepted. */
const BILL_STATUS = { processing: "PROCESSING", done: "PROCESSING", closed: "FAIL", abnormal: "CHANGE" } as const;
const REFUND_STATUS = { processing: "PROCESSING", done: "SUCCESS", closed: "CLOSED", abnormal: "ABNORMAL" } as const;

/** WeChat Pay APIv3 of the demo city: signs, encrypts and verifies with wechatpay-axios-plugin. */
export const startWechatPay = async ({ port, publicKeyMode = false }: WechatPayOptions): Promise<WechatPayServer> => {
  const [mchid, appid] = ["1900000109", "wx00000000000000"];
  const apiV3Key = randomBytes(16).toString("hex");
  const merchantKeys = keyPair();
  const merchantSerial = randomBytes(20).toString("hex").toUpperCase();
  const platform = selfSigned("Tenpay.com Demo");
  const publicKey = keyPair();
  const publicKeyId = `PUB_KEY_ID_0${mchid}2026112200000000000000000001`;
  const privatePem = publicKeyMode
    ? publicKey.privatePem
    : platform.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const serial = publicKeyMode ? publicKeyId : platform.serial;

  const signed = (body: string): Post => {
    const [timestamp, nonce] = [String(Formatter.timestamp()), Formatter.nonce()];
    return {
      headers: {
        "content-type": "application/json; charset=utf-8",
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": nonce,
        "wechatpay-serial": serial,
        "wechatpay-signature": Rsa.sign(Formatter.response(timestamp, nonce, body), privatePem),
        "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
      },
      body,
    };
  };
  const encrypted = (text: string, associated_data: string) => {
    const nonce = Formatter.nonce(12);
    const ciphertext = Aes.AesGcm.encrypt(text, apiV3Key, nonce, associated_data);
    return { algorithm: "AEAD_AES_256_GCM", ciphertext, associated_data, nonce };
  };
  const ids = new Map<string, string>();
  const notification = (key: string, event_type: string, kind: string, resource: unknown): Post => {
    // The same at every try.
    const id = ids.get(key) ?? randomBytes(16).toString("hex");
    ids.set(key, id);
    return signed(
      JSON.stringify({
        id,
        create_time: beijing(new Date().toISOString()),
        event_type,
        resource_type: "encrypt-resource",
        summary: "demo",
        resource: { original_type: kind, ...encrypted(JSON.stringify(resource), kind) },
      }),
    );
  };

  const transactionOf = (trade: Trade) => ({
    appid,
    mchid,
    out_trade_no: trade.number,
    trade_type: "NATIVE",
    trade_state: { open: "NOTPAY", paid: trade.refunds.size > 0 ? "REFUND" : "SUCCESS", closed: "CLOSED" }[trade.state],
    trade_state_desc: "",
    ...(trade.state === "paid" && {
      transaction_id: trade.trade,
      success_time: beijing(trade.paidAt),
      payer: { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
    }),
    amount: { total: trade.amount, payer_total: trade.amount, currency: "CNY", payer_currency: "CNY" },
  });
  const refundOf = (trade: Trade, refund: TradeRefund) => ({
    refund_id: refund.trade,
    out_refund_no: refund.number,
    transaction_id: trade.trade,
    out_trade_no: trade.number,
    create_time: beijing(refund.acceptedAt),
    ...(refund.doneAt && { success_time: beijing(refund.doneAt) }),
    amount: { total: trade.amount, refund: refund.amount, payer_total: trade.amount, payer_refund: refund.amount },
  });

  let url = "";
  const desk = paymentDesk(
    {
      title: "微信支付（演示）",
      payment: (trade) =>
        notification(trade.number, "TRANSACTION.SUCCESS", "transaction", {
          ...transactionOf(trade),
          trade_state: "SUCCESS",
        }),
      refund: (trade, refund) => {
        const status = REFUND_STATUS[refund.state];
        return notification(`${refund.number}${status}`, `REFUND.${status}`, "refund", {
          mchid,
          refund_status: status,
          ...refundOf(trade, refund),
        });
      },
      forged: ({ headers, body }) => ({ headers, body: body.replace('"demo"', '"forged"') }),
      isTaken: (status) => status === 200 || status === 204,
    },
    () => url,
  );

  /** Whether the merchant has signed the request. */
  const isSigned = (request: IncomingMessage, body: string): boolean => {
    const header = String(request.headers.authorization ?? "");
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(header)?.[1] ?? "";
    const message = Formatter.request(
      request.method ?? "",
      request.url ?? "",
      field("timestamp"),
      field("nonce_str"),
      body,
    );
    return (
      header.startsWith("WECHATPAY2-SHA256-RSA2048 ") &&
      field("mchid") === mchid &&
      field("serial_no") === merchantSerial &&
      Rsa.verify(message, field("signature"), merchantKeys.publicPem)
    );
  };

  const bill = (date: string): string => {
    const { payments, refunds } = desk.ofDay(date);
    const line = (fields: readonly string[]) => fields.map((field) => `\`${field}`).join(",");
    const at = (time: string | undefined) => beijing(time).slice(0, 19).replace("T", " ");
    const lines = [
      ...payments.map((t) => [
        at(t.paidAt),
        appid,
        mchid,
        "0",
        "",
        t.trade,
        t.number,
        "o1",
        "NATIVE",
        "SUCCESS",
        "OTHERS",
        "CNY",
        yuanFromFen(t.amount),
        "0.00",
        "",
        "",
        "0.00",
        "0.00",
        "",
        "",
        t.description,
        "",
        "0.00",
        "0.00%",
        yuanFromFen(t.amount),
        "0.00",
        "",
      ]),
      ...refunds.map(([t, r]) => [
        at(r.acceptedAt),
        appid,
        mchid,
        "0",
        "",
        t.trade,
        t.number,
        "o1",
        "NATIVE",
        "REFUND",
        "OTHERS",
        "CNY",
        "0.00",
        "0.00",
        r.trade,
        r.number,
        yuanFromFen(r.amount),
        "0.00",
        "ORIGINAL",
        BILL_STATUS[r.state],
        t.description,
        "",
        "0.00",
        "0.00%",
        "0.00",
        yuanFromFen(r.amount),
        "",
      ]),
    ];
    return [
      BILL_HEADINGS,
      ...lines.map(line),
      "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
      line([String(lines.length), "0.00", "0.00", "0.00", "0.00", "0.00", "0.00"]),
      "",
    ].join("\r\n");
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new URL(request.url ?? "/", "http://localhost");
    if (await desk.answer(request, response, at)) return;
    const body = await readText(request);
    if (await desk.upset(response)) return;
    const send = (status: number, json?: unknown): void => {
      const post = signed(json === undefined ? "" : JSON.stringify(json));
      response.writeHead(status, post.headers).end(post.body);
    };
    if (!isSigned(request, body)) return sendJson(response, 401, { code: "SIGN_ERROR", message: "签名错误" });
    const [, number = "", act] = /^\/v3\/pay\/transactions\/out-trade-no\/([^/]+)(\/close)?$/.exec(at.pathname) ?? [];
    const kind = /^\/v3\/pay\/transactions\/(native|h5|jsapi)$/.exec(at.pathname)?.[1];
    if (kind) {
      const order = Order.parse(JSON.parse(body));
      if (order.mchid !== mchid || order.appid !== appid) return send(400, { code: "PARAM_ERROR", message: "" });
      const trade = desk.create({
        number: order.out_trade_no,
        amount: order.amount.total,
        description: order.description,
        terms: `${kind} ${termsOf(body)}`,
        notifyUrl: order.notify_url,
      });
      if (trade === "differs") return send(400, { code: "INVALID_REQUEST", message: "201 商户订单号重复" });
      const payUrl = desk.payUrl(order.out_trade_no);
      return send(
        200,
        {
          native: { code_url: payUrl },
          h5: { h5_url: `${payUrl}?wap=1` },
          jsapi: { prepay_id: `wx${order.out_trade_no}` },
        }[kind],
      );
    }
    if (number) {
      const trade = desk.trades.get(number);
      if (!trade) return send(404, { code: "ORDER_NOT_EXIST", message: "订单不存在" });
      if (!act) return send(200, transactionOf(trade));
      return desk.close(trade) ? send(204) : send(400, { code: "ORDERPAID", message: "订单已支付" });
    }
    if (at.pathname === "/v3/refund/domestic/refunds") {
      const ask = Refund.parse(JSON.parse(body));
      const trade = desk.trades.get(ask.out_trade_no);
      const refund =
        trade &&
        desk.refund(trade, { number: ask.out_refund_no, amount: ask.amount.refund, notifyUrl: ask.notify_url });
      if (!trade || !refund) return send(400, { code: "INVALID_REQUEST", message: "退款金额超过可退金额" });
      send(200, { ...refundOf(trade, refund), status: REFUND_STATUS[refund.state] });
      return desk.finish(trade, refund);
    }
    const refundNumber = /^\/v3\/refund\/domestic\/refunds\/([^/]+)$/.exec(at.pathname)?.[1];
    if (refundNumber) {
      for (const trade of desk.trades.values()) {
        const refund = trade.refunds.get(refundNumber);
        if (refund) return send(200, { ...refundOf(trade, refund), status: REFUND_STATUS[refund.state] });
      }
      return send(404, { code: "RESOURCE_NOT_EXISTS", message: "" });
    }
    if (at.pathname === "/v3/certificates") {
      const { algorithm, ciphertext, associated_data, nonce } = encrypted(platform.pem, "certificate");
      return send(200, {
        data: [
          {
            serial_no: platform.serial,
            effective_time: beijing(new Date().toISOString()),
            expire_time: beijing("2036-01-01T00:00:00Z"),
            encrypt_certificate: { algorithm, nonce, associated_data, ciphertext },
          },
        ],
      });
    }
    const date = at.searchParams.get("bill_date") ?? "";
    if (at.pathname === "/v3/bill/tradebill") {
      const { payments, refunds } = desk.ofDay(date);
      if (payments.length + refunds.length === 0)
        return send(400, { code: "NO_STATEMENT_EXIST", message: "账单文件不存在" });
      const hash_value = createHash("sha1").update(bill(date)).digest("hex");
      return send(200, {
        hash_type: "SHA1",
        hash_value,
        download_url: `${url}/v3/billdownload/file?bill_date=${date}&token=demo`,
      });
    }
    if (at.pathname === "/v3/billdownload/file")
      return void response.writeHead(200, { "content-type": "application/octet-stream" }).end(gzipSync(bill(date)));
    return send(404, { code: "NOT_FOUND", message: "" });
  };

  const server = await listen(port, answer);
  url = server.url;
  return {
    url,
    merchant: {
      baseUrl: url,
      mchid,
      appid,
      apiV3Key,
      serial: merchantSerial,
      privateKey: merchantKeys.privatePem,
      ...(publicKeyMode && { publicKey: { id: publicKeyId, pem: publicKey.publicPem } }),
    },
    async stop() {
      await server.stop();
      await desk.stop();
    },
  };
};

const BILL_HEADINGS =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
