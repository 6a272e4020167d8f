import { createGunzip } from "node:zlib";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { fenFromYuan } from "#shared/kernel/fen.ts";
import { jsonOf, type Wire } from "#shared/runtime/provider-call.ts";
import { type BillLine, ProviderUnavailable } from "../domain/ports.ts";
import { BillDamaged, download, hashChecked, linesOf } from "./bill-download.ts";
import type { WechatSettings } from "./provider-settings.ts";
import { understood } from "./understood.ts";
import { signedCalls } from "./wechat-pay.ts";

const TradeBill = z.object({
  hash_type: z.literal("SHA1"),
  hash_value: z.string().regex(/^[0-9a-f]{40}$/i),
  download_url: z.url(),
});

const SUMMARY = "总交易单数";

/** Fields each begin with a backtick, so that a comma within one separates nothing. The headings have none. */
const fieldsOf = (line: string): readonly string[] =>
  line.startsWith("`") ? line.slice(1).split(",`") : line.split(",");

/** Where a column stands; the first of those names that the bill has. */
const columnOf = (headings: readonly string[], ...names: readonly string[]): number => {
  const found = names.map((name) => headings.indexOf(name)).find((index) => index >= 0);
  if (found === undefined) throw new BillDamaged(`the bill has no column ${names[0]}`);
  return found;
};

/**
 * Reads an ALL bill: payments by the time they were paid, refunds by the time they were accepted, a summary at the end, which must
 * count as many lines as there were. Amounts are yuan.
 */
export async function* readWechatBill(lines: AsyncIterable<string>): AsyncGenerator<BillLine> {
  let columns: ReturnType<typeof columnsOf> | undefined;
  let count = 0;
  let total: number | undefined;
  let isSummary = false;
  for await (const raw of lines) {
    const line = raw.startsWith("\ufeff") ? raw.slice(1) : raw;
    if (line === "") continue;
    if (isSummary) {
      // Read on to the end: only there is it known whether the hash is right.
      total ??= Number(fieldsOf(line)[0]);
      continue;
    }
    if (line.startsWith(SUMMARY)) isSummary = true;
    else if (!columns) columns = columnsOf(fieldsOf(line));
    else {
      const fields = fieldsOf(line);
      const field = (index: number): string => fields[index] ?? "";
      const isPayment = field(columns.state) === "SUCCESS";
      count += 1;
      yield {
        kind: isPayment ? "payment" : "refund",
        number: field(isPayment ? columns.number : columns.refund),
        trade: field(columns.trade),
        amount: fenFromYuan(field(isPayment ? columns.amount : columns.refundAmount)),
        outcome: isPayment ? "done" : refundOutcome(field(columns.refundState)),
      };
    }
  }
  // An empty day has no bill at all (NO_STATEMENT_EXIST); a bill without its summary was cut short.
  if (total !== count) throw new BillDamaged("the summary counts other than the lines");
}

/** A refund stands in the bill of the day it was accepted, as it was then: mostly PROCESSING, also when it has ended since. */
const refundOutcome = (state: string): BillLine["outcome"] => {
  if (state === "PROCESSING") return "pending";
  return /^(FAIL|CLOSED|CHANGE|ABNORMAL)$/.test(state) ? "failed" : "done";
};

const columnsOf = (headings: readonly string[]) => ({
  number: columnOf(headings, "商户订单号"),
  trade: columnOf(headings, "微信订单号"),
  state: columnOf(headings, "交易状态"),
  amount: columnOf(headings, "订单金额", "应结订单金额", "总金额"),
  refund: columnOf(headings, "商户退款单号"),
  refundAmount: columnOf(headings, "申请退款金额", "退款金额"),
  refundState: columnOf(headings, "退款状态"),
});

/** `GET /v3/bill/tradebill`, then the file: gzip, with the SHA-1 of what is in it. */
export const wechatBill =
  (settings: WechatSettings, { wire, slow, now }: { readonly wire: Wire; readonly slow: Wire; readonly now: Clock }) =>
  async (date: string): Promise<AsyncIterable<BillLine> | "not-ready" | "none"> => {
    const { call, authorization } = signedCalls(settings, wire, now);
    const answer = await call("GET", `/v3/bill/tradebill?bill_date=${date}&bill_type=ALL&tar_type=GZIP`);
    if (answer.status !== 200) {
      const { code } = jsonOf(answer.body);
      if (code === "NO_STATEMENT_EXIST") return "none";
      if (code === "STATEMENT_CREATING") return "not-ready";
      throw new ProviderUnavailable(`tradebill: ${answer.status}`);
    }
    const { hash_value, download_url } = understood(TradeBill, jsonOf(answer.body));
    const url = new URL(download_url);
    // Signed like any request, else the APIv3 key would not be all that is needed to read a merchant's bill.
    const file = await download(slow, url, { authorization: authorization("GET", url, ""), "user-agent": "yimen" });
    const plain = createGunzip();
    file.on("error", (error) => plain.destroy(error)).pipe(plain);
    return readWechatBill(linesOf(hashChecked(plain, "sha1", hash_value)));
  };
