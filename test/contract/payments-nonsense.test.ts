import { createSign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import wechatpay from "wechatpay-axios-plugin";
import type { ProviderName } from "#functions/payments/domain/attempt.ts";
import { type CheckoutCall, ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import { keyPair, selfSigned } from "#local/outside/certificate.ts";
import { listen, type Running, readText } from "#local/outside/http-server.ts";
import { logger } from "#shared/runtime/logger.ts";
import { callbackStage, numberOf } from "#test/support/payment-callbacks.ts";

const { Formatter, Rsa } = wechatpay;

/** Providers that sign well and say nothing that makes sense: another schema after a release of theirs, a mistake of a proxy of theirs. */
const own = keyPair();
const platform = selfSigned("Tenpay Test");
const merchant = keyPair();

const wechatServer = (answer: object = { code_url: 7, status: "LOST", trade_state: 1 }) =>
  listen(0, async (_, response) => {
    const body = JSON.stringify(answer);
    const [timestamp, nonce] = [String(Formatter.timestamp()), Formatter.nonce()];
    const key = platform.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    response.writeHead(200, {
      "wechatpay-timestamp": timestamp,
      "wechatpay-nonce": nonce,
      "wechatpay-serial": platform.serial,
      "wechatpay-signature": Rsa.sign(Formatter.response(timestamp, nonce, body), key),
    });
    response.end(body);
  });
const alipayServer = () =>
  listen(0, async (request, response) => {
    const method = new URLSearchParams(await readText(request)).get("method") ?? "";
    // A good answer without the code to show, and answers without even a code of their own.
    const node = method.endsWith("precreate") ? '{"code":"10000","msg":"Success"}' : '{"msg":"Success"}';
    const sign = createSign("RSA-SHA256").update(node).sign(own.privatePem, "base64");
    response.end(`{"${method.replaceAll(".", "_")}_response":${node},"sign":"${sign}"}`);
  });
const treasuryServer = () =>
  listen(0, async (_, response) => {
    const body = JSON.stringify({ payUrl: "no address", amount: "lots", status: "9" });
    const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), "n"];
    const signature = createSign("RSA-SHA256")
      .update(`${timestamp}\n${nonce}\n${body}\n`)
      .sign(own.privatePem, "base64");
    response.writeHead(200, { "x-timestamp": timestamp, "x-nonce": nonce, "x-signature": signature }).end(body);
  });

const sides: Readonly<Record<"wechat" | "alipay" | "nontax", [() => Promise<Running>, (url: string) => object]>> = {
  wechat: [
    () => wechatServer(),
    (url) => ({
      baseUrl: url,
      mchid: "190000",
      appid: "wx1",
      apiV3Key: "0123456789abcdef0123456789abcdef",
      serial: "AB",
      privateKey: merchant.privatePem,
      platformKeys: { [platform.serial]: platform.pem },
    }),
  ],
  alipay: [
    alipayServer,
    (url) => ({
      gateway: `${url}/gateway.do`,
      appId: "2021000000000000",
      sellerId: "2088000000000000",
      privateKey: merchant.privatePem,
      alipayPublicKey: own.publicPem,
    }),
  ],
  nontax: [
    treasuryServer,
    (url) => ({ baseUrl: url, unit: "440606001001", privateKey: merchant.privatePem, publicKey: own.publicPem }),
  ],
};

describe.each(["wechat", "alipay", "nontax"] as const)("well signed nonsense of %s", (name) => {
  let server: Running;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  let now = new Date().toISOString();
  beforeAll(async () => {
    const [start, settings] = sides[name];
    server = await start();
    stage = await callbackStage({ [name]: settings(server.url) }, { now: () => now });
  });
  afterAll(async () => {
    await stage.stop();
    await server.stop();
  });
  const unasked = async () => {
    const provider = stage.providers[name as ProviderName] ?? (undefined as never);
    const checkout = vi.spyOn(provider, "checkout").mockResolvedValueOnce({ kind: "qr", content: "x" });
    const order = await stage.toPay(name);
    checkout.mockRestore();
    return { order, provider };
  };

  it("counts as no answer, for whatever was asked", async () => {
    const { order, provider } = await unasked();
    const at = { number: numberOf(order), startedAt: order.openedAt, amount: order.total };
    const call: CheckoutCall = {
      ...at,
      way: "native-qr",
      description: "x",
      expiresAt: "2036-01-01T00:00:00.000Z",
      source: "192.0.2.1",
      charges: order.charges,
      department: "d",
    };
    const payment = { number: at.number, trade: "44060020261122000001", amount: 8000, at: order.openedAt };
    const refund = { refund: `${order.id}R01`, requestedAt: order.openedAt, amount: 1, reason: "x", payment };
    const asked: (() => Promise<unknown>)[] = [
      () => provider.checkout(call),
      () => provider.query(at),
      () => provider.refund(refund),
      () => provider.queryRefund(refund),
    ];
    for (const ask of asked) {
      const failure = await ask().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ProviderUnavailable);
      expect((failure as Error).message).toMatch(/^the answer is not understood: \w/);
      expect((failure as Error).message).not.toContain("lots");
    }
  });

  it("lets the sweep look again later, and says in the log what was not understood", async () => {
    const { order } = await unasked();
    now = new Date(Date.parse(order.openedAt) + 150_000).toISOString();
    const warn = vi.spyOn(logger, "warn").mockImplementation(() => {});
    await stage.lookAfter(order.id);
    const said = warn.mock.calls.map(([code, fields]) => [code, fields?.what, fields?.reason]);
    warn.mockRestore();
    expect(said).toEqual([
      ["payment.provider-unavailable", "query", expect.stringMatching(/^the answer is not understood/)],
    ]);
    const [attempt] = (await stage.order(order.id)).attempts;
    expect(attempt).toMatchObject({ state: "open", checks: 1 });
  });
});

it("a payment in another currency, which WeChat tells when asked, counts as no answer", async () => {
  const answer: Record<string, unknown> = {};
  const server = await wechatServer(answer);
  const stage = await callbackStage({ wechat: sides.wechat[1](server.url) });
  const wechat = stage.providers.wechat ?? (undefined as never);
  vi.spyOn(wechat, "checkout").mockResolvedValueOnce({ kind: "qr", content: "x" });
  const order = await stage.toPay("wechat");
  const told = (currency: string) =>
    Object.assign(answer, {
      appid: "wx1",
      mchid: "190000",
      out_trade_no: numberOf(order),
      transaction_id: "4200001",
      trade_state: "SUCCESS",
      success_time: "2026-11-22T10:00:00+08:00",
      amount: { total: 8000, currency },
    });
  for (const [currency, status] of [
    ["USD", "open"],
    ["CNY", "settled"],
  ] as const) {
    told(currency);
    await stage.lookAfter(order.id);
    expect((await stage.order(order.id)).status).toBe(status);
  }
  await stage.stop();
  await server.stop();
});
