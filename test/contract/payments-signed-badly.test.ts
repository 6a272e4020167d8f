import { createHash, createSign, randomBytes } from "node:crypto";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { unionPay } from "#functions/payments/adapters/unionpay.ts";
import type { ProviderName } from "#functions/payments/domain/attempt.ts";
import { keyPair, selfSigned } from "#local/outside/certificate.ts";
import { listen } from "#local/outside/http-server.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { callbackStage, numberOf, type Sent } from "#test/support/payment-callbacks.ts";

/**
 * Callbacks that are genuinely signed and wrong all the same: only what is read after the signature can refuse them. The keys are those
 * the stage trusts; the demo city's own servers keep theirs to themselves.
 */
const stageOf = async (settings: Record<string, unknown>, name: ProviderName) => {
  const stage = await callbackStage(settings);
  return {
    ...stage,
    /** A stored order with an attempt, without asking a provider for it. */
    async toPayUnasked() {
      const checkout = vi
        .spyOn(stage.providers[name] ?? (undefined as never), "checkout")
        .mockResolvedValueOnce({ kind: "qr", content: "x" });
      const order = await stage.toPay(name);
      checkout.mockRestore();
      return order;
    },
  };
};

describe("a UnionPay notification with a good signature", () => {
  const own = selfSigned("UnionPay Test");
  const unionpay = {
    baseUrl: "https://unionpay.invalid",
    fileUrl: "https://unionpay.invalid/",
    merId: "777290058110048",
    certId: "1",
    privateKey: keyPair().privatePem,
    trusted: [own.pem],
  };
  let stage: Awaited<ReturnType<typeof stageOf>>;
  beforeAll(async () => {
    stage = await stageOf({ unionpay }, "unionpay");
  });
  afterAll(() => stage.stop());

  const fields = (number: string, more: Record<string, string> = {}): Record<string, string> => ({
    version: "5.1.0",
    encoding: "UTF-8",
    signMethod: "01",
    merId: "777290058110048",
    txnType: "01",
    orderId: number,
    txnTime: "20261122100000",
    txnAmt: "8000",
    currencyCode: "156",
    queryId: "202611221000001234567",
    respCode: "00",
    respMsg: "成功",
    signPubKeyCert: own.pem,
    ...more,
  });
  /** Signed over the very bytes: sorted `k=v&`, SHA-256 in hex, RSA-SHA256 over that text. */
  const signed = (all: Record<string, string | Buffer>, encode: (text: string) => Buffer = Buffer.from): Sent => {
    const bytes = Object.entries(all).map(
      ([name, value]) => [name, typeof value === "string" ? encode(value) : value] as const,
    );
    const content = bytes
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value], index) => Buffer.concat([Buffer.from(`${index ? "&" : ""}${name}=`), value]));
    const digest = createHash("sha256").update(Buffer.concat(content)).digest("hex");
    const signature = createSign("RSA-SHA256").update(digest).sign(own.privateKey, "base64");
    const percent = (value: Buffer) => [...value].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    const body = [...bytes, ["signature", Buffer.from(signature)] as const]
      .map(([name, value]) => `${name}=${percent(value)}`)
      .join("&");
    return { headers: { "content-type": "application/x-www-form-urlencoded" }, body };
  };

  it.each<[string, Record<string, string>, (text: string) => Buffer]>([
    ["UTF-8", {}, Buffer.from],
    ["GBK, signed over its GBK bytes", { encoding: "GBK" }, (text) => iconv.encode(text, "gbk")],
  ])("settles in %s", async (_, more, encode) => {
    const order = await stage.toPayUnasked();
    expect((await stage.post("unionpay", signed(fields(numberOf(order), more), encode))).status).toBe(200);
    expect(await stage.order(order.id)).toMatchObject({
      status: "settled",
      settlement: { amount: 8000, at: "2026-11-22T02:00:00.000Z" },
    });
  });

  it.each<[string, Record<string, string | Buffer>]>([
    ["another merchant", { merId: "777290058110049" }],
    ["another amount", { txnAmt: "7999" }],
    ["an amount that is none", { txnAmt: "80.00" }],
    ["another currency", { currencyCode: "840" }],
    ["no currency", { currencyCode: "" }],
    ["bytes that are no UTF-8", { respMsg: Buffer.from([0xb3, 0xc9, 0xff]) }],
    ["GBK bytes under the name of UTF-8", { respMsg: iconv.encode("成功", "gbk") }],
    ["an encoding nobody knows", { encoding: "klingon" }],
    ["a time that is none", { txnTime: "20261340100000" }],
    ["an order that is not there", { orderId: `${"0".repeat(26)}P01` }],
    ["a number that is not ours", { orderId: "INVOICE1" }],
  ])("is refused with a 400 for %s; nothing changes", async (_, wrong) => {
    const order = await stage.toPayUnasked();
    const sent = signed({ ...fields(numberOf(order)), ...wrong });
    expect(await stage.post("unionpay", sent)).toMatchObject({ status: 400, text: "fail" });
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it("a query is not answered in another currency either", async () => {
    const number = `${"0".repeat(26)}P01`;
    let more: Record<string, string> = {};
    const server = await listen(0, async (_, response) => {
      const { body } = signed({ ...fields(number), origRespCode: "00", settleDate: "1122", ...more });
      response.end(decodeURIComponent(String(body)));
    });
    const provider = unionPay(
      { ...unionpay, baseUrl: server.url },
      { wire: wire(3000), now: systemClock, callbackUrl: "https://city.invalid" },
    );
    const query = () => provider.query({ number, startedAt: "2026-11-22T02:00:00.000Z", amount: 8000 });
    try {
      expect(await query()).toMatchObject({ state: "paid", amount: 8000 });
      more = { currencyCode: "840" };
      await expect(query()).rejects.toThrow("another currency");
    } finally {
      await server.stop();
    }
  });

  it("of a refund that was asked for completes it; of another amount, or of nobody's, is refused", async () => {
    const order = await stage.toPayUnasked();
    await stage.post("unionpay", signed(fields(numberOf(order))));
    const refund = await stage.refundApproved(order.id, 3000);
    const notice = (more: Record<string, string> = {}) =>
      stage.post("unionpay", signed(fields(refund, { txnType: "04", txnAmt: "3000", ...more })));
    expect((await notice({ txnAmt: "2999" })).status).toBe(400);
    expect((await notice({ orderId: refund.replace("R01", "R02") })).status).toBe(400);
    // Not known yet is no end: it is neither refused nor closed.
    for (const respCode of ["03", "04", "05"]) expect((await notice({ respCode })).status).toBe(200);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ state: "approved" }]);
    for (let copy = 0; copy < 2; copy++) expect((await notice()).status).toBe(200);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ state: "completed", amount: 3000 }]);
  });
});

