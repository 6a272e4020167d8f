import { describe, expect, it, vi } from "vitest";
import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { onFeeDue } from "#functions/payments/consumers/on-fee-due.ts";
import { onPaymentNeedless } from "#functions/payments/consumers/on-payment-needless.ts";
import type { Order } from "#functions/payments/domain/order.ts";
import {
  type FiscalReceipts,
  type PaymentProvider,
  ProviderRefused,
  ProviderUnavailable,
} from "#functions/payments/domain/ports.ts";
import { decideRefund, requestRefund, settleAttention } from "#functions/payments/domain/refunding.ts";
import { lookAfterOrder } from "#functions/payments/look-after-order.ts";
import { sweepOrders } from "#functions/payments/sweep-orders.ts";
import {
  ApplicationDeclinedV1,
  ApplicationRevokedV1,
  ApplicationWithdrawnV1,
  FeeDueV1,
} from "#shared/contracts/events/applications.ts";
import { ShipmentCancelledV1, ShipmentFeeDueV1 } from "#shared/contracts/events/logistics.ts";
import { RefundCompletedV1 } from "#shared/contracts/events/payments.ts";
import { logger } from "#shared/runtime/logger.ts";
import { agreed, opened, paid, scriptedProvider, withAttempt } from "#test/support/payments.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const start = "2026-11-22T02:00:00.000Z";
const plus = (minutes: number) => new Date(Date.parse(start) + minutes * 60_000).toISOString();

const stage = (told: Partial<PaymentProvider> = {}, receipts?: FiscalReceipts) => {
  const memory = memoryPayments();
  let now = start;
  const provider = scriptedProvider("wechat", told);
  const deps = { orders: memory.orders, providers: { wechat: provider }, receipts, now: () => now };
  const sweep = sweepOrders(deps);
  const save = async (order: Order) => {
    const known = (await memory.orders.find(order.id))?.version ?? 0;
    await memory.orders.save({ order: { ...order, version: known + 1 }, events: [], movements: [] });
    return { ...order, version: known + 1 };
  };
  return {
    ...memory,
    provider,
    lookAfter: lookAfterOrder(deps),
    save,
    at: async (minutes: number) => {
      now = plus(minutes);
      await sweep({}, context);
    },
    find: async (id: string) => {
      const order = await memory.orders.find(id);
      if (!order) throw new Error("no order");
      return order;
    },
    types: () => memory.published.map(({ type }) => type.split(".")[3]),
  };
};

describe("an order without a callback", () => {
  it("is asked for later and later, and settles when the provider says so", async () => {
    const query = vi.fn<PaymentProvider["query"]>().mockResolvedValue({ state: "unpaid" });
    const s = stage({ query });
    const order = await s.save(withAttempt(opened().order));
    await s.at(1);
    expect(query).toHaveBeenCalledTimes(0);
    await s.at(2);
    await s.at(3);
    expect(query).toHaveBeenCalledTimes(1);
    await s.at(5);
    expect(query).toHaveBeenCalledTimes(2);
    query.mockResolvedValue({ state: "paid", trade: "T", amount: 8000, at: plus(4) });
    await s.at(30);
    expect(await s.find(order.id)).toMatchObject({ status: "settled", settlement: { at: plus(4) } });
    expect(s.types()).toEqual(["order-settled"]);
  });
  it("waits while the provider is down, also past its day: money must not come to a closed order", async () => {
    const query = vi.fn<PaymentProvider["query"]>().mockRejectedValue(new ProviderUnavailable("down"));
    const close = vi.fn<PaymentProvider["close"]>().mockRejectedValue(new ProviderUnavailable("down"));
    const s = stage({ query, close });
    const order = await s.save(withAttempt(opened().order));
    await s.at(60 * 24 * 30);
    expect((await s.find(order.id)).status).toBe("open");
    close.mockResolvedValue();
    await s.at(60 * 24 * 31);
    expect(await s.find(order.id)).toMatchObject({
      status: "closed",
      reason: "expired",
      attempts: [{ state: "closed" }],
    });
    expect(s.types()).toEqual(["order-closed"]);
  });
  it("that was paid on its last day is settled, not expired", async () => {
    const s = stage({
      close: async () => {
        throw new ProviderUnavailable("?");
      },
      query: async () => ({ state: "paid", trade: "T", amount: 8000, at: plus(9) }),
    });
    const order = await s.save(withAttempt(opened().order));
    await s.at(60 * 24 * 30);
    expect((await s.find(order.id)).status).toBe("settled");
  });
  it("is not held up by another that fails", async () => {
    const s = stage({
      query: async ({ number }) => {
        if (number.startsWith("A")) throw new Error("bug");
        return { state: "paid", trade: "T", amount: 8000, at: start };
      },
    });
    await s.save(withAttempt(opened({ id: "A".repeat(26) }).order));
    const good = await s.save(withAttempt(opened({ id: "B".repeat(26) }).order));
    await s.at(5);
    expect((await s.find(good.id)).status).toBe("settled");
  });
});

