import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { appendFile, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw, createGunzip, createGzip } from "node:zlib";
import iconv from "iconv-lite";
import { unzipped } from "#functions/payments/adapters/alipay-bill.ts";
import { hashChecked, linesOf } from "#functions/payments/adapters/bill-download.ts";
import { dayPartOf } from "#functions/payments/adapters/order-row.ts";
import { linesOfArchive } from "#functions/payments/adapters/unionpay-bill.ts";
import { readWechatBill } from "#functions/payments/adapters/wechat-bill.ts";
import { onComparisonDue } from "#functions/payments/consumers/on-comparison-due.ts";
import type { ProviderName } from "#functions/payments/domain/attempt.ts";
import type { BillDay } from "#functions/payments/domain/day.ts";
import { type Movement, type Order, openOrder } from "#functions/payments/domain/order.ts";
import { type BillLine, DAY_PARTS } from "#functions/payments/domain/ports.ts";
import { context, fromQueue } from "#test/support/queue-events.ts";
import { publish, setting } from "./measure.ts";

const LINES = setting("LINES", 1_000_000);
const DATE = "2026-11-22";

/** Every tenth line is a refund, whose order is read; every hundred-thousandth is a payment that our books lack. */
const isRefund = (i: number) => i % 10 === 3;
const isMissing = (i: number) => i % 100_000 === 7;
/** An order's read takes so long; the rows are made up, not DynamoDB's. */
const READ_MS = 5;

const numberAt = (i: number) => `${String(i).padStart(26, "0")}${isRefund(i) ? "R01" : "P01"}`;
const tradeAt = (i: number) => `42000${String(i).padStart(16, "0")}`;

/** A bill's text in pieces; its lines are never held together. */
function* pieces(head: string, lineAt: (i: number) => string, foot: string): Generator<string> {
  yield head;
  for (let from = 0; from < LINES; from += 500) {
    let piece = "";
    for (let i = from; i < Math.min(LINES, from + 500); i++) piece += `${lineAt(i)}\r\n`;
    yield piece;
  }
  yield foot;
}

/** A zip of one deflated file, written as it comes: its sizes stand behind it and in the directory. */
const zipped = async (path: string, name: string, content: Iterable<Buffer>): Promise<void> => {
  const raw = iconv.encode(name, "gbk");
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 2);
  common.writeUInt16LE(8, 4);
  common.writeUInt16LE(raw.byteLength, 22);
  const local = Buffer.concat([Buffer.from("504b0304", "hex"), common, raw]);
  await writeFile(path, local);
  const sums = { crc: 0, size: 0 };
  function* counted() {
    for (const piece of content) {
      sums.crc = crc32(piece, sums.crc);
      sums.size += piece.byteLength;
      yield piece;
    }
  }
  await pipeline(Readable.from(counted()), createDeflateRaw({ level: 1 }), createWriteStream(path, { flags: "a" }));
  const packed = statSync(path).size - local.byteLength;
  common.writeUInt32LE(sums.crc, 10);
  common.writeUInt32LE(packed, 14);
  common.writeUInt32LE(sums.size, 18);
  const descriptor = Buffer.concat([Buffer.from("504b0708", "hex"), common.subarray(10, 22)]);
  const directory = Buffer.concat([Buffer.from("504b01021400", "hex"), common, Buffer.alloc(14), raw]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.byteLength, 12);
  end.writeUInt32LE(local.byteLength + packed + descriptor.byteLength, 16);
  await appendFile(path, Buffer.concat([descriptor, directory, end]));
};

interface Made {
  readonly bytes: number;
  readonly read: () => AsyncIterable<BillLine>;
}

