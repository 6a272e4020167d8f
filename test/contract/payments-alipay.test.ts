import { AlipaySdk } from "alipay-sdk";
import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { alipayCalls } from "#functions/payments/adapters/alipay.ts";
import { ProviderRefused, ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import { type AlipayServer, startAlipay } from "#local/outside/alipay.ts";
import { sign } from "#local/outside/alipay-signature.ts";
import { keyPair } from "#local/outside/certificate.ts";
import { until } from "#local/until.ts";
import { logger } from "#shared/runtime/logger.ts";
import { wire } from "#shared/runtime/provider-call.ts";
import { callbackStage, numberOf, payAt, type Sent } from "#test/support/payment-callbacks.ts";

/** The other side is the official alipay-sdk 4.14.0 (MIT): it judges what is signed, and speaks to the demo city's Alipay as we do. */
const own = keyPair();
const merchant = keyPair();
const settings = {
  gateway: "https://alipay.invalid/gateway.do",
  appId: "2021000000000000",
  sellerId: "2088000000000000",
  privateKey: merchant.privatePem,
  alipayPublicKey: own.publicPem,
};
const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, "");
const official = (gateway: string, privateKey: string, alipayPublicKey: string) =>
  new AlipaySdk({
    appId: settings.appId,
    privateKey: bare(privateKey),
    alipayPublicKey: bare(alipayPublicKey),
    gateway,
    keyType: "PKCS8",
  });

