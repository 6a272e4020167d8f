import { createPublicKey, createSign, createVerify, randomBytes } from "node:crypto";
import * as z from "zod";
import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { fenFromYuan, yuanFromFen } from "#shared/kernel/fen.ts";
import { fromBeijing } from "#shared/kernel/written-time.ts";
import { callProvider, jsonOf, type ProviderAnswer, type Wire } from "#shared/runtime/provider-call.ts";
import { later } from "../domain/order.ts";
import {
  type CallbackReading,
  type FiscalReceipts,
  type Found,
  type PaymentProvider,
  ProviderRefused,
  ProviderUnavailable,
  type RefundFound,
} from "../domain/ports.ts";
import type { TreasurySettings } from "./provider-settings.ts";
import { understood } from "./understood.ts";

/** "0" unpaid, "1" paid, "2" void. */
const Status = z.enum(["0", "1", "2"]);
const Yuan = z.string().regex(/^\d{1,10}(\.\d{1,2})?$/);
const Opened = z.object({ payUrl: z.url() });
const Notice = z.object({
  outTradeNo: z.string(),
  noticeCode: z.string().regex(/^\d{20}$/),
  unitCode: z.string(),
  status: Status,
  amount: Yuan,
  lateFee: Yuan.default("0.00"),
  payTime: z.string().optional(),
});
const RefundAnswer = z.object({
  outRefundNo: z.string(),
  unitCode: z.string(),
  amount: Yuan,
  state: z.enum(["processing", "done", "refused", "returned"]),
  acceptTime: z.string(),
  doneTime: z.string().optional(),
});
const Notification = z.discriminatedUnion("event", [
  z.object({ event: z.literal("paid"), notice: Notice }),
  z.object({ event: z.literal("refund"), refund: RefundAnswer }),
]);
const ReceiptAnswer = z.object({
  code: z.string().regex(/^\d{8}$/),
  number: z.string().regex(/^\d{10}$/),
  check: z.string().regex(/^[0-9a-z]{6}$/i),
  date: z.iso.date(),
});

const WINDOW_MS = 300_000;
const REFUND_STATES = { processing: "processing", done: "completed", refused: "closed", returned: "abnormal" } as const;

export interface TreasuryCalls {
  call(method: "GET" | "POST", path: string, body?: unknown): Promise<ProviderAnswer>;
  isSigned(
    header: (name: string) => string | undefined,
    body: Buffer,
  ): "good" | "unsigned" | "stale" | "signature-wrong";
}

/** Requests and answers carry x-timestamp, x-nonce and x-signature: RSA-SHA256 over `timestamp\nnonce\nbody\n`. */
export const treasuryCalls = (settings: TreasurySettings, wire: Wire, now: Clock): TreasuryCalls => {
  const publicKey = createPublicKey(settings.publicKey);
  const isSigned: TreasuryCalls["isSigned"] = (header, body) => {
    const [timestamp, nonce, signature] = [header("x-timestamp"), header("x-nonce"), header("x-signature")];
    if (!timestamp || !nonce || !signature) return "unsigned";
    const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
    if (!(Math.abs(Date.parse(now()) - seconds * 1000) < WINDOW_MS)) return "stale";
    const isGenuine = createVerify("RSA-SHA256")
      .update(`${timestamp}\n${nonce}\n`)
      .update(body)
      .update("\n")
      .verify(publicKey, signature, "base64");
    return isGenuine ? "good" : "signature-wrong";
  };
  return {
    isSigned,
    async call(method, path, body) {
      const text = body === undefined ? "" : JSON.stringify(body);
      const timestamp = String(Math.floor(Date.parse(now()) / 1000));
      const nonce = randomBytes(16).toString("hex");
      const signature = createSign("RSA-SHA256")
        .update(`${timestamp}\n${nonce}\n${text}\n`)
        .sign(settings.privateKey, "base64");
      const answer = await callProvider(wire, settings.baseUrl + path, {
        method,
        headers: {
          "x-unit": settings.unit,
          "x-timestamp": timestamp,
          "x-nonce": nonce,
          "x-signature": signature,
          ...(text && { "content-type": "application/json" }),
        },
        ...(text && { body: text }),
      });
      const verdict = isSigned((name) => answer.headers.get(name) ?? undefined, answer.body);
      if (verdict !== "good") throw new ProviderUnavailable(`the answer is not the treasury's: ${verdict}`);
      return answer;
    },
  };
};

const goodBody = (answer: ProviderAnswer): Record<string, unknown> => {
  const json = jsonOf(answer.body);
  if (answer.status >= 300) throw new ProviderRefused(String(json.code ?? answer.status).slice(0, 60));
  return json;
};

/**
 * The province's non-tax revenue system (非税收入收缴管理系统). Codes, fields and states are those of the published fiscal e-receipt
 * rules; there is no national interface, so paths and signature are assumed [M] and stand in this file alone
 * (docs/decisions/0034-the-treasury-numbers-receipts.md).
 */
