import { createHash, createSign } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import wechatpay from "wechatpay-axios-plugin";
import { BillDamaged } from "#functions/payments/adapters/bill-download.ts";
import { providerBills } from "#functions/payments/adapters/provider-bills.ts";
import { readProviderSettings } from "#functions/payments/adapters/provider-settings.ts";
import { readWechatBill } from "#functions/payments/adapters/wechat-bill.ts";
import type { ProviderName } from "#functions/payments/domain/attempt.ts";
import { lastDayOver } from "#functions/payments/domain/day.ts";
import type { BillLine } from "#functions/payments/domain/ports.ts";
import { type PaymentProviders, startPaymentProviders } from "#local/demo-city/payment-providers.ts";
import { keyPair, selfSigned } from "#local/outside/certificate.ts";
import { listen } from "#local/outside/http-server.ts";
import { zipOf } from "#local/outside/zip.ts";
import { until } from "#local/until.ts";
import { legalDate, systemClock } from "#shared/kernel/clock.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { callbackStage, numberOf, payAt } from "#test/support/payment-callbacks.ts";

const DAY_MS = 86_400_000;
/** The legal day that many days ago; UnionPay's bills are asked for without a year. */
const daysAgo = (days: number): string => legalDate(new Date(Date.now() - days * DAY_MS).toISOString());

const collected = async (lines: AsyncIterable<BillLine> | "not-ready"): Promise<BillLine[]> => {
  if (lines === "not-ready") throw new Error("not ready");
  const all: BillLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
};

