import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse";
import iconv from "iconv-lite";
import { type Entry, openPromise } from "yauzl";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { fenFromYuan } from "#shared/kernel/fen.ts";
import type { Wire } from "#shared/runtime/provider-call.ts";
import { type BillLine, ProviderUnavailable } from "../domain/ports.ts";
import { alipayCalls } from "./alipay.ts";
import { BillDamaged, download } from "./bill-download.ts";
import type { AlipaySettings } from "./provider-settings.ts";
import { understood } from "./understood.ts";

const UNZIPPED_BYTES_AT_MOST = 4_000_000_000;

const Download = z.object({ bill_download_url: z.url() });
const Row = z.object({
  支付宝交易号: z.string(),
  商户订单号: z.string(),
  业务类型: z.string(),
  "订单金额（元）": z.string(),
  "退款批次号/请求号": z.string().default(""),
});

/**
 * Reads the details (业务明细) of a bill: GBK CSV, remarks begin with #, values may be followed by tabs, refunds are negative. The
 * names of the columns are from memory [M]; a bill that lacks one is refused whole.
 */
async function* readAlipayBill(bytes: Readable): AsyncGenerator<BillLine> {
  const decoded = iconv.decodeStream("gbk");
  const parsed = parse({
    columns: (headings: string[]) => headings.map((heading) => heading.trim()),
    comment: "#",
    comment_no_infix: true,
    trim: true,
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
  });
  // pipe() does not pass errors on.
  decoded.on("error", (error) => parsed.destroy(error)).pipe(parsed);
  bytes.on("error", (error) => parsed.destroy(error)).pipe(decoded);
  for await (const raw of parsed) {
    const read = Row.safeParse(raw);
    if (!read.success) throw new BillDamaged("a line lacks a column");
    const row = read.data;
    const isRefund = row.业务类型.includes("退款");
    yield {
      kind: isRefund ? "refund" : "payment",
      number: isRefund ? row["退款批次号/请求号"] : row.商户订单号,
      trade: row.支付宝交易号,
      amount: Math.abs(fenFromYuan(row["订单金额（元）"])),
      outcome: "done",
    };
  }
}

/** Details, not the summary (汇总). The names in the archive are GBK without saying so. */
const isDetails = (entry: Entry): boolean => {
  const raw: unknown = entry.fileName;
  const name = Buffer.isBuffer(raw) ? iconv.decode(raw, "gbk") : String(raw);
  return name.endsWith(".csv") && !name.includes("汇总");
};

/** The lines of a zipped bill that stands in a file; the file and its folder are removed at the end. */
export async function* unzipped(folder: string, path: string): AsyncGenerator<BillLine> {
  try {
    const archive = await openPromise(path, { decodeStrings: false, autoClose: false, lazyEntries: true }).catch(
      (error: unknown) => {
        throw new BillDamaged("the bill is no zip", { cause: error });
      },
    );
    try {
      let hasDetails = false;
      for await (const entry of archive.eachEntry()) {
        if (!isDetails(entry)) continue;
        if (entry.uncompressedSize > UNZIPPED_BYTES_AT_MOST) throw new BillDamaged("the bill is too large");
        hasDetails = true;
        yield* readAlipayBill(await archive.openReadStreamPromise(entry));
      }
      if (!hasDetails) throw new BillDamaged("there are no details in the bill");
    } finally {
      archive.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `alipay.data.dataservice.bill.downloadurl.query`: an address that is good for 30 seconds, and a zip behind it. */
export const alipayBill =
  (settings: AlipaySettings, { wire, slow, now }: { readonly wire: Wire; readonly slow: Wire; readonly now: Clock }) =>
  async (date: string): Promise<AsyncIterable<BillLine> | "not-ready" | "none"> => {
    const answer = await alipayCalls(settings, wire, now).call("alipay.data.dataservice.bill.downloadurl.query", {
      bill_type: "trade",
      bill_date: date,
    });
    if (answer.code !== "10000") {
      if (answer.sub_code === "isp.bill_not_exist") return "none";
      if (answer.sub_code === "isp.bill_not_ready") return "not-ready";
      throw new ProviderUnavailable(String(answer.sub_code ?? answer.code).slice(0, 60));
    }
    const url = understood(Download, answer).bill_download_url;
    const folder = await mkdtemp(join(tmpdir(), "bill-"));
    const path = join(folder, "bill.zip");
    try {
      await pipeline(await download(slow, url), createWriteStream(path));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error instanceof ProviderUnavailable
        ? error
        : new ProviderUnavailable("the bill broke off", { cause: error });
    }
    return unzipped(folder, path);
  };
