import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoDays } from "#functions/payments/adapters/dynamo-days.ts";
import { dynamoOrders } from "#functions/payments/adapters/dynamo-orders.ts";
import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { beginComparison, endComparison, reportProgress, resolveDifference } from "#functions/payments/domain/day.ts";
import { type Change, cancel, dueAt, expire, type Order, renew } from "#functions/payments/domain/order.ts";
import { DAY_PARTS, type Days, type Orders } from "#functions/payments/domain/ports.ts";
import { takeReceipt } from "#functions/payments/domain/receipting.ts";
import { decideRefund, requestRefund, takeRefundReport } from "#functions/payments/domain/refunding.ts";
import { PaymentsData } from "#infra/capabilities/payments.ts";
import { local } from "#infra/config.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { agreed, NOW, opened, paid, paymentsRing, withAttempt } from "#test/support/payments.ts";

const TABLE = "payments";
let client: ReturnType<typeof ownDocuments>;
beforeAll(async () => {
  client = ownDocuments();
  await createDeployedTable(client, TABLE, (stack) => new PaymentsData(stack as never, local));
});
afterAll(async () => {
  client.destroy();
});

const cipher = fieldCipher(paymentsRing);
const late = "2027-03-01T00:00:00.000Z";

describe.each<[string, () => { orders: Orders; days: Days }]>([
  ["memory", memoryPayments],
  ["DynamoDB", () => ({ orders: dynamoOrders(client, { table: TABLE, cipher }), days: dynamoDays(client, TABLE) })],
])("orders and days in %s", (kind, make) => {
  let n = 0;
  const fresh = () =>
    opened({ application: `${kind}-${++n}`, purpose: { kind: "application", id: `${kind}-${n}`, due: "issue" } });
  const keep = async (orders: Orders, change: Change | undefined): Promise<Order> => {
    if (!change) throw new Error("no change");
    await orders.save(change);
    const found = await orders.find(change.order.id);
    if (!found) throw new Error("not found");
    return found;
  };

  it("keep every state an order can have, exactly", async () => {
    const { orders } = make();
    const first = fresh();
    let order = await keep(orders, first);
    expect(order).toEqual(first.order);
    const attempted = {
      ...withAttempt(withAttempt(order), { provider: "alipay" }),
      payer: { name: "陈示例", code: "91440300708461136T" },
    };
    order = await keep(orders, { order: { ...attempted, version: order.version + 1 }, events: [], movements: [] });
    expect(order.payer?.name).toBe("陈示例");
    const settled = paid(order, 1);
    order = await keep(orders, settled);
    expect(order).toEqual(settled.order);
    const twice = paid(order, 0);
    order = await keep(orders, twice);
    order = await keep(
      orders,
      takeReceipt(order, { code: "44010126", number: "0000000001", check: "a1b2c3", date: "2026-11-22" }, NOW),
    );
    order = await keep(
      orders,
      agreed(requestRefund(order, { amount: 100, reason: "x", officer: "a", key: "k", fingerprint: "f" }, NOW)),
    );
    order = await keep(
      orders,
      agreed(
        decideRefund(
          order,
          { refund: order.refunds[1]?.id ?? "", approve: true, officer: "b", key: "k2", fingerprint: "f" },
          NOW,
        ),
      ),
    );
    for (const state of ["processing", "abnormal"] as const)
      order = await keep(
        orders,
        agreed(
          takeRefundReport(order, { provider: "alipay", refund: order.refunds[1]?.id ?? "", state, at: NOW }, NOW),
        ),
      );
    expect(order.refunds.map(({ state }) => state)).toEqual(["approved", "abnormal"]);
    const expired = await keep(orders, expire(await keep(orders, fresh()), late));
    expect(await keep(orders, agreed(renew(expired, { key: "r", fingerprint: "r" }, late)))).toMatchObject({
      status: "open",
    });
  });

  it("let one of two writers win, also when money moves with it", async () => {
    const { orders } = make();
    const order = await keep(orders, fresh());
    await expect(orders.save(fresh())).resolves.toBeUndefined();
    await expect(orders.save({ ...opened(), order })).rejects.toThrow(StaleVersionError);
    const ready = { ...withAttempt(order), version: order.version + 1 };
    await orders.save({ order: ready, events: [], movements: [] });
    const settling = paid(ready);
    const results = await Promise.allSettled([
      orders.save(settling),
      orders.save(settling),
      orders.save(cancel(ready, 2, NOW) as Change),
    ]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StaleVersionError);
  });

  it("find the orders of a case, by the time they were opened", async () => {
    const { orders } = make();
    const application = `${kind}-case`;
    const of = (id: string, at: string) =>
      opened({ id: id.repeat(26), application, purpose: { kind: "application", id: application, due: "issue" } }, at);
    await orders.save(of("B", "2026-11-22T02:00:01.000Z"));
    await orders.save(of("A", NOW));
    expect((await orders.ofApplication(application)).map(({ id }) => id[0])).toEqual(["A", "B"]);
    expect(await orders.ofApplication("nobody's")).toEqual([]);
  });

  it("tell what is due by then, and nothing for which nothing is", async () => {
    const { orders } = make();
    const order = await keep(orders, fresh());
    const all = async (by: string) => {
      const ids: string[] = [];
      for await (const page of orders.due(by)) ids.push(...page);
      return ids;
    };
    expect(await all(NOW)).not.toContain(order.id);
    expect(await all(dueAt(order) ?? "")).toContain(order.id);
    await orders.save(cancel(order, 2, NOW) as Change);
    expect(await all("2036")).not.toContain(order.id);
  });

  it("remember since which event a case is over, whatever comes late", async () => {
    const { orders } = make();
    expect(await orders.overSince("application:x")).toBe(0);
    for (const [sequence, newest] of [
      [5, 5],
      [5, 5],
      [3, 5],
      [12, 12],
    ] as const) {
      await orders.rememberOver("application:x", sequence);
      expect(await orders.overSince("application:x")).toBe(newest);
    }
  });

  it("keep movements by provider, day and part, each once", async () => {
    const { orders, days } = make();
    for (let i = 0; i < 20; i++) {
      const { order } = fresh();
      await orders.save({ order, events: [], movements: [] });
      const ready = { ...withAttempt(order), version: 2 };
      await orders.save({ order: ready, events: [], movements: [] });
      await orders.save(paid(ready, 0, "2026-11-25T02:00:00.000Z"));
    }
    const numbers: string[] = [];
    for (let part = 0; part < DAY_PARTS; part++)
      for await (const page of days.movements("wechat", "2026-11-25", part))
        numbers.push(...page.map(({ number }) => number));
    expect(new Set(numbers).size).toBe(20);
    for await (const page of days.movements("wechat", "2026-11-24", 0)) expect(page).toEqual([]);
  });

  it("keep a day with its differences", async () => {
    const { days } = make();
    const key = { provider: "alipay", date: kind === "memory" ? "2026-11-01" : "2026-11-02" } as const;
    expect(await days.find(key.provider, key.date)).toBeUndefined();
    const begun = agreed(beginComparison(undefined, key, NOW));
    if (!begun) throw new Error("not begun");
    await days.save(begun);
    await expect(days.save(begun)).rejects.toThrow(StaleVersionError);
    const progressed = reportProgress(begun.day, { lines: 5, parts: 32, partsDone: 8 }, NOW);
    await days.save(progressed ?? begun);
    const sum = { payments: 1, refunds: 0, count: 1 };
    const difference = {
      id: "amount:payment:X",
      kind: "amount",
      movement: "payment",
      number: "X",
      trade: "T",
      here: 1,
      there: 2,
    } as const;
    const ended = endComparison(
      progressed?.day ?? begun.day,
      { here: sum, there: sum, differences: [difference], overflown: false },
      NOW,
    );
    await days.save(ended ?? begun);
    expect(await days.find(key.provider, key.date)).toEqual(ended?.day);
    const resolved = agreed(
      resolveDifference(
        ended?.day ?? begun.day,
        { difference: difference.id, reason: "x", officer: "o", key: "k", fingerprint: "f" },
        NOW,
      ),
    );
    await days.save(resolved ?? begun);
    expect(await days.find(key.provider, key.date)).toEqual(resolved?.day);
  });
});

it("the row has the payer sealed, and its events beside the state", async () => {
  const orders = dynamoOrders(client, { table: TABLE, cipher });
  const change = opened({ id: "Z".repeat(26) });
  await orders.save({ ...change, order: { ...change.order, payer: { name: "陈示例" } } });
  const { Item } = await client.send(
    new GetCommand({ TableName: TABLE, Key: { pk: `order#${"Z".repeat(26)}`, sk: "order" } }),
  );
  expect(JSON.stringify(Item)).not.toContain("陈示例");
  expect(Item?.outbox).toEqual([expect.objectContaining({ type: "gov.yimen.payment.order-opened.v1" })]);
});