describe("an Alipay notification", () => {
  let server: AlipayServer;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  beforeAll(async () => {
    server = await startAlipay({ port: 0 });
    stage = await callbackStage({ alipay: { ...server.merchant, alipayPublicKey: own.publicPem } });
  });
  afterAll(async () => {
    await server.stop();
    await stage.stop();
  });
  /** The redirect to a page needs no answer of Alipay. */
  const toPay = () => stage.toPay("alipay", "page");

  const fields = (number: string, more: Record<string, string> = {}): Record<string, string> => ({
    notify_id: "n1",
    notify_type: "trade_status_sync",
    charset: "utf-8",
    version: "1.0",
    app_id: settings.appId,
    seller_id: settings.sellerId,
    out_trade_no: number,
    trade_no: "2026112222001",
    trade_status: "TRADE_SUCCESS",
    total_amount: "80.00",
    subject: "不动产登记费 & 100%",
    gmt_payment: "2026-11-22 10:00:00",
    ...more,
  });
  const post = (
    all: Record<string, string>,
    more: { key?: string; body?: (text: string) => string; type?: string; sign?: Record<string, string> } = {},
  ): Sent => {
    const body = new URLSearchParams({
      ...all,
      sign_type: "RSA2",
      sign: sign(all, more.key ?? own.privatePem),
      ...more.sign,
    }).toString();
    return {
      headers: { "content-type": more.type ?? "application/x-www-form-urlencoded; charset=utf-8" },
      body: more.body ? more.body(body) : body,
    };
  };

  it("settles, is answered exactly `success`, and the official SDK accepts it too", async () => {
    const order = await toPay();
    const sent = post(fields(numberOf(order)));
    const form = Object.fromEntries(new URLSearchParams(String(sent.body)));
    expect(official(settings.gateway, merchant.privatePem, own.publicPem).checkNotifySignV2(form)).toBe(true);
    expect(await stage.post("alipay", sent)).toMatchObject({ status: 200, text: "success" });
    expect(await stage.order(order.id)).toMatchObject({
      status: "settled",
      settlement: { amount: 8000, at: "2026-11-22T02:00:00.000Z" },
    });
    expect(await stage.post("alipay", sent)).toMatchObject({ text: "success" });
  });

  it.each([false, true])("may have empty fields, signed or not (signed: %s)", async (isSigned) => {
    const order = await toPay();
    const all = fields(numberOf(order));
    const { createSign } = await import("node:crypto");
    const content = Object.entries({ ...all, ...(isSigned && { buyer_pay_amount: "" }) })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join("&");
    const signature = createSign("RSA-SHA256").update(content).sign(own.privatePem, "base64");
    const body = new URLSearchParams({ ...all, buyer_pay_amount: "", sign_type: "RSA2", sign: signature }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    expect(await stage.post("alipay", { headers: type, body })).toMatchObject({ text: "success" });
    expect((await stage.order(order.id)).status).toBe("settled");
  });

  it("may be in GBK: it is verified in its own bytes and read in its own character set", async () => {
    const order = await toPay();
    const all = fields(numberOf(order), { charset: "GBK", subject: "登记费" });
    const names = Object.keys(all)
      .filter((name) => all[name] !== "")
      .sort();
    const content = iconv.encode(names.map((name) => `${name}=${all[name]}`).join("&"), "gbk");
    const { createSign } = await import("node:crypto");
    const signature = createSign("RSA-SHA256").update(content).sign(own.privatePem, "base64");
    const percent = (text: string) =>
      [...iconv.encode(text, "gbk")].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    const body = [
      ...names.map((name) => `${name}=${percent(all[name] ?? "")}`),
      "sign_type=RSA2",
      `sign=${encodeURIComponent(signature)}`,
    ].join("&");
    expect(
      await stage.post("alipay", {
        headers: { "content-type": "application/x-www-form-urlencoded; charset=GBK" },
        body,
      }),
    ).toMatchObject({ text: "success" });
    expect((await stage.order(order.id)).status).toBe("settled");
  });

  it.each<[string, Record<string, string>, Parameters<typeof post>[1]]>([
    ["a field changed", {}, { body: (text) => text.replace("total_amount=80.00", "total_amount=80.01") }],
    ["a field twice", {}, { body: (text) => `${text}&total_amount=80.00` }],
    ["a body cut short", {}, { body: (text) => text.slice(0, 300) }],
    ["broken percent signs", {}, { body: (text) => `${text}&x=%zz` }],
    ["somebody else's key", {}, { key: merchant.privatePem }],
    ["no signature", {}, { sign: { sign: "" } }],
    ["a weaker kind of signature", {}, { sign: { sign_type: "RSA" } }],
    ["another content type", {}, { type: "application/json" }],
    ["another app", { app_id: "2021999" }, {}],
    ["another seller", { seller_id: "2088999" }, {}],
    ["no seller", { seller_id: "" }, {}],
    ["another amount", { total_amount: "79.99" }, {}],
    ["an amount of three decimals", { total_amount: "80.000" }, {}],
    ["an order that is not there", { out_trade_no: "0".repeat(26).concat("P01") }, {}],
    ["a character set nobody knows", { charset: "klingon" }, {}],
  ])("is not taken with %s", async (_, more, how) => {
    const order = await toPay();
    const answer = await stage.post("alipay", post(fields(numberOf(order), more), how));
    expect(answer.text).not.toBe("success");
    expect(answer.status).toBeLessThan(500);
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it("is not taken with bytes that are no UTF-8, though they are genuinely signed", async () => {
    const order = await toPay();
    const all = fields(numberOf(order));
    const { createSign } = await import("node:crypto");
    const bytes = (name: string) =>
      name === "subject" ? Buffer.from([0xb5, 0xc7, 0xff]) : Buffer.from(all[name] ?? "");
    const names = Object.keys(all).sort();
    const content = names.map((name, i) => Buffer.concat([Buffer.from(`${i ? "&" : ""}${name}=`), bytes(name)]));
    const signature = createSign("RSA-SHA256").update(Buffer.concat(content)).sign(own.privatePem, "base64");
    const percent = (name: string) => [...bytes(name)].map((b) => `%${b.toString(16).padStart(2, "0")}`).join("");
    const body = [
      ...names.map((name) => `${name}=${percent(name)}`),
      "sign_type=RSA2",
      `sign=${encodeURIComponent(signature)}`,
    ];
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const warn = vi.spyOn(logger, "warn").mockImplementation(() => {});
    expect(await stage.post("alipay", { headers, body: body.join("&") })).toMatchObject({
      status: 200,
      text: "failure",
    });
    // Not for its signature.
    expect(warn.mock.calls.at(-1)?.[1]).toMatchObject({ why: "body-malformed" });
    warn.mockRestore();
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it("of a refund is none of a payment, though it says TRADE_SUCCESS", async () => {
    const order = await toPay();
    await stage.post("alipay", post(fields(numberOf(order))));
    const before = await stage.order(order.id);
    const refund = post(
      fields(numberOf(order), {
        out_biz_no: `${order.id}R01`,
        refund_fee: "10.00",
        gmt_refund: "2026-11-22 11:00:00.123",
      }),
    );
    // Nobody has asked for that refund: it is not ours to take in.
    expect((await stage.post("alipay", refund)).text).toBe("failure");
    const foreign = post(fields(numberOf(order), { refund_fee: "10.00", gmt_refund: "2026-11-22 11:00:00.123" }));
    expect((await stage.post("alipay", foreign)).text).toBe("success");
    expect((await stage.order(order.id)).version).toBe(before.version);
  });

  it("of a refund that was asked for completes it, once, though refund_fee is a running total", async () => {
    const order = await toPay();
    await stage.post("alipay", post(fields(numberOf(order))));
    const refund = await stage.refundApproved(order.id, 3000);
    const notice = post(
      fields(numberOf(order), { out_biz_no: refund, refund_fee: "30.00", gmt_refund: "2026-11-22 11:00:00.123" }),
    );
    for (let copy = 0; copy < 2; copy++) expect((await stage.post("alipay", notice)).text).toBe("success");
    const after = await stage.order(order.id);
    expect(after.refunds).toMatchObject([{ id: refund, state: "completed", at: "2026-11-22T03:00:00.000Z" }]);
    expect([...stage.movements.values()].filter(({ number }) => number === refund)).toEqual([
      expect.objectContaining({ kind: "refund", date: "2026-11-22", amount: 3000 }),
    ]);
    expect(stage.told(order.id, "refund-completed")).toMatchObject({ refund, amount: 3000 });
  });

  it.each(["WAIT_BUYER_PAY", "TRADE_CLOSED"])(
    "of a trade that is %s is taken and changes nothing",
    async (trade_status) => {
      const order = await toPay();
      expect((await stage.post("alipay", post(fields(numberOf(order), { trade_status })))).text).toBe("success");
      expect((await stage.order(order.id)).status).toBe("open");
    },
  );
});

describe("our calls to Alipay", () => {
  let server: AlipayServer;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  beforeAll(async () => {
    server = await startAlipay({ port: 0 });
    stage = await callbackStage({ alipay: server.merchant });
  });
  afterAll(async () => {
    await server.stop();
    await stage.stop();
  });
  const alipay = () => stage.providers.alipay ?? (undefined as never);
  const at = (order: Awaited<ReturnType<typeof stage.toPay>>) => ({
    number: numberOf(order),
    startedAt: order.openedAt,
    amount: order.total,
  });
  const misbehave = (mode: string, more = {}) =>
    fetch(`${server.url}/misbehave`, { method: "POST", body: JSON.stringify({ mode, times: 1, ...more }) });

  it("carry the signature that the official SDK makes of the same parameters", () => {
    const now = "2026-11-22T02:00:00.000Z";
    const calls = alipayCalls(settings, wire(1000), () => now);
    const ours = calls.parameters(
      "alipay.trade.page.pay",
      { out_trade_no: "A1", subject: "登记费 & 100%", total_amount: "80.00" },
      { notify_url: "https://a.example/x?y=1" },
    );
    const { sign: signature, ...unsigned } = ours;
    // checkNotifySignV2 leaves out sign_type; a request is signed with it: the older check keeps it in.
    const judge = official(settings.gateway, merchant.privatePem, merchant.publicPem);
    expect(judge.checkNotifySign({ ...unsigned, sign: signature, sign_type: "RSA2" }, true)).toBe(true);
    expect(judge.checkNotifySign({ ...unsigned, app_id: "x", sign: signature, sign_type: "RSA2" }, true)).toBe(false);
  });

  it("reach the same gateway as the official SDK, whose answers it verifies", async () => {
    const { merchant: known } = server as unknown as {
      merchant: Record<"gateway" | "privateKey" | "alipayPublicKey", string>;
    };
    const sdk = official(known.gateway, known.privateKey, known.alipayPublicKey);
    const made = await sdk.exec(
      "alipay.trade.precreate",
      { notify_url: stage.apiUrl, bizContent: { out_trade_no: "SDK1", total_amount: "1.00", subject: "x" } },
      { validateSign: true },
    );
    expect(made).toMatchObject({ code: "10000", qrCode: expect.stringContaining("SDK1") });
  });

  it("pay by code, be told, query, refund and close", async () => {
    const order = await stage.toPay("alipay");
    expect(await alipay().query(at(order))).toEqual({ state: "unknown" });
    await payAt(server.url, numberOf(order));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const found = await alipay().query(at(order));
    expect(found).toMatchObject({ state: "paid", amount: 8000 });
    await expect(alipay().close(at(order))).rejects.toThrow(ProviderRefused);
    const payment = { number: numberOf(order), trade: "t", amount: 8000, at: order.openedAt };
    const call = { refund: `${order.id}R01`, requestedAt: order.openedAt, amount: 3000, reason: "多收", payment };
    expect(await alipay().refund(call)).toMatchObject({ state: "completed", amount: 3000 });
    expect(await alipay().refund(call)).toMatchObject({ state: "completed" });
    await expect(alipay().refund({ ...call, refund: `${order.id}R02`, amount: 5001 })).rejects.toThrow(ProviderRefused);
  });

  it("send a refund again, by its number, that Alipay took and did not give back", async () => {
    const order = await stage.toPay("alipay");
    await payAt(server.url, numberOf(order));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const refund = await stage.refundApproved(order.id, 3000);
    await misbehave("refund-pending");
    await stage.lookAfter(order.id);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ id: refund, state: "approved", tries: 1 }]);
    expect(stage.movements.has(`refund#${refund}`)).toBe(false);
    await stage.lookAfter(order.id);
    expect((await stage.order(order.id)).refunds).toMatchObject([{ id: refund, state: "completed" }]);
    expect(stage.movements.has(`refund#${refund}`)).toBe(true);
  });

  it.each([["500"], ["down"], ["slow"]])("say that it is not there when it is %s", async (mode) => {
    const order = await stage.toPay("alipay");
    await misbehave(mode, { milliseconds: 3_000 });
    await expect(alipay().query(at(order))).rejects.toThrow(ProviderUnavailable);
  });
});