describe("after a settlement", () => {
  it("every other attempt is closed at its provider; one that was paid all the same is given back", async () => {
    const closed: string[] = [];
    const s = stage({
      close: async ({ number }) => void closed.push(number),
      refund: async () => ({ state: "completed", at: plus(3) }),
    });
    let order = await s.save(withAttempt(withAttempt(opened().order)));
    order = await s.save(paid(order, 0).order);
    const second = paid(order, 1);
    await s.orders.save({ ...second, order: { ...second.order, version: order.version + 1 } });
    await s.at(3);
    const after = await s.find(order.id);
    expect(after).toMatchObject({ refunds: [{ automatic: true, state: "completed" }], attention: [] });
    expect(s.types()).toEqual(["attention-needed", "refund-completed", "attention-settled"]);
    expect(s.published.find(({ type }) => type === RefundCompletedV1.type)?.data).toMatchObject({ surplus: true });
  });
  /** A settled order with a refund of 30 yuan that was approved. */
  const withRefundApproved = async (s: ReturnType<typeof stage>) => {
    const order = paid(withAttempt(opened().order)).order;
    const command = { key: "k", fingerprint: "f" };
    const asked = agreed(requestRefund(order, { amount: 3000, reason: "x", officer: "a", ...command }, start))?.order;
    const decision = { refund: asked?.refunds[0]?.id ?? "", approve: true, officer: "b", key: "d", fingerprint: "d" };
    return s.save(agreed(decideRefund(asked ?? order, decision, start))?.order ?? order);
  };
  it("a refund that was closed is asked for again when a bill makes one doubt, and only then", async () => {
    const queryRefund = vi.fn<PaymentProvider["queryRefund"]>().mockResolvedValue({ state: "completed", at: plus(9) });
    const s = stage({ refund: async () => ({ state: "closed", at: plus(1) }), queryRefund });
    const order = await withRefundApproved(s);
    await s.at(1);
    expect((await s.find(order.id)).refunds).toMatchObject([{ state: "closed" }]);
    await s.at(60 * 24);
    expect(queryRefund).not.toHaveBeenCalled();
    await s.lookAfter(order.id, { atOnce: true });
    expect(await s.find(order.id)).toMatchObject({
      refunds: [{ state: "completed", after: { state: "closed" } }],
      attention: [{ what: "refunded-after-all" }],
    });
  });
  const DAY = 24 * 60;
  it("a refund of which the provider knows nothing although it had taken it is sent again", async () => {
    const refund = vi.fn<PaymentProvider["refund"]>().mockResolvedValue({ state: "processing", at: start });
    const queryRefund = vi.fn<PaymentProvider["queryRefund"]>().mockResolvedValue({ state: "unknown" });
    const s = stage({ refund, queryRefund });
    const { id } = await withRefundApproved(s);
    await s.at(0);
    expect((await s.find(id)).refunds).toMatchObject([{ state: "processing" }]);
    await s.at(10);
    expect(refund).toHaveBeenCalledTimes(2);
    expect(refund.mock.calls[1]).toEqual(refund.mock.calls[0]);
    refund.mockResolvedValue({ state: "completed", at: plus(60) });
    await s.at(60);
    expect((await s.find(id)).refunds).toMatchObject([{ state: "completed" }]);
    expect(s.movements.size).toBe(1);
  });
  it("a refund that a person ends while the provider is asked for it, or for another, is not sent again", async () => {
    const refund = vi.fn<PaymentProvider["refund"]>().mockResolvedValue({ state: "processing", at: start });
    const s = stage({ refund });
    const { id } = await withRefundApproved(s);
    await s.at(0);
    s.provider.queryRefund = async () => {
      const order = await s.find(id);
      const [entry] = order.refunds;
      await s.save({
        ...order,
        refunds: entry ? [{ ...entry, state: "returned", at: plus(9), by: "c", note: "转账" }] : [],
      });
      return { state: "unknown" };
    };
    await s.at(10);
    expect(refund).toHaveBeenCalledTimes(1);
    expect((await s.find(id)).refunds).toMatchObject([{ state: "returned" }]);
  });
  it("a refund of another amount than was asked for is not booked", async () => {
    const error = vi.spyOn(logger, "error").mockImplementation(() => {});
    const s = stage({ refund: async () => ({ state: "completed", amount: 2999, at: start }) });
    const { id } = await withRefundApproved(s);
    await s.at(0);
    expect((await s.find(id)).refunds).toMatchObject([{ state: "approved", tries: 1 }]);
    expect(error.mock.calls.map(([code]) => code)).toEqual(["payment.report-refused"]);
    error.mockRestore();
  });
  it("a receipt that is due is not tried where money is compared", async () => {
    const s = stage();
    const { id } = await withRefundApproved(s);
    await s.lookAfter(id, { atOnce: true });
    expect(await s.find(id)).toMatchObject({ receipt: { state: "due", tries: 0 } });
    await s.at(0);
    expect(await s.find(id)).toMatchObject({ receipt: { state: "due", tries: 1 } });
  });
  it.each<[string, Partial<PaymentProvider>, number, number]>([
    ["is refused", { refund: async () => Promise.reject(new ProviderRefused("NOT_ENOUGH")) }, 0.4, 1],
    ["finds nobody there", { refund: async () => Promise.reject(new ProviderUnavailable("down")) }, 0.4, 1],
    ["is not known", { refund: async () => ({ state: "unknown" }) }, 0.4, 1],
    ["stays on its way", {}, 4, 8],
  ])("a refund that %s is a person's task after a while, once, and still tried", async (_what, told, quiet, loud) => {
    const s = stage(told);
    const { id } = await withRefundApproved(s);
    for (let days = 0; days <= quiet; days += 0.05) await s.at(days * DAY);
    expect((await s.find(id)).attention).toEqual([]);
    for (let days = quiet; days <= loud; days += 0.05) await s.at(days * DAY);
    const order = await s.find(id);
    const [refund] = order.refunds;
    expect(order.attention).toMatchObject([{ what: "refund-stuck", reference: refund?.id }]);
    expect(s.types()).toEqual(["attention-needed"]);
    expect(s.published.at(-1)?.data).toMatchObject({ tasks: [{ kind: "settle-payment", role: "clerk" }] });
    // A person may give it back by another way; or the provider does after all, and then nobody need see to it.
    const settling = { reference: refund?.id ?? "", note: "转账", officer: "c", key: "s", fingerprint: "s" };
    const returned = agreed(settleAttention(order, { ...settling, outcome: "returned" }, plus(loud * DAY)));
    expect(returned).toMatchObject({
      order: { attention: [], refunds: [{ state: "returned" }] },
      events: [{ type: "refund-completed" }, { type: "attention-settled" }],
    });
    s.provider.refund = async () => ({ state: "completed", at: plus(loud * DAY) });
    s.provider.queryRefund = s.provider.refund;
    await s.at((loud + 1) * DAY);
    expect(await s.find(id)).toMatchObject({ attention: [], refunds: [{ state: "completed" }] });
  });
  it("the fiscal receipt is made out, and voided when everything went back", async () => {
    const receipts: FiscalReceipts = {
      issue: vi
        .fn()
        .mockRejectedValueOnce(new ProviderUnavailable("down"))
        .mockResolvedValue({ code: "44010126", number: "0000000001", check: "a1b2c3", date: "2026-11-22" }),
      void: vi.fn().mockResolvedValue(undefined),
    };
    const s = stage(
      {
        refund: async () => ({ state: "processing", at: start }),
        queryRefund: async () => ({ state: "completed", at: start }),
      },
      receipts,
    );
    let order = await s.save(paid(withAttempt(opened().order)).order);
    await s.at(0);
    expect(await s.find(order.id)).toMatchObject({ receipt: { state: "due", tries: 1 } });
    await s.at(10);
    order = await s.find(order.id);
    expect(order).toMatchObject({ receipt: { state: "issued", number: "0000000001" } });
    order =
      agreed(requestRefund(order, { amount: 8000, reason: "x", officer: "a", key: "k", fingerprint: "f" }, plus(11)))
        ?.order ?? order;
    order =
      agreed(
        decideRefund(
          order,
          { refund: order.refunds[0]?.id ?? "", approve: true, officer: "b", key: "k2", fingerprint: "f" },
          plus(11),
        ),
      )?.order ?? order;
    await s.save({ ...order, version: 0 });
    await s.at(12);
    expect((await s.find(order.id)).refunds[0]?.state).toBe("processing");
    await s.at(20);
    await s.at(21);
    expect(await s.find(order.id)).toMatchObject({ receipt: { state: "voided" }, refunds: [{ state: "completed" }] });
    expect(receipts.void).toHaveBeenCalledTimes(1);
  });
});

