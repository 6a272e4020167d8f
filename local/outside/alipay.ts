import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import iconv from "iconv-lite";
import * as z from "zod";
import { fenFromYuan, yuanFromFen } from "#shared/kernel/fen.ts";
import { isSignedByMerchant, sign as signed } from "./alipay-signature.ts";
import { keyPair } from "./certificate.ts";
import { sendTo } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { type Post, paymentDesk, type Trade, type TradeRefund } from "./payment-desk.ts";
import { zipOf } from "./zip.ts";

export interface AlipayServer extends Running {
  readonly merchant: Readonly<Record<string, unknown>>;
}

const Content = z.object({
  out_trade_no: z.string().optional(),
  total_amount: z.string().optional(),
  subject: z.string().optional(),
  refund_amount: z.string().optional(),
  out_request_no: z.string().optional(),
  bill_date: z.string().optional(),
});

const beijing = (at: string | undefined): string =>
  new Date(Date.parse(at ?? "") + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");

/** Alipay's open gateway of the demo city, RSA2 both ways. */
export const startAlipay = async ({ port }: { readonly port: number }): Promise<AlipayServer> => {
  const [appId, sellerId] = ["2021000000000000", "2088000000000000"];
  const merchantKeys = keyPair();
  const own = keyPair();
  let url = "";

  const notice = (fields: Readonly<Record<string, string>>): Post => {
    const all: Record<string, string> = {
      charset: "utf-8",
      version: "1.0",
      app_id: appId,
      seller_id: sellerId,
      ...fields,
    };
    const sign = signed(all, own.privatePem);
    return {
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: new URLSearchParams({ ...all, sign_type: "RSA2", sign }).toString(),
    };
  };
  const ids = new Map<string, string>();
  const idOf = (key: string): string => {
    const id = ids.get(key) ?? randomUUID().replaceAll("-", "");
    ids.set(key, id);
    return id;
  };
  const paidFields = (trade: Trade) => ({
    out_trade_no: trade.number,
    trade_no: trade.trade,
    total_amount: yuanFromFen(trade.amount),
    receipt_amount: yuanFromFen(trade.amount),
    subject: trade.description,
    buyer_id: "2088102116773037",
    gmt_create: beijing(trade.paidAt),
    gmt_payment: beijing(trade.paidAt),
  });
  const refunded = (trade: Trade) =>
    [...trade.refunds.values()].filter(({ state }) => state === "done").reduce((sum, { amount }) => sum + amount, 0);
  const desk = paymentDesk(
    {
      title: "支付宝（演示）",
      payment: (trade) =>
        notice({
          notify_id: idOf(trade.number),
          notify_type: "trade_status_sync",
          notify_time: beijing(new Date().toISOString()),
          trade_status: "TRADE_SUCCESS",
          ...paidFields(trade),
        }),
      refund: (trade: Trade, refund: TradeRefund) =>
        notice({
          notify_id: idOf(refund.number),
          notify_type: "trade_status_sync",
          notify_time: beijing(new Date().toISOString()),
          trade_status: refunded(trade) >= trade.amount ? "TRADE_CLOSED" : "TRADE_SUCCESS",
          ...paidFields(trade),
          out_biz_no: refund.number,
          refund_fee: yuanFromFen(refunded(trade)),
          gmt_refund: `${beijing(refund.doneAt)}.123`,
        }),
      forged: ({ headers, body }) => ({ headers, body: body.replace("TRADE_SUCCESS", "TRADE_FINISHED") }),
      isTaken: (status, text) => status === 200 && text === "success",
    },
    () => url,
  );

  const bill = (date: string): Buffer => {
    const { payments, refunds } = desk.ofDay(date);
    const line = (fields: readonly string[]) => `${fields.map((field) => `${field}\t`).join(",")}`;
    const of = (trade: Trade, kind: string, amount: string, request: string, at: string | undefined) =>
      line([
        trade.trade,
        trade.number,
        kind,
        trade.description,
        beijing(at),
        beijing(at),
        "",
        "",
        "",
        "",
        "*演示(139****0000)",
        amount,
        amount,
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "0.00",
        "",
        "0.00",
        "0.00",
        request,
        "0.00",
        "0.00",
        "",
      ]);
    const lines = [
      "#支付宝业务明细查询",
      `#账号：[${sellerId}0156]`,
      "#-----------------------------------------业务明细列表----------------------------------------",
      "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注",
      ...payments.map((trade) => of(trade, "交易", yuanFromFen(trade.amount), "", trade.paidAt)),
      ...refunds.map(([trade, refund]) =>
        of(trade, "退款", `-${yuanFromFen(refund.amount)}`, refund.number, refund.acceptedAt),
      ),
      "#-----------------------------------------业务明细列表结束------------------------------------",
      `#业务明细共${payments.length + refunds.length}笔`,
      "",
    ];
    return zipOf(`${sellerId}0156_${date.replaceAll("-", "")}_业务明细.csv`, iconv.encode(lines.join("\r\n"), "gbk"));
  };

  const perform = (
    method: string,
    content: z.infer<typeof Content>,
    notifyUrl: string,
    returnUrl: string | undefined,
    terms: string,
  ): Record<string, unknown> => {
    const good = { code: "10000", msg: "Success" };
    const bad = (sub_code: string) => ({ code: "40004", msg: "Business Failed", sub_code, sub_msg: sub_code });
    const trade = desk.trades.get(content.out_trade_no ?? "");
    switch (method) {
      case "alipay.trade.precreate":
      case "alipay.trade.page.pay":
      case "alipay.trade.wap.pay": {
        const number = content.out_trade_no ?? "";
        const made = desk.create({
          number,
          amount: fenFromYuan(content.total_amount ?? ""),
          description: content.subject ?? "",
          terms: [method, notifyUrl, returnUrl, terms].join(" "),
          notifyUrl,
          returnUrl,
        });
        return made === "differs"
          ? bad("ACQ.CONTEXT_INCONSISTENT")
          : { ...good, out_trade_no: number, qr_code: desk.payUrl(number) };
      }
      case "alipay.trade.query":
        if (!trade || trade.state === "open") return bad("ACQ.TRADE_NOT_EXIST");
        return {
          ...good,
          out_trade_no: trade.number,
          trade_no: trade.trade,
          total_amount: yuanFromFen(trade.amount),
          trade_status: trade.state === "closed" || refunded(trade) >= trade.amount ? "TRADE_CLOSED" : "TRADE_SUCCESS",
          send_pay_date: trade.paidAt ? beijing(trade.paidAt) : "",
        };
      case "alipay.trade.close":
        if (!trade) return bad("ACQ.TRADE_NOT_EXIST");
        return desk.close(trade) ? { ...good, out_trade_no: trade.number } : bad("ACQ.TRADE_STATUS_ERROR");
      case "alipay.trade.refund": {
        const refund =
          trade &&
          desk.refund(trade, {
            number: content.out_request_no ?? "",
            amount: fenFromYuan(content.refund_amount ?? ""),
            notifyUrl: trade.notifyUrl,
          });
        if (!trade || !refund) return bad("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
        desk.finish(trade, refund);
        return {
          ...good,
          out_trade_no: trade.number,
          trade_no: trade.trade,
          fund_change: "Y",
          refund_fee: yuanFromFen(refunded(trade)),
        };
      }
      case "alipay.trade.fastpay.refund.query": {
        const refund = trade?.refunds.get(content.out_request_no ?? "");
        if (!trade) return bad("ACQ.TRADE_NOT_EXIST");
        if (refund?.state !== "done") return good;
        return {
          ...good,
          out_trade_no: trade.number,
          out_request_no: refund.number,
          refund_status: "REFUND_SUCCESS",
          refund_amount: yuanFromFen(refund.amount),
          gmt_refund_pay: beijing(refund.doneAt),
        };
      }
      case "alipay.data.dataservice.bill.downloadurl.query": {
        const { payments, refunds } = desk.ofDay(content.bill_date ?? "");
        return payments.length + refunds.length === 0
          ? bad("isp.bill_not_exist")
          : { ...good, bill_download_url: `${url}/bill/${content.bill_date}` };
      }
      default:
        return bad("isv.invalid-method");
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = new URL(request.url ?? "/", "http://localhost");
    if (await desk.answer(request, response, at)) return;
    const date = /^\/bill\/(\d{4}-\d\d-\d\d)$/.exec(at.pathname)?.[1];
    if (date) return void response.writeHead(200, { "content-type": "application/zip" }).end(bill(date));
    if (at.pathname !== "/gateway.do") return sendJson(response, 404, {});
    const body = await readText(request);
    const fields = Object.fromEntries([...at.searchParams, ...new URLSearchParams(body)]);
    if (await desk.upset(response)) return;
    const method = fields.method ?? "";
    if (fields.app_id !== appId || !isSignedByMerchant(fields, merchantKeys.publicPem))
      return sendJson(response, 200, { error_response: { code: "40002", sub_code: "isv.invalid-signature" } });
    const said = perform(
      method,
      Content.parse(JSON.parse(fields.biz_content ?? "{}")),
      fields.notify_url ?? "",
      fields.return_url,
      fields.biz_content ?? "{}",
    );
    if (method.endsWith(".page.pay") || method.endsWith(".wap.pay"))
      return sendTo(response, desk.payUrl(Content.parse(JSON.parse(fields.biz_content ?? "{}")).out_trade_no ?? ""));
    const node = JSON.stringify(said);
    const sign = signed(node, own.privatePem);
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
    response.end(`{"${method.replaceAll(".", "_")}_response":${node},"sign":"${sign}"}`);
  };

  const server = await listen(port, answer);
  url = server.url;
  return {
    url,
    merchant: {
      gateway: `${url}/gateway.do`,
      appId,
      sellerId,
      privateKey: merchantKeys.privatePem,
      alipayPublicKey: own.publicPem,
    },
    async stop() {
      await server.stop();
      await desk.stop();
    },
  };
};