describe("the bill of a day, fetched and read", () => {
  let outside: PaymentProviders;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  beforeAll(async () => {
    outside = await startPaymentProviders();
    stage = await callbackStage(outside.settings);
  });
  afterAll(async () => {
    await outside.stop();
    await stage.stop();
  });
  const bills = () =>
    providerBills(readProviderSettings(JSON.stringify(outside.settings)), {
      wire: wire(3000),
      slow: wire(10_000),
      now: systemClock,
    });
  const addresses = () => ({
    wechat: outside.addresses.wechatPay,
    alipay: outside.addresses.alipay,
    unionpay: outside.addresses.unionPay,
    nontax: outside.addresses.treasury,
  });

  it.each<ProviderName>(["wechat", "alipay", "unionpay", "nontax"])(
    "%s: payments of that day in fen, refunds by their own numbers, nothing of another day",
    async (name) => {
      const [date, next] = [daysAgo(6), daysAgo(5)];
      const orders = [await stage.toPay(name), await stage.toPay(name)];
      for (const order of orders)
        await payAt(addresses()[name], numberOf(order), JSON.stringify({ at: `${date}T03:00:00.000Z` }));
      const other = await stage.toPay(name);
      await payAt(addresses()[name], numberOf(other), JSON.stringify({ at: `${next}T03:00:00.000Z` }));
      const lines = await collected(await bills().fetch(name, date));
      expect(lines.map(({ kind, number, amount, outcome }) => ({ kind, number, amount, outcome }))).toEqual(
        orders.map((order) => ({ kind: "payment", number: numberOf(order), amount: 8000, outcome: "done" })),
      );
      expect(await collected(await bills().fetch(name, daysAgo(90)))).toEqual([]);
    },
  );

  it.each<ProviderName>(["wechat", "alipay", "unionpay", "nontax"])(
    "%s: a day without a bill is believed only once the bill cannot be late any more",
    async (name) => {
      const last = lastDayOver(systemClock());
      const before = new Date(Date.parse(last) - DAY_MS).toISOString().slice(0, 10);
      expect(await bills().fetch(name, last)).toBe("not-ready");
      expect(await collected(await bills().fetch(name, before))).toEqual([]);
    },
  );

  it.each<[ProviderName, string, BillLine["outcome"]]>([
    ["wechat", "none", "pending"],
    ["wechat", "refund-closed", "failed"],
    ["wechat", "refund-abnormal", "failed"],
    ["alipay", "none", "done"],
    ["unionpay", "none", "done"],
    ["nontax", "none", "done"],
    ["nontax", "refund-closed", "failed"],
    ["nontax", "refund-abnormal", "failed"],
  ])("%s: a refund (%s) by its own number and amount, on the day it was taken, %s", async (name, mode, outcome) => {
    const order = await stage.toPay(name);
    await payAt(addresses()[name], numberOf(order), JSON.stringify({ at: `${daysAgo(7)}T03:00:00.000Z` }));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const refund = await stage.refundApproved(order.id, 3000);
    await fetch(`${addresses()[name]}/misbehave`, { method: "POST", body: JSON.stringify({ mode, times: 1 }) });
    await stage.lookAfter(order.id);
    const ended = ["completed", "closed", "abnormal"];
    await until("the refund ends", async () => ended.includes((await stage.order(order.id)).refunds[0]?.state ?? ""));

    // The day of the bill is the day of our own movement, so that both sides are compared.
    const movement = [...stage.movements.values()].find(({ number }) => number === refund);
    const lines = await collected(await bills().fetch(name, movement?.date ?? ""));
    expect(lines.find(({ number }) => number === refund)).toMatchObject({ kind: "refund", amount: 3000, outcome });
    expect(movement).toMatchObject({ kind: "refund", amount: 3000 });
  });

  it.each([
    [`${daysAgo(8)}T14:59:59.000Z`, daysAgo(8)],
    [`${daysAgo(8)}T15:30:00.000Z`, daysAgo(7)],
  ])("unionpay: paid at %s it stands in the bill of %s, and so in our books", async (at, date) => {
    const order = await stage.toPay("unionpay");
    await payAt(addresses().unionpay, numberOf(order), JSON.stringify({ at }));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const lines = await collected(await bills().fetch("unionpay", date));
    expect(lines.map(({ number }) => number)).toContain(numberOf(order));
    expect([...stage.movements.values()].find(({ number }) => number === numberOf(order))?.date).toBe(date);
    // Asked, it says the same day.
    const attempt = { number: numberOf(order), startedAt: order.openedAt, amount: order.total };
    expect(await stage.providers.unionpay?.query(attempt)).toMatchObject({ state: "paid", billDate: date });
  });

  it.each([
    ["at the last moment of its last day", 0, "23:59:59", undefined],
    ["as the next day begins", 1, "00:00:00", 4],
    ["ten days later", 10, "12:00:00", 40],
  ])(
    "nontax: paid %s, with a late fee for each day beside the amount, which is the order's in callback, query and bill",
    async (_when, days, time, lateFee) => {
      const order = await stage.toPay("nontax");
      const day = new Date(Date.parse(order.payBy.date) + days * DAY_MS).toISOString().slice(0, 10);
      const at = new Date(`${day}T${time}+08:00`).toISOString();
      await payAt(addresses().nontax, numberOf(order), JSON.stringify({ at }));
      await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
      expect(await stage.order(order.id)).toMatchObject({ settlement: { amount: 8000 }, surplus: [] });
      const after = await stage.order(order.id);
      expect(after.status === "settled" && after.settlement.lateFee).toBe(lateFee);
      const attempt = { number: numberOf(order), startedAt: order.openedAt, amount: order.total };
      const found = await stage.providers.nontax?.query(attempt);
      expect(found).toMatchObject({ state: "paid", amount: 8000, ...(lateFee && { lateFee }) });
      const movement = [...stage.movements.values()].find(({ number }) => number === numberOf(order));
      const lines = await collected(await bills().fetch("nontax", movement?.date ?? ""));
      expect(lines.find(({ number }) => number === numberOf(order))?.amount).toBe(8000);
    },
  );
});

