import { createHash, createSign, createVerify, X509Certificate } from "node:crypto";
import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { beijingDigits, fromBeijing } from "#shared/kernel/written-time.ts";
import { type FormBytes, formBytes, formText, signedContent } from "#shared/runtime/form-body.ts";
import { callProvider, type Wire } from "#shared/runtime/provider-call.ts";
import {
  type CallbackReading,
  type Found,
  type PaymentProvider,
  ProviderRefused,
  ProviderUnavailable,
  type RefundFound,
} from "../domain/ports.ts";
import type { UnionPaySettings } from "./provider-settings.ts";
import { clearingDay, unionPayDay } from "./unionpay-day.ts";

const SIGNATURE = new Set(["signature"]);

/** v5.1.0: sorted `k=v&`, SHA-256 in hex, RSA-SHA256 over that text. */
const digestOf = (fields: FormBytes): string =>
  createHash("sha256").update(signedContent(fields, SIGNATURE)).digest("hex");

const bytesOf = (fields: Readonly<Record<string, string>>): FormBytes =>
  new Map(Object.entries(fields).map(([name, value]) => [name, Buffer.from(value, "utf8")]));

const isInForce = (certificate: X509Certificate, now: Instant): boolean =>
  Date.parse(certificate.validFrom) <= Date.parse(now) && Date.parse(now) <= Date.parse(certificate.validTo);

/**
 * Whether a message is UnionPay's. It brings the certificate it is signed with (signPubKeyCert), which proves nothing by itself:
 * it must be one of those trusted, or issued by one.
 */
export const isFromUnionPay = (fields: FormBytes, trusted: readonly X509Certificate[], now: Instant): boolean => {
  const signature = fields.get("signature")?.toString("latin1");
  const pem = fields.get("signPubKeyCert")?.toString("latin1");
  if (!signature || !pem) return false;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    return false;
  }
  const isTrusted = trusted.some(
    (known) =>
      known.fingerprint256 === certificate.fingerprint256 ||
      (known.ca && certificate.checkIssued(known) && certificate.verify(known.publicKey)),
  );
  if (!isTrusted || !isInForce(certificate, now)) return false;
  return createVerify("RSA-SHA256").update(digestOf(fields)).verify(certificate.publicKey, signature, "base64");
};

export interface UnionPayCalls {
  /** A signed message, complete. */
  message(fields: Readonly<Record<string, string>>): Record<string, string>;
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>;
  readonly trusted: readonly X509Certificate[];
}

export const unionPayCalls = (settings: UnionPaySettings, wire: Wire, now: Clock): UnionPayCalls => {
  const trusted = settings.trusted.map((pem) => new X509Certificate(pem));
  const message: UnionPayCalls["message"] = (more) => {
    const fields = {
      version: "5.1.0",
      encoding: "UTF-8",
      signMethod: "01",
      certId: settings.certId,
      accessType: "0",
      merId: settings.merId,
      ...more,
    };
    const signature = createSign("RSA-SHA256")
      .update(digestOf(bytesOf(fields)))
      .sign(settings.privateKey, "base64");
    return { ...fields, signature };
  };
  return {
    trusted,
    message,
    async post(url, fields) {
      const answer = await callProvider(wire, url, { method: "POST", body: new URLSearchParams(message(fields)) });
      // Answers are `k=v&k=v`, not encoded [M]; values hold "=" (base64), never "&".
      const pairs = answer.body
        .toString("utf8")
        .split("&")
        .map((pair) => {
          const cut = pair.indexOf("=");
          return [pair.slice(0, cut), Buffer.from(pair.slice(cut + 1))] as const;
        });
      const said: FormBytes = new Map(pairs);
      if (!isFromUnionPay(said, trusted, now())) throw new ProviderUnavailable("the answer is not signed by UnionPay");
      const text = formText(said, "utf-8");
      if (!text) throw new ProviderUnavailable("the answer is not UTF-8");
      return text;
    },
  };
};

/** 00: done. A6: done, in part [M]. 03, 04, 05: not known yet, ask again. 34: no such order. 12: a repeat [M]. */
const GOOD = new Set(["00", "A6"]);
const PENDING = new Set(["03", "04", "05"]);

/**
 * UnionPay online gateway, protocol 5.1.0. Signing and the meaning of respCode are verified against sources; names of transactions
 * and fields are from memory [M] and to be checked in UnionPay's test environment before going live.
 */