export const treasury = (
  settings: TreasurySettings,
  { wire, now, callbackUrl }: { readonly wire: Wire; readonly now: Clock; readonly callbackUrl: string },
): PaymentProvider => {
  const { call, isSigned } = treasuryCalls(settings, wire, now);

  const paid = (notice: z.infer<typeof Notice>) => {
    const at = fromBeijing(notice.payTime ?? "");
    if (!at) return undefined;
    const lateFee = fenFromYuan(notice.lateFee);
    // The notice's own amount is the order's; a late fee (滞纳金) comes on top of it and is the treasury's affair [M].
    return { trade: notice.noticeCode, amount: fenFromYuan(notice.amount), at, ...(lateFee > 0 && { lateFee }) };
  };

  const refundFound = (answer: z.infer<typeof RefundAnswer>) => {
    const acceptedAt = fromBeijing(answer.acceptTime) ?? now();
    return {
      state: REFUND_STATES[answer.state],
      amount: fenFromYuan(answer.amount),
      acceptedAt,
      at: fromBeijing(answer.doneTime ?? "") ?? acceptedAt,
    };
  };

  return {
    name: "nontax",
    offers: ({ way }) => way === "native-qr" || way === "page",

    async checkout(request) {
      const answer = goodBody(
        await call("POST", "/notices", {
          outTradeNo: request.number,
          unitCode: settings.unit,
          department: request.department,
          items: request.charges.map(({ name, amount, chargeItem }) => ({
            name,
            itemCode: chargeItem ?? "",
            amount: yuanFromFen(amount),
          })),
          amount: yuanFromFen(request.amount),
          payBy: legalDate(later(request.expiresAt, -1)),
          notifyUrl: callbackUrl,
          ...(request.returnUrl && { returnUrl: request.returnUrl }),
        }),
      );
      const { payUrl } = understood(Opened, answer);
      return request.way === "native-qr" ? { kind: "qr", content: payUrl } : { kind: "redirect", url: payUrl };
    },

    async query({ number }): Promise<Found> {
      const answer = await call("GET", `/notices/${number}`);
      if (answer.status === 404) return { state: "unknown" };
      const notice = understood(Notice, goodBody(answer));
      if (notice.outTradeNo !== number) throw new ProviderUnavailable("the answer is about another order");
      if (notice.status !== "1") return { state: notice.status === "2" ? "closed" : "unpaid" };
      const facts = paid(notice);
      if (!facts) throw new ProviderUnavailable("a paid notice without time");
      return { state: "paid", ...facts };
    },

    async close({ number }) {
      const answer = await call("POST", `/notices/${number}/void`, {});
      if (answer.status !== 404) goodBody(answer);
    },

    async refund({ refund, amount, reason, payment }): Promise<RefundFound> {
      const answer = await call("POST", "/refunds", {
        outRefundNo: refund,
        outTradeNo: payment.number,
        noticeCode: payment.trade,
        amount: yuanFromFen(amount),
        reason,
        notifyUrl: callbackUrl,
      });
      return refundFound(understood(RefundAnswer, goodBody(answer)));
    },

    async queryRefund({ refund }): Promise<RefundFound> {
      const answer = await call("GET", `/refunds/${refund}`);
      return answer.status === 404 ? { state: "unknown" } : refundFound(understood(RefundAnswer, goodBody(answer)));
    },

    async readCallback({ headers, body }): Promise<CallbackReading> {
      if (!/^application\/json\b/i.test(headers["content-type"] ?? ""))
        return { kind: "refused", why: "content-type-wrong" };
      const verdict = isSigned((name) => headers[name], body);
      if (verdict !== "good") return { kind: "refused", why: verdict };
      try {
        const told = Notification.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)));
        const { unitCode } = told.event === "paid" ? told.notice : told.refund;
        if (unitCode !== settings.unit) return { kind: "refused", why: "merchant-differs" };
        if (told.event === "refund") {
          const { outRefundNo } = told.refund;
          return { kind: "refund", report: { provider: "nontax", refund: outRefundNo, ...refundFound(told.refund) } };
        }
        if (told.notice.status !== "1") return { kind: "nothing" };
        const facts = paid(told.notice);
        if (!facts) return { kind: "refused", why: "body-malformed" };
        return { kind: "payment", report: { provider: "nontax", number: told.notice.outTradeNo, ...facts } };
      } catch {
        return { kind: "refused", why: "body-malformed" };
      }
    },

    answer: (accepted) => ({
      status: accepted ? 200 : 400,
      contentType: "application/json",
      body: JSON.stringify({ result: accepted ? "success" : "fail" }),
    }),
  };
};

/** Fiscal e-receipts (财政电子票据): the treasury keeps the numbers; asked again for the same order it answers the same. */
export const treasuryReceipts = (
  settings: TreasurySettings,
  { wire, now }: { readonly wire: Wire; readonly now: Clock },
): FiscalReceipts => {
  const { call } = treasuryCalls(settings, wire, now);
  return {
    async issue({ order, payer, payerCode, department, charges, total, paidAt }) {
      const answer = await call("POST", "/receipts", {
        order,
        unitCode: settings.unit,
        department,
        payer,
        ...(payerCode && { payerCode }),
        items: charges.map(({ name, amount, chargeItem }) => ({
          name,
          itemCode: chargeItem ?? "",
          amount: yuanFromFen(amount),
        })),
        amount: yuanFromFen(total),
        date: legalDate(paidAt),
      });
      return understood(ReceiptAnswer, goodBody(answer));
    },
    async void({ order, code, number }) {
      goodBody(await call("POST", `/receipts/${code}/${number}/void`, { order }));
    },
  };
};
