import { createSign, generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import wechatpay from "wechatpay-axios-plugin";
import { ProviderRefused, ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import { settleAttention } from "#functions/payments/domain/refunding.ts";
import { selfSigned } from "#local/outside/certificate.ts";
import { listen } from "#local/outside/http-server.ts";
import { startWechatPay, type WechatPayServer } from "#local/outside/wechat-pay.ts";
import { until } from "#local/until.ts";
import { logger } from "#shared/runtime/logger.ts";
import { callbackStage, numberOf, payAt, type Sent } from "#test/support/payment-callbacks.ts";
import { agreed } from "#test/support/payments.ts";

/** The other side is wechatpay-axios-plugin 0.9.6 (MIT, independent of us): it signs, encrypts and verifies. */
const { Aes, Formatter, Rsa } = wechatpay;

const apiV3Key = "0123456789abcdef0123456789abcdef";
const merchant = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const platform = selfSigned("Tenpay Test");
const other = selfSigned("Somebody");
const PUB = "PUB_KEY_ID_0112233";
const publicKey = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const pem = (key: typeof platform.privateKey) => key.export({ type: "pkcs8", format: "pem" }).toString();

interface Made {
  readonly transaction?: Record<string, unknown>;
  readonly event?: string;
  readonly key?: string;
  readonly serial?: string;
  readonly timestamp?: string;
  readonly secret?: string;
  readonly tamper?: (body: string) => string;
  /** Before it is signed. */
  readonly spoil?: (body: Buffer) => Buffer;
  readonly headers?: Record<string, string>;
}

describe("a WeChat notification made by an independent library", () => {
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  let fetched = 0;
  /** Only certificates, so that an unknown serial can be refreshed. */
  let certificates: Awaited<ReturnType<typeof listen>>;

  beforeAll(async () => {
    certificates = await listen(0, async (request, response) => {
      fetched += 1;
      const nonce = Formatter.nonce(12);
      const data = [
        {
          serial_no: other.serial,
          encrypt_certificate: {
            algorithm: "AEAD_AES_256_GCM",
            nonce,
            associated_data: "certificate",
            ciphertext: Aes.AesGcm.encrypt(other.pem, apiV3Key, nonce, "certificate"),
          },
        },
      ];
      const body = request.url === "/v3/certificates" ? JSON.stringify({ data }) : "{}";
      const [timestamp, random] = [String(Formatter.timestamp()), Formatter.nonce()];
      response.writeHead(200, {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": random,
        "wechatpay-serial": other.serial,
        "wechatpay-signature": Rsa.sign(Formatter.response(timestamp, random, body), pem(other.privateKey)),
      });
      response.end(body);
    });
    stage = await callbackStage({
      wechat: {
        baseUrl: certificates.url,
        mchid: "190000",
        appid: "wx1",
        apiV3Key,
        serial: "AB",
        privateKey: merchant.privateKey,
        platformKeys: { [platform.serial]: platform.pem },
        publicKey: { id: PUB, pem: publicKey.publicKey },
      },
    });
  });
  afterAll(async () => {
    await stage.stop();
    await certificates.stop();
  });

  /** A stored order with an attempt, without asking a provider for it. */
  const toPay = async () => {
    const checkout = vi
      .spyOn(stage.providers.wechat ?? (undefined as never), "checkout")
      .mockResolvedValueOnce({ kind: "qr", content: "x" });
    const order = await stage.toPay("wechat");
    checkout.mockRestore();
    return order;
  };
  const notification = (number: string, made: Made = {}): Sent => {
    const transaction = {
      mchid: "190000",
      appid: "wx1",
      out_trade_no: number,
      transaction_id: "4200001",
      trade_state: "SUCCESS",
      success_time: "2026-11-22T10:00:00+08:00",
      amount: { total: 8000, payer_total: 8000, currency: "CNY" },
      ...made.transaction,
    };
    const nonce = Formatter.nonce(12);
    const ciphertext = Aes.AesGcm.encrypt(JSON.stringify(transaction), made.secret ?? apiV3Key, nonce, "transaction");
    const text = JSON.stringify({
      id: "EV-1",
      create_time: "2026-11-22T10:00:00+08:00",
      event_type: made.event ?? "TRANSACTION.SUCCESS",
      resource_type: "encrypt-resource",
      resource: {
        algorithm: "AEAD_AES_256_GCM",
        original_type: "transaction",
        ciphertext,
        nonce,
        associated_data: "transaction",
      },
      summary: "支付成功 ✓",
    });
    const timestamp = made.timestamp ?? String(Formatter.timestamp());
    const random = Formatter.nonce();
    const key = made.key ?? pem(platform.privateKey);
    const body = made.spoil?.(Buffer.from(text)) ?? text;
    const signature =
      typeof body === "string"
        ? Rsa.sign(Formatter.response(timestamp, random, body), key)
        : createSign("RSA-SHA256").update(`${timestamp}\n${random}\n`).update(body).update("\n").sign(key, "base64");
    return {
      headers: {
        "content-type": "application/json",
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": random,
        "wechatpay-serial": made.serial ?? platform.serial,
        "wechatpay-signature": signature,
        ...made.headers,
      },
      body: made.tamper && typeof body === "string" ? made.tamper(body) : body,
    };
  };

  it.each([
    ["in certificate mode", {}],
    ["in public-key mode", { serial: PUB, key: publicKey.privateKey }],
    ["with a certificate that has to be fetched first", { serial: other.serial, key: pem(other.privateKey) }],
    [
      "with its content type unheard of, so that the gateway hands it over in base64",
      { headers: { "content-type": "application/octet-stream" } },
    ],
    ["without an associated signature type", { headers: { "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048" } }],
  ])("settles %s, and is answered 204", async (_, made) => {
    const order = await toPay();
    expect(await stage.post("wechat", notification(numberOf(order), made))).toMatchObject({ status: 204, text: "" });
    expect(await stage.order(order.id)).toMatchObject({
      status: "settled",
      settlement: { trade: "4200001", amount: 8000, at: "2026-11-22T02:00:00.000Z" },
    });
  });

  it("settles once when it comes three times at the same moment and again later", async () => {
    const order = await toPay();
    const copies = [1, 2, 3].map(() => stage.post("wechat", notification(numberOf(order))));
    expect((await Promise.all(copies)).map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await stage.post("wechat", notification(numberOf(order)))).status).toBe(204);
    const told = stage.published.filter(({ subject, type }) => subject === order.id && type.includes("order-settled"));
    expect(told).toHaveLength(1);
    expect((await stage.order(order.id)).surplus).toEqual([]);
  });

  it.each<[string, Made]>([
    ["a body changed by one character", { tamper: (body) => body.replace("EV-1", "EV-2") }],
    ["a body cut short", { tamper: (body) => body.slice(0, -20) }],
    ["another's key under a known serial", { key: pem(other.privateKey) }],
    ["a serial nobody knows", { serial: "DEADBEEFDEADBEEF" }],
    ["a time 301 s ago", { timestamp: String(Math.floor(Date.now() / 1000) - 301) }],
    ["a time far ahead", { timestamp: String(Math.floor(Date.now() / 1000) + 3_000) }],
    ["a time that is none", { timestamp: "NaN" }],
    ["a probe of WeChat's", { headers: { "wechatpay-signature": "WECHATPAY/SIGNTEST/abc" } }],
    ["another signature type", { headers: { "wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3" } }],
    ["no signature", { headers: { "wechatpay-signature": "" } }],
    ["a resource sealed with another key", { secret: "f".repeat(32) }],
    [
      "bytes that are no UTF-8, although they are signed",
      {
        headers: { "content-type": "application/octet-stream" },
        spoil: (body) => body.fill(0xff, body.indexOf("✓"), body.indexOf("✓") + 3),
      },
    ],
    ["another merchant's money", { transaction: { mchid: "190001" } }],
    ["another app", { transaction: { appid: "wx2" } }],
    ["another amount", { transaction: { amount: { total: 7999, currency: "CNY" } } }],
    ["another currency", { transaction: { amount: { total: 8000, currency: "USD" } } }],
    ["an order that is not there (yet)", { transaction: { out_trade_no: "0".repeat(26).concat("P01") } }],
    ["a number that is not ours", { transaction: { out_trade_no: "INVOICE-1" } }],
    ["no time of success", { transaction: { success_time: "" } }],
  ])("is refused with a 4xx and FAIL for %s; nothing changes", async (_, made) => {
    const order = await toPay();
    const answer = await stage.post("wechat", notification(numberOf(order), made));
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "FAIL" });
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  /** As wechatpay-axios-plugin seals and signs it; the fields are those of pay.weixin.qq.com "退款结果通知". */
  const refundNotice = (number: string, refund: string, state: string, more: Record<string, unknown> = {}): Sent =>
    notification(number, {
      event: `REFUND.${state}`,
      transaction: {
        out_refund_no: refund,
        refund_id: "50300001",
        refund_status: state,
        success_time: "2026-11-22T11:00:00+08:00",
        amount: { total: 8000, refund: 3000, payer_total: 8000, payer_refund: 3000 },
        ...more,
      },
    });
  const refunding = async () => {
    const order = await toPay();
    await stage.post("wechat", notification(numberOf(order)));
    return { number: numberOf(order), id: order.id, refund: await stage.refundApproved(order.id, 3000) };
  };
  it.each([
    ["SUCCESS", "completed", "refund-completed", undefined],
    ["CLOSED", "closed", "attention-needed", "refund-closed"],
    ["ABNORMAL", "abnormal", "attention-needed", "refund-abnormal"],
  ])("of a refund (REFUND.%s) leaves it %s, once, and tells %s", async (told, state, event, what) => {
    const { id, number, refund } = await refunding();
    for (let copy = 0; copy < 3; copy++)
      expect((await stage.post("wechat", refundNotice(number, refund, told))).status).toBe(204);
    const after = await stage.order(id);
    expect(after.refunds).toMatchObject([{ id: refund, state, at: "2026-11-22T03:00:00.000Z" }]);
    expect(after.attention.map((each) => each.what)).toEqual(what ? [what] : []);
    const tasks = [{ kind: "settle-payment", role: "clerk" }];
    expect(stage.told(id, event)).toMatchObject(what ? { what, tasks } : { refund, amount: 3000 });
    if (!what) expect(stage.told(id, event)).not.toHaveProperty("tasks");
    expect(stage.published.filter(({ subject, type }) => subject === id && type.includes(event))).toHaveLength(1);
  });
  it.each<[string, (refund: string) => Record<string, unknown>]>([
    ["another merchant", () => ({ mchid: "190001" })],
    ["another amount", () => ({ amount: { total: 8000, refund: 2999 } })],
    ["a number of no order", () => ({ out_refund_no: `${"0".repeat(26)}R01` })],
    ["a number that its order does not have", (refund) => ({ out_refund_no: refund.replace("R01", "R02") })],
    ["a state that is none", () => ({ refund_status: "DONE" })],
  ])("of a refund with %s is refused with FAIL; nothing changes", async (_, wrong) => {
    const { id, number, refund } = await refunding();
    const { version } = await stage.order(id);
    const answer = await stage.post("wechat", refundNotice(number, refund, "SUCCESS", wrong(refund)));
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, "FAIL"]);
    expect((await stage.order(id)).version).toBe(version);
  });
  it("of a refund that a person had settled otherwise is booked all the same, and a person is told", async () => {
    const { id, number, refund } = await refunding();
    await stage.post("wechat", refundNotice(number, refund, "ABNORMAL"));
    const settling = {
      reference: refund,
      outcome: "kept",
      note: "群众放弃",
      officer: "a",
      key: "s",
      fingerprint: "s",
    } as const;
    const kept = agreed(settleAttention(await stage.order(id), settling, "2026-11-22T04:00:00.000Z"));
    if (kept) await stage.orders.save(kept);
    expect((await stage.post("wechat", refundNotice(number, refund, "SUCCESS"))).status).toBe(204);
    expect(await stage.order(id)).toMatchObject({ refunds: [{ state: "completed", after: { state: "kept" } }] });
    expect(stage.told(id, "attention-needed")).toMatchObject({
      what: "refunded-after-all",
      tasks: [{ role: "clerk" }],
    });
  });

  it.each<[string, Sent, number]>([
    ["nothing at all", {}, 400],
    ["more than 64 KB", { body: "x".repeat(70_000), headers: { "content-type": "application/json" } }, 413],
    [
      "bytes that are no UTF-8",
      { body: Buffer.from([0xff, 0xfe, 0x80]), headers: { "content-type": "application/json" } },
      400,
    ],
    ["another content type", { body: "a=b", headers: { "content-type": "text/xml" } }, 400],
  ])("answers %s without a fault", async (_, sent, status) => {
    expect((await stage.post("wechat", sent)).status).toBe(status);
  });

  it("takes what concerns nobody (SECURITY_ECHO, a state that is not success) and does nothing", async () => {
    const order = await toPay();
    expect((await stage.post("wechat", notification(numberOf(order), { event: "SECURITY_ECHO.SUCCESS" }))).status).toBe(
      204,
    );
    expect(
      (await stage.post("wechat", notification(numberOf(order), { transaction: { trade_state: "NOTPAY" } }))).status,
    ).toBe(204);
    expect((await stage.order(order.id)).status).toBe("open");
  });

  it("asks for certificates once a minute at most, however many forgers name serials", async () => {
    const before = fetched;
    for (let i = 0; i < 5; i++) await stage.post("wechat", notification("X", { serial: `AAAAAAAA${i}` }));
    expect(fetched - before).toBeLessThanOrEqual(1);
  });

  it("knows a probe of WeChat's, and logs it as no more than that", async () => {
    const info = vi.spyOn(logger, "info").mockImplementation(() => {});
    const warn = vi.spyOn(logger, "warn").mockImplementation(() => {});
    await stage.post("wechat", notification("X", { headers: { "wechatpay-signature": "WECHATPAY/SIGNTEST/abc" } }));
    const said = [info.mock.calls, warn.mock.calls];
    info.mockRestore();
    warn.mockRestore();
    expect(said).toEqual([[["callback.probe", { provider: "wechat", why: "probe", genuine: false }]], []]);
  });

  it.each([
    ["slow", 503, "callback.not-verified"],
    ["500", 503, "callback.not-verified"],
    ["nonsense", 503, "callback.not-verified"],
    ["404", 400, "callback.refused"],
  ])(
    "by a serial nobody knows, while /v3/certificates is %s, is answered %s and FAIL in time, and logged as %s",
    async (mode, status, code) => {
      const held: (() => void)[] = [];
      const address = await listen(0, async (_, response) => {
        if (mode === "slow") return void held.push(() => response.destroy());
        response.writeHead(mode === "nonsense" ? 200 : Number(mode)).end("{}");
      });
      const alone = await callbackStage(
        {
          wechat: {
            baseUrl: address.url,
            mchid: "190000",
            appid: "wx1",
            apiV3Key,
            serial: "AB",
            privateKey: merchant.privateKey,
            publicKey: { id: PUB, pem: publicKey.publicKey },
          },
        },
        // Only what hangs is waited for until then; a busy machine may take longer over a good answer.
        { timeout: mode === "slow" ? 200 : 2_000 },
      );
      const warn = vi.spyOn(logger, "warn").mockImplementation(() => {});
      const begun = performance.now();
      const forged = notification("X", { serial: other.serial, key: pem(other.privateKey) });
      const answer = await alone.post("wechat", forged);
      expect(performance.now() - begun).toBeLessThan(4_000);
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, "FAIL"]);
      expect(warn.mock.calls.map(([said]) => said)).toEqual([code]);
      // A key that is known needs no certificates.
      const known = await alone.post("wechat", notification("X", { serial: PUB, key: publicKey.privateKey }));
      expect(known.status).toBe(400);
      expect(warn.mock.calls.at(-1)).toEqual([
        "callback.refused",
        { provider: "wechat", why: "order-unknown", genuine: true },
      ]);
      warn.mockRestore();
      for (const release of held) release();
      await alone.stop();
      await address.stop();
    },
  );

  it("that we fail to write is answered 500 and FAIL, and logged for the alarm", async () => {
    const order = await toPay();
    const save = vi.spyOn(stage.orders, "save").mockRejectedValueOnce(new Error("the table is away"));
    const error = vi.spyOn(logger, "error").mockImplementation(() => {});
    const answer = await stage.post("wechat", notification(numberOf(order)));
    save.mockRestore();
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([500, "FAIL"]);
    expect(error.mock.calls.map(([said]) => said)).toEqual(["callback.failed"]);
    error.mockRestore();
    expect((await stage.post("wechat", notification(numberOf(order)))).status).toBe(204);
  });

  it("logs neither bodies nor keys nor names of what it refuses", async () => {
    const lines: string[] = [];
    const spies = (["info", "warn", "error"] as const).map((level) =>
      vi.spyOn(logger, level).mockImplementation((...said: unknown[]) => void lines.push(JSON.stringify(said))),
    );
    const order = await toPay();
    const sent = notification(numberOf(order), {
      transaction: { amount: { total: 1, currency: "CNY" }, payer: { openid: "o-secret" } },
    });
    await stage.post("wechat", sent);
    for (const spy of spies) spy.mockRestore();
    const all = lines.join("\n");
    expect(all).toContain("payment.amount-differs");
    for (const secret of ["o-secret", apiV3Key, String(sent.body), "PRIVATE KEY"]) expect(all).not.toContain(secret);
  });
});