const wechat = async (folder: string): Promise<Made> => {
  const path = join(folder, "wechat.gz");
  const headings =
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
  const lineAt = (i: number) =>
    isRefund(i)
      ? `\`2026-11-22 11:00:00,\`wx0000000000000000,\`1900000109,\`0,\`,\`${tradeAt(i)},\`A${i},\`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,\`NATIVE,\`REFUND,\`OTHERS,\`CNY,\`0.00,\`0.00,\`5030${i},\`${numberAt(i)},\`80.00,\`0.00,\`ORIGINAL,\`SUCCESS,\`不动产登记费（住宅类）,\`,\`0.00000,\`0.00%,\`0.00,\`80.00,\``
      : `\`2026-11-22 10:00:00,\`wx0000000000000000,\`1900000109,\`0,\`,\`${tradeAt(i)},\`${numberAt(i)},\`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,\`NATIVE,\`SUCCESS,\`OTHERS,\`CNY,\`80.00,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`不动产登记费（住宅类）,\`,\`0.00000,\`0.00%,\`80.00,\`0.00,\``;
  const hash = createHash("sha1");
  function* hashed() {
    for (const piece of pieces(`${headings}\r\n`, lineAt, `总交易单数,订单总金额\r\n\`${LINES},\`0.00\r\n`)) {
      hash.update(piece);
      yield piece;
    }
  }
  await pipeline(Readable.from(hashed()), createGzip({ level: 1 }), createWriteStream(path));
  const digest = hash.digest("hex");
  return {
    bytes: statSync(path).size,
    read: () => {
      const plain = createGunzip();
      createReadStream(path)
        .on("error", (error) => plain.destroy(error))
        .pipe(plain);
      return readWechatBill(linesOf(hashChecked(plain, "sha1", digest)));
    },
  };
};

const alipay = async (): Promise<Made> => {
  // The reader removes the folder of the archive that it was given.
  const folder = await mkdtemp(join(tmpdir(), "yimen-bench-alipay-"));
  const path = join(folder, "bill.zip");
  const head =
    "#支付宝业务明细查询\r\n支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,对方账户,订单金额（元）,退款批次号/请求号,备注\r\n";
  const lineAt = (i: number) =>
    isRefund(i)
      ? `${tradeAt(i)}\t,A${i}\t,退款\t,不动产登记费（住宅类）\t,2026-11-22 11:00:00\t,2026-11-22 11:00:01\t,*演示(139****0000)\t,-80.00\t,${numberAt(i)}\t,\t`
      : `${tradeAt(i)}\t,${numberAt(i)}\t,交易\t,不动产登记费（住宅类）\t,2026-11-22 10:00:00\t,2026-11-22 10:00:01\t,*演示(139****0000)\t,80.00\t,\t,\t`;
  function* encoded() {
    for (const piece of pieces(head, lineAt, "#业务明细列表结束\r\n")) yield iconv.encode(piece, "gbk");
  }
  await zipped(path, "20880000_20261122_业务明细.csv", encoded());
  return { bytes: statSync(path).size, read: () => unzipped(folder, path) };
};

const unionpay = async (folder: string): Promise<Made> => {
  const path = join(folder, "unionpay.zip");
  const lineAt = (i: number) =>
    [
      isRefund(i) ? "S30" : "S22",
      "00000000   ",
      "00000000   ",
      "000001",
      "1122020000",
      "6216***********0018",
      "000000008000",
      "9399",
      "07",
      tradeAt(i).slice(0, 21),
      "  ",
      numberAt(i).padEnd(32),
      "",
    ].join(" ");
  function* encoded() {
    for (const piece of pieces("", lineAt, "")) yield Buffer.from(piece);
  }
  await zipped(path, "INN26112288ZM_777290058110048", encoded());
  const archive = await readFile(path);
  return { bytes: archive.byteLength, read: () => linesOfArchive(archive) };
};

/** An order whose refund is done. */
const orderOf = (id: string, line: number): Order => ({
  ...openOrder(
    {
      id,
      purpose: { kind: "application", id: "case", due: "issue" },
      application: "case",
      number: "1",
      charges: [],
      total: 8000,
      department: "11440600007039469J",
      asked: 1,
    },
    "2026-11-22T01:00:00.000Z",
  ).order,
  refunds: [
    {
      ...{ id: numberAt(line), of: `A${line}`, amount: 8000, reason: "x", requestedAt: "2026-11-22T02:00:00.000Z" },
      automatic: false,
      state: "completed",
      at: "2026-11-22T03:00:00.000Z",
    },
  ],
});

