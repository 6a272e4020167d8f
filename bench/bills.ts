import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { hashChecked, linesOf } from "#functions/payments/adapters/bill-download.ts";
import { divideBill } from "#functions/payments/adapters/bill-parts.ts";
import { dayPartOf } from "#functions/payments/adapters/order-row.ts";
import { readWechatBill } from "#functions/payments/adapters/wechat-bill.ts";
import { matchPart } from "#functions/payments/domain/match.ts";
import type { Movement } from "#functions/payments/domain/order.ts";
import { DAY_PARTS } from "#functions/payments/domain/ports.ts";
import { publish } from "./measure.ts";

const LINES = Number(process.env.LINES ?? 1_000_000);
const HEADINGS =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";

const numberAt = (i: number) => `${String(i).padStart(26, "0")}P01`;
const lineAt = (i: number) =>
  `\`2026-11-22 10:00:00,\`wx0000000000000000,\`1900000109,\`0,\`,\`42000${String(i).padStart(23, "0")},\`${numberAt(i)},\`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,\`NATIVE,\`SUCCESS,\`OTHERS,\`CNY,\`80.00,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`不动产登记费（住宅类）,\`,\`0.00000,\`0.00%,\`80.00,\`0.00,\``;

/** A bill of the provider's size and form, gzipped on disk; its lines are never held together. */
const written = async (path: string): Promise<string> => {
  const hash = createHash("sha1");
  function* text() {
    const chunk = function* (piece: string) {
      hash.update(piece);
      yield piece;
    };
    yield* chunk(`${HEADINGS}\r\n`);
    for (let from = 0; from < LINES; from += 500) {
      let piece = "";
      for (let i = from; i < Math.min(LINES, from + 500); i++) piece += `${lineAt(i)}\r\n`;
      yield* chunk(piece);
    }
    yield* chunk(`总交易单数,订单总金额\r\n\`${LINES},\`0.00\r\n`);
  }
  await pipeline(Readable.from(text()), createGzip({ level: 1 }), createWriteStream(path));
  return hash.digest("hex");
};

const folder = mkdtempSync(join(tmpdir(), "yimen-bench-bills-"));
try {
  const path = join(folder, "bill.gz");
  const hash = await written(path);
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const before = process.memoryUsage().rss;
  const begun = performance.now();

  let progress = 0;
  const plain = createGunzip();
  createReadStream(path)
    .on("error", (error) => plain.destroy(error))
    .pipe(plain);
  const parts = await divideBill(readWechatBill(linesOf(hashChecked(plain, "sha1", hash))), async (lines) => {
    progress = lines;
  });
  const divided = performance.now();
  const partOf = Uint8Array.from({ length: LINES }, (_, i) => dayPartOf(numberAt(i)));
  const prepared = performance.now();
  let [matched, differing] = [0, 0];
  for (let part = 0; part < DAY_PARTS; part++) {
    /** Our side as the table gives it: pages of 2,000. Every hundred-thousandth is missing. */
    async function* ours(): AsyncGenerator<Movement[]> {
      let page: Movement[] = [];
      for (let i = 0; i < LINES; i++) {
        if (i % 100_000 === 7 || partOf[i] !== part) continue;
        const number = numberAt(i);
        page.push({
          provider: "wechat",
          date: "2026-11-22",
          kind: "payment",
          number,
          trade: "T",
          amount: 8000,
          order: "o",
        });
        if (page.length === 2_000) {
          yield page;
          page = [];
        }
      }
      yield page;
    }
    const match = await matchPart(ours(), parts.read(part));
    matched += match.here.count;
    differing += match.differences.length + match.strangers.length;
  }
  const ended = performance.now();
  clearInterval(watch);
  await parts.remove();
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  const expected = Math.ceil((LINES - 7) / 100_000);
  if (matched + differing !== LINES || differing !== expected) throw new Error("the comparison is wrong");

  publish("bills", "A day's bill in bounded memory", [
    `A WeChat bill of ${LINES.toLocaleString("en")} lines, ${mib(statSync(path).size)} MiB gzipped: unpacked, hashed, read, divided into ${DAY_PARTS} parts on disk, and each part compared with our own`,
    "movements (made up in place of the table's). Function: 1024 MiB, 15 minutes.",
    "",
    "| | |",
    "|---|---|",
    `| lines told as progress before the end | ${progress.toLocaleString("en")} |`,
    `| unpack, hash, read, divide | ${((divided - begun) / 1000).toFixed(1)} s |`,
    `| compare, the making up of our side included | ${((ended - prepared) / 1000).toFixed(1)} s |`,
    `| memory of the process before | ${mib(before)} MiB |`,
    `| at its peak | ${mib(peak)} MiB |`,
    `| lines that our books lack, found | ${differing} of ${expected} |`,
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
