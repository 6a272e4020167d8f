import { createHash, createSign, createVerify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { deflateSync } from "node:zlib";
import { keyPair, selfSigned } from "./certificate.ts";
import { sendTo } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { type Post, paymentDesk, type Trade, type TradeRefund } from "./payment-desk.ts";
import { zipOf } from "./zip.ts";

export interface UnionPayServer extends Running {
  readonly merchant: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, string>>;

const digestOf = (fields: Fields): string => {
  const content = Object.keys(fields)
    .filter((name) => name !== "signature" && fields[name] !== "")
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join("&");
  return createHash("sha256").update(content).digest("hex");
};

const digits = (at: string | undefined): string =>
  new Date(Date.parse(at ?? "") + 8 * 3_600_000).toISOString().replace(/\D/g, "").slice(0, 14);

const HOUR_MS = 3_600_000;
/** Its day ends at 23:00 [M]. */
const clearingDigits = (at: string | undefined): string =>
  digits(new Date(Date.parse(at ?? "") + HOUR_MS).toISOString()).slice(0, 8);

/** UnionPay's online gateway of the demo city, protocol 5.1.0 as far as it is known [M]. */
export const startUnionPay = async ({ port }: { readonly port: number }): Promise<UnionPayServer> => {
  const merId = "777290058110048";
  const merchantKeys = keyPair();
  const own = selfSigned("China UnionPay Demo");
  let url = "";

  const signed = (fields: Fields): Record<string, string> => {
    const all = { version: "5.1.0", encoding: "UTF-8", signMethod: "01", merId, signPubKeyCert: own.pem, ...fields };
    return { ...all, signature: createSign("RSA-SHA256").update(digestOf(all)).sign(own.privateKey, "base64") };
  };
  const isSigned = (fields: Fields): boolean =>
    createVerify("RSA-SHA256")
      .update(digestOf(fields))
      .verify(merchantKeys.publicPem, fields.signature ?? "", "base64");
  const formOf = (fields: Fields): Post => ({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(signed(fields)).toString(),
  });
  const paymentFields = (trade: Trade): Fields => ({
    txnType: "01",
    orderId: trade.number,
    txnTime: digits(trade.paidAt),
    txnAmt: String(trade.amount),
    currencyCode: "156",
    queryId: trade.trade.slice(0, 21),
    settleDate: clearingDigits(trade.paidAt).slice(4),
  });
  const refundFields = (refund: TradeRefund): Fields => ({
    txnType: "04",
    orderId: refund.number,
    txnTime: digits(refund.acceptedAt),
    txnAmt: String(refund.amount),
    currencyCode: "156",
    queryId: refund.trade.slice(0, 21),
    settleDate: clearingDigits(refund.acceptedAt).slice(4),
  });
  const desk = paymentDesk(
    {
      title: "银联在线支付（演示）",
      payment: (trade) => formOf({ ...paymentFields(trade), respCode: "00", respMsg: "success" }),
      refund: (_trade, refund) =>
        formOf({ ...refundFields(refund), respCode: refund.state === "done" ? "00" : "61", respMsg: "" }),
      forged: ({ headers, body }) => ({ headers, body: body.replace("respMsg=success", "respMsg=forged") }),
      isTaken: (status) => status === 200,
    },
    () => url,
  );

  const bill = (monthAndDay: string): Buffer | undefined => {
    const days = [...desk.trades.values()].flatMap(({ paidAt, refunds }) => [
      paidAt,
      ...[...refunds.values()].map(({ acceptedAt }) => acceptedAt),
    ]);
    // It is asked for without a year: the newest there is.
    const date = days
      .map((at) => (at ? clearingDigits(at) : ""))
      .filter((day) => day.endsWith(monthAndDay))
      .sort()
      .at(-1);
    if (!date) return undefined;
    const { payments, refunds } = desk.ofDay(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`, HOUR_MS);
    const line = (code: string, amount: number, trade: string, number: string) =>
      [
        code,
        "00000000   ",
        "00000000   ",
        "000001",
        "1122020000",
        "6216***********0018",
        String(amount).padStart(12, "0"),
        "9399",
        "07",
        trade.slice(0, 21).padEnd(21),
        "  ",
        number.padEnd(32),
        "",
      ].join(" ");
    const lines = [
      ...payments.map(({ amount, trade, number }) => line("S22", amount, trade, number)),
      ...refunds.map(([, { amount, trade, number }]) => line("S30", amount, trade, number)),
      "",
    ];
    return zipOf(`INN${date.slice(2)}88ZM_${merId}`, Buffer.from(lines.join("\r\n")));
  };

  const perform = (path: string, fields: Fields): Fields => {
    const { orderId = "", txnAmt = "0", backUrl = "" } = fields;
    const same = { txnType: fields.txnType ?? "", orderId, txnTime: fields.txnTime ?? "" };
    if (fields.txnType === "76") {
      const file = bill(fields.settleDate ?? "");
      return file
        ? { respCode: "00", fileName: "bill.zip", fileContent: deflateSync(file).toString("base64") }
        : { respCode: "98" };
    }
    if (path.endsWith("queryTrans.do")) {
      const trade = desk.trades.get(orderId);
      if (trade?.state === "paid") return { respCode: "00", origRespCode: "00", ...paymentFields(trade) };
      if (trade) return { ...same, respCode: "00", origRespCode: trade.state === "open" ? "05" : "61" };
      for (const each of desk.trades.values()) {
        const refund = each.refunds.get(orderId);
        if (!refund) continue;
        const origRespCode = { processing: "05", done: "00", closed: "61", abnormal: "61" }[refund.state];
        return { respCode: "00", origRespCode, ...refundFields(refund) };
      }
      return { ...same, respCode: "34" };
    }
    if (fields.txnType === "04") {
      const trade = [...desk.trades.values()].find((each) => each.trade.slice(0, 21) === fields.origQryId);
      const refund = trade && desk.refund(trade, { number: orderId, amount: Number(txnAmt), notifyUrl: backUrl });
      if (!trade || !refund) return { ...same, respCode: "36" };
      setImmediate(() => desk.finish(trade, refund));
      return { ...same, respCode: "00", queryId: refund.trade.slice(0, 21) };
    }
    const back = fields.frontUrl === backUrl ? undefined : fields.frontUrl;
    const made = desk.create({
      number: orderId,
      amount: Number(txnAmt),
      description: "银联支付",
      terms: digestOf(fields),
      notifyUrl: backUrl,
      returnUrl: back,
    });
    return made === "differs" ? { ...same, respCode: "12" } : { ...same, respCode: "00", qrCode: desk.payUrl(orderId) };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new URL(request.url ?? "/", "http://localhost");
    if (await desk.answer(request, response, at)) return;
    const fields = Object.fromEntries(new URLSearchParams(await readText(request)));
    if (await desk.upset(response)) return;
    if (!isSigned(fields) || fields.merId !== merId) return sendJson(response, 400, { respCode: "11" });
    const said = perform(at.pathname, fields);
    if (at.pathname.endsWith("frontTransReq.do")) return sendTo(response, desk.payUrl(fields.orderId ?? ""));
    const text = Object.entries(signed(said)).map(([name, value]) => `${name}=${value}`);
    response.writeHead(200, { "content-type": "text/plain;charset=UTF-8" }).end(text.join("&"));
  };

  const server = await listen(port, answer);
  url = server.url;
  return {
    url,
    merchant: {
      baseUrl: url,
      fileUrl: `${url}/`,
      merId,
      certId: "68759663125",
      privateKey: merchantKeys.privatePem,
      trusted: [own.pem],
    },
    async stop() {
      await server.stop();
      await desk.stop();
    },
  };
};