const event = (
  contract: { type: string; example: unknown },
  subject: string,
  data: object = {},
  sequence = contract.type.includes("fee-due") ? 1 : 2,
) => ({
  specversion: "1.0",
  id: `${subject}.${sequence}.0`,
  source: "/x",
  type: contract.type,
  time: start,
  subject,
  datacontenttype: "application/json",
  sequence,
  department: "11440600007039469J",
  division: "440606",
  data: { ...(contract.example as object), ...data },
});

/** Paid by a new attempt, as the next version. */
const paidNow = (order: Order | undefined) => {
  if (!order) throw new Error("no order");
  const change = paid(withAttempt(order), order.attempts.length);
  return { ...change, order: { ...change.order, version: order.version + 1 } };
};

describe("what other capabilities tell", () => {
  const deps = () => {
    const memory = memoryPayments();
    const both = { orders: memory.orders, now: () => start };
    return { ...memory, due: onFeeDue(both), needless: onPaymentNeedless(both) };
  };
  it("a fee opens one order, however often it is told; so does carriage", async () => {
    const s = deps();
    const fee = event(FeeDueV1, "case-1");
    await s.due(fromBus(fee, fee, event(ShipmentFeeDueV1, "parcel-1", { application: "case-1" })), context);
    await s.due(fromBus(fee), context);
    expect(s.all().map(({ purpose, application }) => [purpose.kind, application])).toEqual([
      ["application", "case-1"],
      ["shipment", "case-1"],
    ]);
    expect(s.published.filter(({ type }) => type.endsWith("order-opened.v1"))).toHaveLength(2);
  });
  it.each([["before"], ["after"], ["at the same moment as"]])(
    "a case that ends %s its fee is due has no open order",
    async (when) => {
      const s = deps();
      const [fee, withdrawn] = [event(FeeDueV1, "case-1"), event(ApplicationWithdrawnV1, "case-1")];
      if (when === "before") {
        await s.needless(fromBus(withdrawn), context);
        await s.due(fromBus(fee), context);
      } else if (when === "after") {
        await s.due(fromBus(fee), context);
        await s.needless(fromBus(withdrawn), context);
      } else await Promise.all([s.due(fromBus(fee), context), s.needless(fromBus(withdrawn), context)]);
      expect(s.all()).toMatchObject([{ status: "closed", reason: "cancelled" }]);
    },
  );
  /** A case that is declined, reopened after a complaint, and approved: its fee is told a second time. */
  const story = (ending: typeof ApplicationDeclinedV1 | typeof ApplicationRevokedV1) => ({
    fee: event(FeeDueV1, "case-1", { due: "issue" }, 4),
    ending: event(ending, "case-1", {}, 6),
    again: event(FeeDueV1, "case-1", { due: "issue" }, 9),
  });
  it.each([
    ["declined", ApplicationDeclinedV1],
    ["revoked", ApplicationRevokedV1],
  ] as const)(
    "a case that was %s has no open order, and one that can be paid when it is reopened",
    async (_, contract) => {
      const s = deps();
      const { fee, ending, again } = story(contract);
      await s.due(fromBus(fee), context);
      await s.needless(fromBus(ending), context);
      expect(s.all()).toMatchObject([{ status: "closed", reason: "cancelled" }]);
      await s.due(fromBus(again), context);
      const [order] = s.all();
      expect(order).toMatchObject({ status: "open" });
      expect(s.published.map(({ type }) => type.split(".")[3])).toEqual([
        "order-opened",
        "order-closed",
        "order-opened",
      ]);
      await s.orders.save(paidNow(order));
      // Told twice and late, it changes nothing of what is paid.
      await s.needless(fromBus(ending), context);
      await s.due(fromBus(fee, again), context);
      expect(s.all()).toMatchObject([{ status: "settled" }]);
    },
  );
  it("a case that was declined before any fee of it fell due is paid when it is reopened", async () => {
    const s = deps();
    const { ending, again } = story(ApplicationDeclinedV1);
    await s.needless(fromBus(ending), context);
    await s.due(fromBus(again), context);
    expect(s.all()).toMatchObject([{ status: "open" }]);
  });
  const permutations = <T>(list: readonly T[]): T[][] =>
    list.length < 2
      ? [[...list]]
      : list.flatMap((each) => permutations(list.filter((other) => other !== each)).map((rest) => [each, ...rest]));
  it.each(permutations(["fee", "ending", "again"] as const).map((order) => [order.join(", "), order] as const))(
    "whatever overtakes what (%s), the newest counts",
    async (_, order) => {
      const s = deps();
      const told = story(ApplicationRevokedV1);
      for (const which of [...order, ...order])
        await (which === "ending" ? s.needless : s.due)(fromBus(told[which]), context);
      expect(s.all()).toMatchObject([{ status: "open", asked: 9 }]);
      await s.needless(fromBus(event(ApplicationWithdrawnV1, "case-1", {}, 11)), context);
      for (const which of order) await (which === "ending" ? s.needless : s.due)(fromBus(told[which]), context);
      expect(s.all()).toMatchObject([{ status: "closed", reason: "cancelled" }]);
    },
  );
  it("all at the same moment, the newest counts", async () => {
    const s = deps();
    const { fee, ending, again } = story(ApplicationRevokedV1);
    await Promise.all([
      s.due(fromBus(again), context),
      s.needless(fromBus(ending), context),
      s.due(fromBus(fee), context),
    ]);
    expect(s.all()).toMatchObject([{ status: "open", asked: 9 }]);
  });
  it("a parcel that is not sent closes its own order only", async () => {
    const s = deps();
    await s.due(
      fromBus(event(FeeDueV1, "case-1"), event(ShipmentFeeDueV1, "parcel-1", { application: "case-1" })),
      context,
    );
    await s.needless(fromBus(event(ShipmentCancelledV1, "parcel-1")), context);
    expect(s.all().map(({ purpose, status }) => [purpose.kind, status])).toEqual([
      ["application", "open"],
      ["shipment", "closed"],
    ]);
  });
});