describe("an answer of UnionPay with a bill in it", () => {
  const own = selfSigned("UnionPay Test");
  const answering = async (file: Buffer) => {
    const fields: Record<string, string> = {
      fileContent: file.toString("base64"),
      respCode: "00",
      signPubKeyCert: own.pem,
    };
    const names = Object.keys(fields).sort();
    const text = names.map((name) => `${name}=${fields[name]}`).join("&");
    const digest = createHash("sha256").update(text).digest("hex");
    const signature = createSign("RSA-SHA256").update(digest).sign(own.privateKey, "base64");
    const server = await listen(0, async (_, response) => void response.end(`${text}&signature=${signature}`));
    const unionpay = {
      baseUrl: server.url,
      fileUrl: server.url,
      merId: "777290058110048",
      certId: "1",
      privateKey: keyPair().privatePem,
    };
    const settings = readProviderSettings(JSON.stringify({ unionpay: { ...unionpay, trusted: [own.pem] } }));
    const bills = providerBills(settings, { wire: wire(3000), slow: wire(10_000), now: systemClock });
    try {
      return await collected(await bills.fetch("unionpay", "2026-11-22"));
    } finally {
      await server.stop();
    }
  };
  const zm = `${["S22", "0".repeat(11), "0".repeat(11), "000001", "1122020000", "6".repeat(19), "000000008000", "9399", "07", "Q".repeat(21), "  ", "A1".padEnd(32), ""].join(" ")}\r\n`;

  it("is read", async () => {
    expect(await answering(deflateSync(zipOf("INN261122ZM_1", Buffer.from(zm))))).toEqual([
      { kind: "payment", number: "A1", trade: "Q".repeat(21), amount: 8000, outcome: "done" },
    ]);
  });
  it.each<[string, () => Buffer]>([
    ["that unpacks to a hundred megabytes", () => deflateSync(Buffer.alloc(100_000_000))],
    ["that is not deflated", () => Buffer.from("not deflated")],
    ["without a ZM file: it is not a day without trade", () => deflateSync(zipOf("readme.txt", Buffer.from(zm)))],
    ["with a line of another form", () => deflateSync(zipOf("ZM_1", Buffer.from(`S99${zm.slice(3)}`)))],
  ])("%s is refused whole", async (_, file) => {
    await expect(answering(file())).rejects.toThrow(BillDamaged);
  });
});

/** The columns are those of pay.weixin.qq.com "交易账单文件格式说明" (ALL); the lines are made up. */
const headings =
  "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const payment =
  "`2026-11-22 10:00:00,`wx1,`190000,`0,`,`4200001,`A1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`79.00,`1.00,`0,`0,`0.00,`0.00,`,`,`登记费,住宅,`,`0.00000,`0.00%,`80.00,`0.00,`";
const refund =
  "`2026-11-22 11:00:00,`wx1,`190000,`0,`,`4200001,`A1,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030,`R1,`30.50,`0.00,`ORIGINAL,`PROCESSING,`登记费,`,`0.00000,`0.00%,`0.00,`30.50,`";
const summary = (count: number) => [
  "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额",
  `\`${count},\`79.00,\`30.50,\`0.00,\`0.00,\`80.00,\`30.50`,
];
async function* lines(all: readonly string[]): AsyncGenerator<string> {
  yield* all;
}

describe("a WeChat bill", () => {
  it("is read as the independent library reads it, commas within a field included", async () => {
    const all = [headings, payment, refund, ...summary(2)];
    expect(await collected(readWechatBill(lines(["\ufeff".concat(all[0] ?? ""), ...all.slice(1), ""])))).toEqual([
      { kind: "payment", number: "A1", trade: "4200001", amount: 8000, outcome: "done" },
      { kind: "refund", number: "R1", trade: "4200001", amount: 3050, outcome: "pending" },
    ]);
    const theirs = wechatpay.Formatter.castCsvBill(Buffer.from(`${all.join("\n")}\n`)) as unknown as {
      rows: Record<string, string>[];
    };
    expect(theirs.rows.map((row) => [row.商户订单号, row.订单金额])).toEqual([
      ["A1", "80.00"],
      ["A1", "0.00"],
    ]);
  });
  it.each([
    ["cut before its summary", [headings, payment]],
    ["a line short", [headings, payment, ...summary(2)]],
    ["of other columns", ["交易时间,商户号", payment, ...summary(1)]],
    ["empty", []],
  ])("%s is refused whole", async (_, all) => {
    await expect(collected(readWechatBill(lines(all)))).rejects.toThrow(BillDamaged);
  });
  it("whose hash is not that of the un-gzipped file is refused after its last line", async () => {
    const { hashChecked, linesOf } = await import("#functions/payments/adapters/bill-download.ts");
    const text = [headings, payment, ...summary(1), ""].join("\r\n");
    const hash = createHash("sha1").update(gzipSync(text)).digest("hex");
    async function* bytes() {
      yield Buffer.from(text.slice(0, 41));
      yield Buffer.from(text).subarray(Buffer.byteLength(text.slice(0, 41)));
    }
    const good = createHash("sha1").update(text).digest("hex");
    expect(await collected(readWechatBill(linesOf(hashChecked(bytes(), "sha1", good))))).toHaveLength(1);
    await expect(collected(readWechatBill(linesOf(hashChecked(bytes(), "sha1", hash))))).rejects.toThrow(BillDamaged);
  });
});