describe.each([false, true])("our calls to a WeChat Pay that verifies them (public-key mode: %s)", (publicKeyMode) => {
  let server: WechatPayServer;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  beforeAll(async () => {
    server = await startWechatPay({ port: 0, publicKeyMode });
    stage = await callbackStage({ wechat: server.merchant });
  });
  afterAll(async () => {
    await server.stop();
    await stage.stop();
  });
  const misbehave = (mode: string, more = {}) =>
    fetch(`${server.url}/misbehave`, { method: "POST", body: JSON.stringify({ mode, times: 1, ...more }) });
  const wechat = () => stage.providers.wechat ?? (undefined as never);
  const at = (order: Awaited<ReturnType<typeof stage.toPay>>) => ({
    number: numberOf(order),
    startedAt: order.openedAt,
    amount: order.total,
  });

  it("check out by code, in the app and on the phone; the app's parameters are signed", async () => {
    const order = await stage.toPay("wechat");
    expect(order.attempts[0]?.handle).toMatchObject({ kind: "qr", content: expect.stringContaining(numberOf(order)) });
    const call = {
      ...at(order),
      description: "x",
      expiresAt: "2026-11-22T04:00:00.000Z",
      source: "192.0.2.1",
      charges: [],
      department: "d",
    };
    const jsapi = await wechat().checkout({ ...call, number: `${order.id}P02`, way: "jsapi", openId: "o1" });
    if (jsapi.kind !== "jsapi") throw new Error("not jsapi");
    const { appId, timeStamp, nonceStr, package: prepay, paySign } = jsapi.parameters;
    const key = (server.merchant as { privateKey: string }).privateKey;
    expect(paySign).toBe(
      Rsa.sign(Formatter.joinedByLineFeed(String(appId), String(timeStamp), String(nonceStr), String(prepay)), key),
    );
    const h5 = { ...call, number: `${order.id}P03`, way: "h5", returnUrl: "https://city.example/?a=1&b=2" } as const;
    expect(await wechat().checkout(h5)).toMatchObject({
      kind: "redirect",
      url: expect.stringContaining("&redirect_url=https%3A%2F%2Fcity.example%2F%3Fa%3D1%26b%3D2"),
    });
    // Tried again it may come from another address, and nothing else may be another.
    expect(await wechat().checkout({ ...h5, source: "192.0.2.2" })).toMatchObject({ kind: "redirect" });
    for (const other of [{ expiresAt: "2026-11-22T04:00:01.000Z" }, { amount: 1 }, { description: "y" }])
      await expect(wechat().checkout({ ...h5, ...other })).rejects.toThrow(ProviderRefused);
  });

  it("pay, be told, and query", async () => {
    const order = await stage.toPay("wechat");
    expect(await wechat().query(at(order))).toEqual({ state: "unpaid" });
    expect((await payAt(server.url, numberOf(order))).status).toBe(200);
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    expect(await wechat().query(at(order))).toMatchObject({ state: "paid", amount: 8000 });
    await expect(wechat().close(at(order))).rejects.toThrow(ProviderRefused);
  });

  it("close; what is closed cannot be paid", async () => {
    const order = await stage.toPay("wechat");
    await wechat().close(at(order));
    expect((await payAt(server.url, numberOf(order))).status).toBe(409);
    expect(await wechat().query(at(order))).toEqual({ state: "closed" });
    expect(await wechat().query({ ...at(order), number: "0".repeat(26).concat("P01") })).toEqual({ state: "unknown" });
  });

  it("refund, once for each number, and never more than was paid", async () => {
    const order = await stage.toPay("wechat");
    await payAt(server.url, numberOf(order));
    const payment = { number: numberOf(order), trade: "t", amount: 8000, at: order.openedAt };
    const call = { refund: `${order.id}R01`, requestedAt: order.openedAt, amount: 5000, reason: "多收", payment };
    expect(await wechat().refund(call)).toMatchObject({ state: "processing", acceptedAt: expect.any(String) });
    expect(await wechat().refund(call)).toMatchObject({ state: "completed" });
    await expect(wechat().refund({ ...call, refund: `${order.id}R02`, amount: 3001 })).rejects.toThrow(ProviderRefused);
    expect(await wechat().queryRefund(call)).toMatchObject({ state: "completed", amount: 5000 });
    expect(await wechat().queryRefund({ ...call, refund: "none" })).toEqual({ state: "unknown" });
  });

  it.each([
    ["none", "completed", undefined],
    ["refund-closed", "closed", "refund-closed"],
    ["refund-abnormal", "abnormal", "refund-abnormal"],
    ["refund-pending", "processing", undefined],
  ])("ask for a refund that ends as the provider has it (%s): %s, with the task %s", async (mode, state, what) => {
    const order = await stage.toPay("wechat");
    await payAt(server.url, numberOf(order));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const refund = await stage.refundApproved(order.id, 3000);
    if (mode !== "none") await misbehave(mode);
    const answered = stage.answers.length;
    await stage.lookAfter(order.id);
    await until(`the refund is ${state}`, async () => (await stage.order(order.id)).refunds[0]?.state === state);
    const attention = (await stage.order(order.id)).attention.map((each) => each.what);
    expect(attention).toEqual(what ? [what] : []);
    if (what)
      expect(stage.told(order.id, "attention-needed")).toMatchObject({ what, tasks: [{ kind: "settle-payment" }] });
    if (mode === "refund-pending") expect(stage.answers).toHaveLength(answered);
    else
      await until("the notice is taken", async () => stage.answers.slice(answered).some((each) => each.status === 204));
    // Asked, it says the same: nothing more changes.
    const { version } = await stage.order(order.id);
    await stage.lookAfter(order.id);
    const after = await stage.order(order.id);
    expect(after.refunds).toMatchObject([{ id: refund, state }]);
    if (mode !== "refund-pending") expect(after.version).toBe(version);
  });

  it.each([["500"], ["down"], ["slow"]])("say that it is not there when it is %s", async (mode) => {
    const order = await stage.toPay("wechat");
    await misbehave(mode, { milliseconds: 3_000 });
    await expect(wechat().query(at(order))).rejects.toThrow(ProviderUnavailable);
  });

  it("tells in parallel, twice, forged and late: one settlement", async () => {
    for (const mode of ["parallel", "duplicate", "forged"]) {
      const order = await stage.toPay("wechat");
      await misbehave(mode);
      await payAt(server.url, numberOf(order));
      await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
      expect((await stage.order(order.id)).surplus).toEqual([]);
    }
    expect(stage.answers.some(({ status }) => status === 400)).toBe(true);
    expect(stage.answers.every(({ status }) => status === 204 || status === 400)).toBe(true);
  });
});
