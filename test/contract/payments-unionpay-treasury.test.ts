import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CheckoutCall, ProviderRefused, ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import { selfSigned } from "#local/outside/certificate.ts";
import { listen } from "#local/outside/http-server.ts";
import { startTreasury } from "#local/outside/treasury.ts";
import { startUnionPay } from "#local/outside/unionpay.ts";
import { until } from "#local/until.ts";
import { callbackStage, numberOf, payAt, type Sent } from "#test/support/payment-callbacks.ts";

/**
 * No independent library speaks these two: UnionPay 5.1.0 and the treasury are met in the demo city's own servers, and what stands on
 * memory alone is marked [M] in the adapters. What is tested here is ours: verification, refusals, and the way of an order.
 */
describe.each(["unionpay", "nontax"] as const)("%s", (name) => {
  let server: Awaited<ReturnType<typeof startUnionPay>>;
  let stage: Awaited<ReturnType<typeof callbackStage>>;
  /** Takes what the provider posts, so that it can be bent before it is handed on. */
  let ear: Awaited<ReturnType<typeof listen>>;
  const heard: Required<Sent>[] = [];
  beforeAll(async () => {
    server = name === "unionpay" ? await startUnionPay({ port: 0 }) : await startTreasury({ port: 0 });
    stage = await callbackStage({ [name]: server.merchant });
    ear = await listen(0, async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      heard.push({
        headers: Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)])),
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(200).end();
    });
  });
  afterAll(async () => {
    await server.stop();
    await stage.stop();
    await ear.stop();
  });
  const provider = () => stage.providers[name] ?? (undefined as never);
  const at = (order: Awaited<ReturnType<typeof stage.toPay>>) => ({
    number: numberOf(order),
    startedAt: order.openedAt,
    amount: order.total,
  });

  it("is paid by code, told, queried, and refunded once for each number", async () => {
    const order = await stage.toPay(name);
    expect(order.attempts[0]?.handle?.kind).toBe("qr");
    expect((await provider().query(at(order))).state).toBe("unpaid");
    await payAt(server.url, numberOf(order));
    await until("the callback settles", async () => (await stage.order(order.id)).status === "settled");
    const found = await provider().query(at(order));
    expect(found).toMatchObject({ state: "paid", amount: 8000 });
    await expect(provider().close(at(order))).rejects.toThrow(ProviderRefused);
    const settled = await stage.order(order.id);
    if (settled.status !== "settled") throw new Error("not settled");
    const call = {
      refund: `${order.id}R01`,
      requestedAt: order.openedAt,
      amount: 5000,
      reason: "多收",
      payment: settled.settlement,
    };
    await provider().refund(call);
    await provider().refund(call);
    await until("the refund is done", async () => (await provider().queryRefund(call)).state === "completed");
    expect(await provider().queryRefund(call)).toMatchObject({ amount: 5000 });
    await expect(provider().refund({ ...call, refund: `${order.id}R02`, amount: 3001 })).rejects.toThrow(
      ProviderRefused,
    );
    expect(await provider().queryRefund({ ...call, refund: "none0000" })).toEqual({ state: "unknown" });
  });

  it("is paid on a page", async () => {
    const call: CheckoutCall = {
      number: `${"1".repeat(26)}P01`,
      startedAt: new Date().toISOString(),
      amount: 100,
      way: "page",
      description: "x",
      expiresAt: "2036-01-01T00:00:00.000Z",
      source: "192.0.2.1",
      charges: [{ name: "登记费", amount: 100 }],
      department: "d",
    };
    const handle = await provider().checkout(call);
    if (handle.kind === "form") {
      const answer = await fetch(handle.action, {
        method: "POST",
        body: new URLSearchParams(handle.fields),
        redirect: "manual",
      });
      expect(answer.status).toBe(303);
    } else expect(handle).toMatchObject({ kind: "redirect" });
  });

  it("tells in a way that only verifies whole: altered, stale, another's, of another kind or size is refused without a fault", async () => {
    const order = await stage.toPay(name);
    const call: CheckoutCall = {
      ...at(order),
      number: `${order.id}P02`,
      way: "native-qr",
      description: "x",
      expiresAt: "2036-01-01T00:00:00.000Z",
      source: "",
      charges: order.charges,
      department: "d",
    };
    // The same adapter, told to call back at our ear.
    const { offeredProviders } = await import("#functions/payments/adapters/offered-providers.ts");
    const { readProviderSettings } = await import("#functions/payments/adapters/provider-settings.ts");
    const { wire } = await import("#shared/runtime/provider-call.ts");
    const listening = offeredProviders(readProviderSettings(JSON.stringify({ [name]: server.merchant })), {
      apiUrl: ear.url,
      wire: wire(2000),
      now: () => new Date().toISOString(),
    });
    await listening[name]?.checkout(call);
    await payAt(server.url, call.number);
    await until("it is told", async () => heard.length > 0);
    const [sent] = heard.splice(0);
    if (!sent) throw new Error("nothing heard");
    const text = String(sent.body);
    const bent: [string, Sent, string?][] = [
      ["altered", { ...sent, body: text.replace("8000", "8001").replace("80.00", "80.01") }],
      ["cut", { ...sent, body: text.slice(0, -30) }],
      ["empty", { ...sent, body: "" }],
      ["of another type", { ...sent, headers: { ...sent.headers, "content-type": "text/xml" } }],
      ["not UTF-8", { ...sent, body: Buffer.concat([Buffer.from(text), Buffer.from([0xff])]) }],
      ["too large", { ...sent, body: text + "&".repeat(70_000) }],
    ];
    if (name === "unionpay") {
      const stranger = selfSigned("Stranger");
      bent.push([
        "with another's certificate",
        { ...sent, body: text.replace(/signPubKeyCert=[^&]*/, `signPubKeyCert=${encodeURIComponent(stranger.pem)}`) },
      ]);
    } else {
      bent.push(["unsigned", { ...sent, headers: { "content-type": "application/json" } }]);
      bent.push(["stale", { ...sent, headers: { ...sent.headers, "x-timestamp": "1700000000" } }]);
    }
    for (const [what, body] of bent) {
      const answer = await stage.post(name, body);
      expect([what, answer.status >= 400 && answer.status < 500]).toEqual([what, true]);
    }
    // Genuine, but of an attempt that this order does not have: told again until somebody looks.
    expect((await stage.post(name, sent)).status).toBe(400);
    expect((await stage.order(order.id)).version).toBe(order.version);
  });

  it.each([["500"], ["down"], ["slow"]])("counts as not there when it is %s", async (mode) => {
    const order = await stage.toPay(name);
    await fetch(`${server.url}/misbehave`, {
      method: "POST",
      body: JSON.stringify({ mode, times: 1, milliseconds: 3_000 }),
    });
    await expect(provider().query(at(order))).rejects.toThrow(ProviderUnavailable);
  });
});