describe("a notification of the treasury with a good signature", () => {
  const own = keyPair();
  let stage: Awaited<ReturnType<typeof stageOf>>;
  beforeAll(async () => {
    const nontax = {
      baseUrl: "https://treasury.invalid",
      unit: "440606001001",
      privateKey: keyPair().privatePem,
      publicKey: own.publicPem,
    };
    stage = await stageOf({ nontax }, "nontax");
  });
  afterAll(() => stage.stop());

  const signed = (body: Buffer): Sent => {
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), randomBytes(16).toString("hex")];
    const signature = createSign("RSA-SHA256")
      .update(`${timestamp}\n${nonce}\n`)
      .update(body)
      .update("\n")
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
  const notice = (number: string, more: Record<string, unknown> = {}) => ({
    outTradeNo: number,
    noticeCode: "44060020261122000001",
    unitCode: "440606001001",
    status: "1",
    amount: "80.00",
    lateFee: "0.00",
    payTime: "2026-11-22 10:00:00",
    payer: "陈示例",
    ...more,
  });
  const told = (event: object): Sent => signed(Buffer.from(JSON.stringify(event)));

  it("settles", async () => {
    const order = await stage.toPayUnasked();
    expect((await stage.post("nontax", told({ event: "paid", notice: notice(numberOf(order)) }))).status).toBe(200);
    expect(await stage.order(order.id)).toMatchObject({ status: "settled", settlement: { amount: 8000 } });
  });

  it.each<[string, Record<string, unknown>]>([
    ["another unit", { unitCode: "440606001002" }],
    ["another amount", { amount: "79.99" }],
    ["an amount of three decimals", { amount: "80.000" }],
    ["an amount that is a number", { amount: 80 }],
    ["no time", { payTime: undefined }],
    ["an order that is not there", { outTradeNo: `${"0".repeat(26)}P01` }],
    ["a number that is not ours", { outTradeNo: "INVOICE-1" }],
  ])("is refused with a 400 for %s; nothing changes", async (_, wrong) => {
    const order = await stage.toPayUnasked();
    const answer = await stage.post("nontax", told({ event: "paid", notice: notice(numberOf(order), wrong) }));
    expect([answer.status, JSON.parse(answer.text).result]).toEqual([400, "fail"]);
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it.each<[string, (json: string) => Buffer]>([
    [
      "bytes that are no UTF-8",
      (json) => Buffer.concat([Buffer.from(json.slice(0, -2)), Buffer.from([0xff]), Buffer.from(json.slice(-2))]),
    ],
    ["GBK", (json) => iconv.encode(json, "gbk")],
    ["half a body", (json) => Buffer.from(json.slice(0, json.length / 2))],
    ["an event nobody knows", (json) => Buffer.from(json.replace('"paid"', '"parade"'))],
  ])("is refused with a 400 for %s", async (_, bend) => {
    const order = await stage.toPayUnasked();
    const json = JSON.stringify({ event: "paid", notice: notice(numberOf(order)) });
    expect((await stage.post("nontax", signed(bend(json)))).status).toBe(400);
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it("of a refund that was asked for completes it; of another amount or unit it is refused", async () => {
    const order = await stage.toPayUnasked();
    await stage.post("nontax", told({ event: "paid", notice: notice(numberOf(order)) }));
    const outRefundNo = await stage.refundApproved(order.id, 3000);
    const refund = {
      outRefundNo,
      unitCode: "440606001001",
      amount: "30.00",
      state: "done",
      acceptTime: "2026-11-22 11:00:00",
    };
    for (const wrong of [{ amount: "29.99" }, { unitCode: "440606001002" }])
      expect((await stage.post("nontax", told({ event: "refund", refund: { ...refund, ...wrong } }))).status).toBe(400);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ state: "approved" }]);
    for (let copy = 0; copy < 2; copy++)
      expect((await stage.post("nontax", told({ event: "refund", refund }))).status).toBe(200);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ state: "completed", amount: 3000 }]);
  });
});
