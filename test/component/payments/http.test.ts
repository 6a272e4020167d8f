import { describe, expect, it, vi } from "vitest";
import { cancel, closeAttempt } from "#functions/payments/domain/order.ts";
import type { PaymentProvider } from "#functions/payments/domain/ports.ts";
import { ProviderRefused, ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import {
  checkOutPaymentOrder,
  decideRefund,
  readPaymentOrder,
  requestRefund,
} from "#shared/contracts/http/payments.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { NOW, opened, paid, paymentsStage, scriptedProvider, withAttempt } from "#test/support/payments.ts";

const portal: Verdict = { client: "portal", scopes: "payments:pay", channel: "portal" };
const place = { department: "11440600007039469J", division: "440606" };
const house: Verdict = { client: "dept", scopes: "payments:refund", ...place };
const staff = (id: string, roles: "clerk" | "officer" | "approver"): Verdict => ({
  client: "desk",
  scopes: "payments:refund",
  staff: id,
  roles: [roles],
  ...place,
});

const stage = async (told: Partial<PaymentProvider> = {}) => {
  const provider = scriptedProvider("wechat", told);
  let now = NOW;
  const s = paymentsStage({ now: () => now, providers: { wechat: provider, alipay: scriptedProvider("alipay") } });
  const lambda = httpLambda(s.endpoints);
  const { order } = opened();
  await s.orders.save({ order, events: [], movements: [] });
  const ask = async (
    contract: Route,
    verdict: Verdict,
    more: { key?: string; body?: unknown; params?: Record<string, string> } = {},
  ) =>
    said(
      await lambda(
        requestTo(contract, {
          verdict,
          headers: { "idempotency-key": more.key ?? "k" },
          params: { id: order.id, ...more.params },
          ...(more.body !== undefined && { body: more.body }),
        }),
      ),
    );
  const checkout = (key = "k", body: object = { provider: "wechat", way: "native-qr" }) =>
    ask(checkOutPaymentOrder as unknown as Route, portal, { key, body });
  const at = (instant: string): void => {
    now = instant;
  };
  return { ...s, ask, checkout, order, at };
};

describe("a checkout", () => {
  it("answers a repeat with the same bytes and asks the provider once; also eight at the same moment", async () => {
    const asked = vi
      .fn<PaymentProvider["checkout"]>()
      .mockImplementation(async ({ number }) => ({ kind: "qr", content: `qr:${number}` }));
    const s = await stage({ checkout: asked });
    const first = await s.checkout();
    expect((await s.checkout()).text).toBe(first.text);
    expect(asked).toHaveBeenCalledTimes(1);
    const many = await Promise.all(
      Array.from({ length: 8 }, () => s.checkout("other", { provider: "alipay", way: "page" })),
    );
    expect(new Set(many.map(({ text }) => text)).size).toBe(1);
    expect((await s.checkout("k", { provider: "wechat", way: "h5" })).status).toBe(409);
  });
  it.each([
    [new ProviderUnavailable("down"), 503, "payment.provider-unavailable"],
    [new ProviderRefused("NO_AUTH"), 409, "payment.provider-refused"],
  ])(
    "of a provider that fails leaves the attempt to be watched, and the same key goes on with it",
    async (failure, status, code) => {
      const s = await stage({
        checkout: vi
          .fn<PaymentProvider["checkout"]>()
          .mockRejectedValueOnce(failure)
          .mockResolvedValue({ kind: "qr", content: "x" }),
      });
      expect(await s.checkout()).toMatchObject({ status, body: { type: `/problems/${code}` } });
      const [attempt] = (await s.orders.find(s.order.id))?.attempts ?? [];
      expect(attempt?.state).toBe("opening");
      expect(await s.checkout()).toMatchObject({ status: 200, body: { number: attempt?.number } });
    },
  );
  const later = (seconds: number) => new Date(Date.parse(NOW) + seconds * 1000).toISOString();
  it("shows no code again once the order is paid by another, or closed", async () => {
    const s = await stage();
    await s.checkout("k");
    await s.checkout("other", { provider: "alipay", way: "page" });
    const both = await s.orders.find(s.order.id);
    if (!both) throw new Error("no order");
    await s.orders.save(paid(both, 1));
    expect((await s.orders.find(s.order.id))?.attempts[0]).toMatchObject({ state: "closing", handle: { kind: "qr" } });
    expect((await s.checkout("k")).body.type).toBe("/problems/payment.order-settled");

    const t = await stage();
    await t.checkout("k");
    const open = await t.orders.find(t.order.id);
    const closed = open && cancel(open, 2, NOW);
    if (closed) await t.orders.save(closed);
    expect((await t.checkout("k")).body.type).toBe("/problems/payment.order-closed");
  });
  it("whose attempt alone is over says so, and another key begins another", async () => {
    const s = await stage();
    const first = await s.checkout("k");
    const order = await s.orders.find(s.order.id);
    const closed = order && closeAttempt(order, first.body.number, NOW);
    if (closed) await s.orders.save(closed);
    expect(await s.checkout("k")).toMatchObject({ status: 409, body: { type: "/problems/payment.attempt-over" } });
    const next = await s.checkout("new");
    expect(next.status).toBe(200);
    expect(next.body.number).not.toBe(first.body.number);
  });
  it("tells the provider the same end whenever it goes on, and does not go on after it", async () => {
    const ends: string[] = [];
    const s = await stage({
      checkout: async ({ expiresAt }) => {
        ends.push(expiresAt);
        throw new ProviderUnavailable("down");
      },
    });
    await s.checkout("k");
    s.at(later(1_200));
    await s.checkout("k");
    expect(ends).toEqual([later(7_200), later(7_200)]);
    s.at(later(7_200));
    expect((await s.checkout("k")).body.type).toBe("/problems/payment.attempt-over");
    await s.checkout("new");
    expect(ends).toEqual([later(7_200), later(7_200), later(14_400)]);
  });
  it("that meets the callback in the middle is told that it is paid; one settlement, one event", async () => {
    let settle = async () => {};
    const s = await stage({
      checkout: async () => {
        await settle();
        return { kind: "qr", content: "x" };
      },
    });
    settle = async () => {
      const order = await s.orders.find(s.order.id);
      if (order) await s.orders.save(paid(order));
    };
    expect((await s.checkout()).body.type).toBe("/problems/payment.order-settled");
    expect((await s.ask(readPaymentOrder as unknown as Route, portal)).body.status).toBe("settled");
    expect(s.published.filter(({ type }) => type.includes("order-settled"))).toHaveLength(1);
  });
  it.each([
    [{ provider: "unionpay", way: "page" }, "payment.provider-not-offered"],
    [{ provider: "wechat", way: "telepathy" }, "request.invalid"],
    [{ provider: "wechat", way: "native-qr", returnUrl: "javascript:alert(1)" }, "request.invalid"],
  ])("of %j is refused", async (body, code) => {
    expect((await (await stage()).checkout("k", body)).body.type).toBe(`/problems/${code}`);
  });
  it("keeps who pays for the receipt, and shows the payer to nobody", async () => {
    const s = await stage();
    await s.checkout("k", { provider: "wechat", way: "native-qr", payer: { name: "陈示例" } });
    expect((await s.orders.find(s.order.id))?.payer).toEqual({ name: "陈示例" });
    expect((await s.ask(readPaymentOrder as unknown as Route, portal)).text).not.toContain("陈示例");
    expect(JSON.stringify(s.published)).not.toContain("陈示例");
  });
});

describe("refunds", () => {
  const settled = async () => {
    const s = await stage();
    const order = { ...withAttempt(s.order), version: 2 };
    await s.orders.save({ order, events: [], movements: [] });
    await s.orders.save(paid(order));
    const ask = (amount: number, key: string, verdict: Verdict = house, officer: string | undefined = "a-1") =>
      s.ask(requestRefund as unknown as Route, verdict, {
        key,
        body: { amount, reason: "多收", ...(officer && { officer }) },
      });
    const decide = (refund: string, officer: string, key: string, verdict: Verdict = house) =>
      s.ask(decideRefund as unknown as Route, verdict, {
        key,
        params: { refund },
        body: { approve: true, ...(verdict === house && { officer }) },
      });
    return { ...s, ask, decide };
  };
  it("asked for by many at the same moment never exceed the payment", async () => {
    const s = await settled();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => s.ask(3000, `k${i}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    const refunds = (await s.orders.find(s.order.id))?.refunds ?? [];
    expect(refunds.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(8000);
  });
  it("asked for twice with one key are one", async () => {
    const s = await settled();
    const [first, again] = [await s.ask(3000, "k"), await s.ask(3000, "k")];
    expect(again.text).toBe(first.text);
    expect((await s.ask(2000, "k")).body.type).toBe("/problems/request.key-reused");
  });
  it("need an approver who did not ask, and the role for it", async () => {
    const s = await settled();
    const { id } = (await s.ask(3000, "k", staff("a-1", "clerk"), undefined)).body.refunds[0];
    expect((await s.decide(id, "", "d1", staff("c-1", "clerk"))).body.type).toBe("/problems/payment.role-missing");
    expect((await s.decide(id, "a-1", "d2")).body.type).toBe("/problems/refund.own-request");
    expect((await s.decide(id, "", "d3", staff("b-1", "approver"))).body.refunds[0]).toMatchObject({
      state: "approved",
      decidedBy: "b-1",
    });
    expect(s.published.at(-1)).toMatchObject({ type: "gov.yimen.payment.refund-approved.v1" });
    expect(s.published.at(-1)?.data).not.toHaveProperty("tasks");
    expect((await s.ask(1, "z", house, "")).body.type).toBe("/problems/payment.officer-missing");
  });
});