/** Has a bill compared as the function does, with our own movements and orders made up in place of the table's. */
const measured = async (provider: ProviderName, { bytes, read }: Made) => {
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const partOf = Uint8Array.from({ length: LINES }, (_, i) => dayPartOf(numberAt(i)));
  /** Our side as the table gives it: pages of 2,000. */
  async function* ours(part: number): AsyncGenerator<Movement[]> {
    let page: Movement[] = [];
    for (let i = 0; i < LINES; i++) {
      if (isMissing(i) || partOf[i] !== part) continue;
      const kind = isRefund(i) ? "refund" : "payment";
      page.push({ provider, date: DATE, kind, number: numberAt(i), trade: "T", amount: 8000, order: "o" });
      if (page.length === 2_000) {
        yield page;
        page = [];
      }
    }
    yield page;
  }
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  let divided = begun;
  let progress = 0;
  let reads = 0;
  let day: BillDay | undefined;
  const compare = onComparisonDue({
    days: {
      find: async () => day,
      save: async (change) => {
        day = change.day;
        if (day.status === "running" && day.progress.partsDone === 0) {
          divided = performance.now();
          if (day.progress.lines < LINES) progress = day.progress.lines;
        }
      },
      movements: (_provider, _date, part) => ours(part),
    },
    orders: {
      find: async (id) => {
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, READ_MS));
        return isRefund(Number(id)) ? orderOf(id, Number(id)) : undefined;
      },
    },
    bills: { providers: [provider], fetch: async () => read() },
    lookAfter: async () => {},
    now: () => "2026-11-23T04:00:00.000Z",
  });
  await compare(fromQueue({ provider, date: DATE }), context);
  const ended = performance.now();
  clearInterval(watch);
  const { here, differences = [] } = day?.found ?? {};
  const expected = Math.ceil((LINES - 7) / 100_000);
  const isRight = differences.length === expected && differences.every(({ kind }) => kind === "missing-here");
  if (here?.count !== LINES - expected || !isRight) throw new Error(`the comparison of ${provider} is wrong`);
  const mib = (size: number) => `${(size / 2 ** 20).toFixed(0)} MiB`;
  return [
    `| the bill as it is fetched | ${mib(bytes)} |`,
    `| lines told as progress before the end | ${progress.toLocaleString("en")} |`,
    `| unpack, read, divide | ${((divided - begun) / 1000).toFixed(1)} s |`,
    `| compare, the making up of our side included | ${((ended - divided) / 1000).toFixed(1)} s |`,
    `| orders read for it, ${READ_MS} ms each | ${reads.toLocaleString("en")} |`,
    `| memory of the process before | ${mib(before)} |`,
    `| at its peak | ${mib(peak)} |`,
    `| lines that our books lack, found | ${differences.length} of ${expected} |`,
  ];
};

const folder = mkdtempSync(join(tmpdir(), "yimen-bench-bills-"));
try {
  const tables: string[] = [];
  for (const [title, provider, make] of [
    ["WeChat Pay: gzip, hash of what is in it, UTF-8", "wechat", wechat],
    ["Alipay: zip, GBK", "alipay", alipay],
    ["UnionPay: zip held in memory, as it comes in an answer", "unionpay", unionpay],
  ] as const)
    tables.push(`### ${title}`, "", "| | |", "|---|---|", ...(await measured(provider, await make(folder))), "");
  publish("bills", "A day's bill in bounded memory", [
    `Bills of ${LINES.toLocaleString("en")} lines: unpacked, read, divided into ${DAY_PARTS} parts on disk, and each part compared with our own`,
    "movements, and each refund, every tenth line, with its order (made up in place of the table's). One after the other in one process: memory before is what the earlier ones left. Function: 1024 MiB, 15 minutes.",
    "",
    ...tables,
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
