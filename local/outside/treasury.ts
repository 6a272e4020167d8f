import { createHash, createSign, createVerify, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import { fenFromYuan, yuanFromFen } from "#shared/kernel/fen.ts";
import { keyPair } from "./certificate.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { type Post, paymentDesk, type Trade, type TradeRefund } from "./payment-desk.ts";

export interface TreasuryServer extends Running {
  readonly merchant: Readonly<Record<string, unknown>>;
}

const Notice = z.object({
  outTradeNo: z.string(),
  unitCode: z.string(),
  amount: z.string(),
  items: z.array(z.object({ name: z.string(), itemCode: z.string(), amount: z.string() })).min(1),
  payBy: z.iso.date(),
  notifyUrl: z.url(),
  returnUrl: z.url().optional(),
});
const Refund = z.object({
  outRefundNo: z.string(),
  outTradeNo: z.string(),
  amount: z.string(),
  notifyUrl: z.url(),
});
const Receipt = z.object({ order: z.string(), amount: z.string(), date: z.iso.date() });

const beijing = (at: string | undefined): string =>
  new Date(Date.parse(at ?? "") + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
const STATE = { processing: "processing", done: "done", closed: "refused", abnormal: "returned" } as const;

/** The province's non-tax revenue system of the demo city: payment notices (缴款通知书), refunds, fiscal e-receipts; assumed [M]. */
export const startTreasury = async ({ port }: { readonly port: number }): Promise<TreasuryServer> => {
  const unit = "440606001001";
  const merchantKeys = keyPair();
  const own = keyPair();
  const receipts = new Map<string, { code: string; number: string; check: string; date: string; voided: boolean }>();
  let url = "";

  const signed = (body: string): Post => {
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), randomBytes(16).toString("hex")];
    const signature = createSign("RSA-SHA256")
      .update(`${timestamp}\n${nonce}\n${body}\n`)
      .sign(own.privatePem, "base64");
    return {
      headers: {
        "content-type": "application/json; charset=utf-8",
        "x-timestamp": timestamp,
        "x-nonce": nonce,
        "x-signature": signature,
      },
      body,
    };
  };
  const isSigned = (request: IncomingMessage, body: string): boolean => {
    const header = (name: string) => String(request.headers[name] ?? "");
    return createVerify("RSA-SHA256")
      .update(`${header("x-timestamp")}\n${header("x-nonce")}\n${body}\n`)
      .verify(merchantKeys.publicPem, header("x-signature"), "base64");
  };
  /** 20 digits, out of the merchant's number, so that it is the same when asked again. */
  const noticeCode = (number: string): string =>
    (BigInt(`0x${createHash("sha256").update(number).digest("hex")}`) % 10n ** 20n).toString().padStart(20, "0");
  const payBy = new Map<string, string>();
  /** 0.05 % a day after the last day to pay, in fen; assumed. */
  const lateFeeOf = ({ number, amount, paidAt }: Trade): number => {
    const last = payBy.get(number);
    if (!paidAt || !last) return 0;
    const days = (Date.parse(beijing(paidAt).slice(0, 10)) - Date.parse(last)) / 86_400_000;
    return Math.round(amount * 0.0005 * Math.max(0, days));
  };
  const noticeOf = (trade: Trade) => ({
    outTradeNo: trade.number,
    noticeCode: noticeCode(trade.number),
    unitCode: unit,
    status: { open: "0", paid: "1", closed: "2" }[trade.state],
    amount: yuanFromFen(trade.amount),
    lateFee: yuanFromFen(lateFeeOf(trade)),
    ...(trade.paidAt && { payTime: beijing(trade.paidAt) }),
  });
  const refundOf = (refund: TradeRefund) => ({
    outRefundNo: refund.number,
    unitCode: unit,
    amount: yuanFromFen(refund.amount),
    state: STATE[refund.state],
    acceptTime: beijing(refund.acceptedAt),
    ...(refund.doneAt && { doneTime: beijing(refund.doneAt) }),
  });
  const desk = paymentDesk(
    {
      title: "非税缴款（演示）",
      payment: (trade) => signed(JSON.stringify({ event: "paid", notice: noticeOf(trade) })),
      refund: (_trade, refund) => signed(JSON.stringify({ event: "refund", refund: refundOf(refund) })),
      forged: ({ headers, body }) => ({ headers, body: body.replace('"lateFee":"0.00"', '"lateFee":"9.00"') }),
      isTaken: (status) => status === 200,
    },
    () => url,
  );
  const bill = (date: string): string => {
    const { payments, refunds } = desk.ofDay(date);
    return [
      "kind,number,trade,amount,state",
      ...payments.map((t) => `payment,${t.number},${noticeCode(t.number)},${yuanFromFen(t.amount)},paid`),
      ...refunds.map(
        ([t, r]) => `refund,${r.number},${noticeCode(t.number)},${yuanFromFen(r.amount)},${STATE[r.state]}`,
      ),
      "",
    ].join("\n");
  };

  const issue = (ask: z.infer<typeof Receipt>) => {
    const known = receipts.get(ask.order);
    if (known) return known;
    const number = String(receipts.size + 1).padStart(10, "0");
    const check = createHash("sha256").update(`${ask.order}${ask.amount}`).digest("hex").slice(0, 6);
    const made = { code: "44010126", number, check, date: ask.date, voided: false };
    receipts.set(ask.order, made);
    return made;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new URL(request.url ?? "/", "http://localhost");
    const { pathname: path } = at;
    if (await desk.answer(request, response, at)) return;
    const file = /^\/bill-files\/(\d{4}-\d\d-\d\d)$/.exec(path)?.[1];
    if (file) return void response.writeHead(200, { "content-type": "text/csv" }).end(bill(file));
    const body = await readText(request);
    if (await desk.upset(response)) return;
    const send = (status: number, json: unknown): void => {
      const post = signed(JSON.stringify(json));
      response.writeHead(status, post.headers).end(post.body);
    };
    if (!isSigned(request, body)) return sendJson(response, 401, { code: "unsigned" });
    const [, number = "", act] = /^\/notices\/([^/]+)(\/void)?$/.exec(path) ?? [];
    if (path === "/notices") {
      const ask = Notice.parse(JSON.parse(body));
      const made = desk.create({
        number: ask.outTradeNo,
        amount: fenFromYuan(ask.amount),
        description: ask.items[0]?.name ?? "",
        terms: body,
        notifyUrl: ask.notifyUrl,
        returnUrl: ask.returnUrl,
      });
      if (made === "differs") return send(409, { code: "notice-differs" });
      payBy.set(ask.outTradeNo, ask.payBy);
      return send(200, { ...noticeOf(made), payUrl: desk.payUrl(ask.outTradeNo) });
    }
    if (number) {
      const trade = desk.trades.get(number);
      if (!trade) return send(404, { code: "unknown" });
      if (act && !desk.close(trade)) return send(409, { code: "paid" });
      return send(200, noticeOf(trade));
    }
    if (path === "/refunds") {
      const ask = Refund.parse(JSON.parse(body));
      const trade = desk.trades.get(ask.outTradeNo);
      const wanted = { number: ask.outRefundNo, amount: fenFromYuan(ask.amount), notifyUrl: ask.notifyUrl };
      const refund = trade && desk.refund(trade, wanted);
      if (!trade || !refund) return send(409, { code: "refund-too-large" });
      send(200, refundOf(refund));
      return desk.finish(trade, refund);
    }
    const refundNumber = /^\/refunds\/([^/]+)$/.exec(path)?.[1];
    if (refundNumber) {
      const refund = [...desk.trades.values()].map(({ refunds }) => refunds.get(refundNumber)).find(Boolean);
      return refund ? send(200, refundOf(refund)) : send(404, { code: "unknown" });
    }
    if (path === "/receipts") {
      const { voided: _, ...made } = issue(Receipt.parse(JSON.parse(body)));
      return send(200, made);
    }
    if (/^\/receipts\/\d{8}\/\d{10}\/void$/.test(path)) {
      const made = receipts.get(z.object({ order: z.string() }).parse(JSON.parse(body)).order);
      if (!made) return send(404, { code: "unknown" });
      made.voided = true;
      return send(200, { code: "voided" });
    }
    const date = /^\/bills\/(\d{4}-\d\d-\d\d)$/.exec(path)?.[1];
    if (date) {
      const { payments, refunds } = desk.ofDay(date);
      if (payments.length + refunds.length === 0) return send(404, { code: "no-bill" });
      return send(200, {
        url: `${url}/bill-files/${date}`,
        sha256: createHash("sha256").update(bill(date)).digest("hex"),
      });
    }
    return send(404, { code: "not-found" });
  };

  const server = await listen(port, answer);
  url = server.url;
  return {
    url,
    merchant: { baseUrl: url, unit, privateKey: merchantKeys.privatePem, publicKey: own.publicPem },
    async stop() {
      await server.stop();
      await desk.stop();
    },
  };
};