export const unionPay = (
  settings: UnionPaySettings,
  { wire, now, callbackUrl }: { readonly wire: Wire; readonly now: Clock; readonly callbackUrl: string },
): PaymentProvider => {
  const { message, post, trusted } = unionPayCalls(settings, wire, now);
  const { baseUrl, merId } = settings;
  const common = { bizType: "000201", channelType: "07", currencyCode: "156" };

  const good = (answer: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const code = answer.respCode ?? "";
    if (GOOD.has(code)) return answer;
    if (PENDING.has(code)) throw new ProviderUnavailable(`respCode ${code}`);
    throw new ProviderRefused(`respCode-${code.slice(0, 4)}`);
  };

  const inquire = async (orderId: string, txnTime: Instant): Promise<Readonly<Record<string, string>> | undefined> => {
    const answer = await post(`${baseUrl}/gateway/api/queryTrans.do`, {
      txnType: "00",
      txnSubType: "00",
      bizType: "000000",
      orderId,
      txnTime: beijingDigits(txnTime),
    });
    return answer.respCode === "34" ? undefined : good(answer);
  };

  const paidAt = (fields: Readonly<Record<string, string>>): Instant | undefined => fromBeijing(fields.txnTime ?? "");

  return {
    name: "unionpay",
    offers: ({ way }) => way === "page" || way === "h5" || way === "native-qr",

    async checkout(request) {
      const fields = {
        ...common,
        txnType: "01",
        orderId: request.number,
        txnTime: beijingDigits(request.startedAt),
        txnAmt: String(request.amount),
        payTimeout: beijingDigits(request.expiresAt),
        backUrl: callbackUrl,
      };
      if (request.way === "native-qr") {
        const answer = good(
          await post(`${baseUrl}/gateway/api/backTransReq.do`, { ...fields, txnSubType: "07", bizType: "000000" }),
        );
        if (!answer.qrCode) throw new ProviderUnavailable("no code in the answer");
        return { kind: "qr", content: answer.qrCode };
      }
      return {
        kind: "form",
        action: `${baseUrl}/gateway/api/frontTransReq.do`,
        fields: message({
          ...fields,
          txnSubType: "01",
          ...(request.way === "h5" && { channelType: "08" }),
          frontUrl: request.returnUrl ?? callbackUrl,
        }),
      };
    },

    async query({ number, startedAt }): Promise<Found> {
      const answer = await inquire(number, startedAt);
      if (!answer) return { state: "unknown" };
      const code = answer.origRespCode ?? "";
      if (answer.orderId !== number) throw new ProviderUnavailable("the answer is about another order");
      // Not every answer says it [M].
      if ((answer.currencyCode ?? common.currencyCode) !== common.currencyCode)
        throw new ProviderUnavailable("the answer is in another currency");
      if (!GOOD.has(code)) return { state: PENDING.has(code) ? "unpaid" : "closed" };
      const at = paidAt(answer);
      if (!at || !answer.queryId || !/^\d{1,12}$/.test(answer.txnAmt ?? ""))
        throw new ProviderUnavailable("a paid order without time, amount or number");
      const billDate = unionPayDay(answer.settleDate, at);
      return { state: "paid", trade: answer.queryId, amount: Number(answer.txnAmt), at, billDate };
    },

    /** There is no closing: an order cannot be paid after its payTimeout. */
    async close(attempt) {
      if ((await this.query(attempt)).state === "paid") throw new ProviderRefused("paid");
    },

    async refund({ refund, requestedAt, amount, payment }): Promise<RefundFound> {
      const answer = await post(`${baseUrl}/gateway/api/backTransReq.do`, {
        ...common,
        txnType: "04",
        txnSubType: "00",
        orderId: refund,
        txnTime: beijingDigits(requestedAt),
        txnAmt: String(amount),
        origQryId: payment.trade,
        backUrl: callbackUrl,
      });
      // Taken, not done; and a repeat (12) is taken already. Only the query decides.
      if (answer.respCode !== "12" && !PENDING.has(answer.respCode ?? "")) good(answer);
      return { state: "processing", at: now(), acceptedAt: now(), billDate: clearingDay(now()) };
    },

    async queryRefund({ refund, requestedAt }): Promise<RefundFound> {
      const answer = await inquire(refund, requestedAt);
      if (!answer) return { state: "unknown" };
      const code = answer.origRespCode ?? "";
      const state = GOOD.has(code) ? "completed" : PENDING.has(code) ? "processing" : "closed";
      const at = paidAt(answer) ?? now();
      const amount = /^\d{1,12}$/.test(answer.txnAmt ?? "") ? Number(answer.txnAmt) : undefined;
      return { state, amount, at, acceptedAt: requestedAt, billDate: unionPayDay(answer.settleDate, at) };
    },

    async readCallback({ headers, body }): Promise<CallbackReading> {
      if (!/^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? ""))
        return { kind: "refused", why: "content-type-wrong" };
      const fields = formBytes(body);
      if (!fields) return { kind: "refused", why: "body-malformed" };
      if (!isFromUnionPay(fields, trusted, now())) return { kind: "refused", why: "signature-wrong" };
      const text = formText(fields, fields.get("encoding")?.toString("latin1") ?? "utf-8");
      if (!text) return { kind: "refused", why: "body-malformed" };
      if (text.merId !== merId) return { kind: "refused", why: "merchant-differs" };
      const at = paidAt(text);
      const amount = /^\d{1,12}$/.test(text.txnAmt ?? "") ? Number(text.txnAmt) : undefined;
      if (!text.orderId || !text.queryId || !at || amount === undefined)
        return { kind: "refused", why: "body-malformed" };
      if (text.currencyCode !== "156") return { kind: "refused", why: "currency-differs" };
      const isGood = GOOD.has(text.respCode ?? "");
      // Not known yet: what it comes to is asked for, or told.
      if (PENDING.has(text.respCode ?? "")) return { kind: "nothing" };
      const billDate = unionPayDay(text.settleDate, at);
      if (text.txnType === "04")
        return {
          kind: "refund",
          report: {
            provider: "unionpay",
            refund: text.orderId,
            state: isGood ? "completed" : "closed",
            amount,
            at,
            acceptedAt: at,
            billDate,
          },
        };
      if (text.txnType !== "01" || !isGood) return { kind: "nothing" };
      return {
        kind: "payment",
        report: { provider: "unionpay", number: text.orderId, trade: text.queryId, amount, at, billDate },
      };
    },

    // Any 200 is taken for an answer [M]; else it is sent again.
    answer: (accepted) => ({ status: accepted ? 200 : 400, contentType: "text/plain", body: accepted ? "ok" : "fail" }),
  };
};
