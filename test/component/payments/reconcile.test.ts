import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { BillDamaged } from "#functions/payments/adapters/bill-download.ts";
import { memoryPayments } from "#functions/payments/adapters/memory-payments.ts";
import { dayPartOf } from "#functions/payments/adapters/order-row.ts";
import { askForBills } from "#functions/payments/ask-for-bills.ts";
import { onComparisonDue } from "#functions/payments/consumers/on-comparison-due.ts";
import { closeDay, isOver, lastDayOver, resolveDifference } from "#functions/payments/domain/day.ts";
import type { Movement } from "#functions/payments/domain/order.ts";
import type { BillLine, Bills } from "#functions/payments/domain/ports.ts";
import { ProviderUnavailable } from "#functions/payments/domain/ports.ts";
import {
  decideRefund,
  requestRefund,
  settleAttention,
  takeRefundReport,
} from "#functions/payments/domain/refunding.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { agreed, opened, paid, withAttempt } from "#test/support/payments.ts";
import { context, fromQueue } from "#test/support/queue-events.ts";

const date = "2026-11-22";
const now = "2026-11-23T04:00:00.000Z";
const line = (number: string, amount = 8000, more: Partial<BillLine> = {}): BillLine => ({
  kind: "payment",
  number,
  trade: `T${number}`,
  amount,
  outcome: "done",
  ...more,
});
async function* listed(lines: readonly BillLine[]): AsyncGenerator<BillLine> {
  yield* lines;
}

const stage = (at = now) => {
  const memory = memoryPayments();
  const told: { bill: BillLine[] | "not-ready" | Error; looked: string[] } = { bill: [], looked: [] };
  const bills: Bills = {
    providers: ["wechat"],
    fetch: async () => {
      if (told.bill instanceof Error) throw told.bill;
      return told.bill === "not-ready" ? "not-ready" : listed(told.bill);
    },
  };
  let lookAfter = async (_: string) => {};
  const run = onComparisonDue({
    days: memory.days,
    orders: memory.orders,
    bills,
    lookAfter: (id) => {
      told.looked.push(id);
      return lookAfter(id);
    },
    now: () => at,
  });
  return {
    ...memory,
    told,
    onLook: (work: (id: string) => Promise<void>) => {
      lookAfter = work;
    },
    compare: async () => {
      const answer = await run(fromQueue({ provider: "wechat", date }), context);
      expect(answer.batchItemFailures).toEqual([]);
      const day = await memory.days.find("wechat", date);
      if (!day) throw new Error("no day");
      return day;
    },
    async paidOrder(application: string) {
      const { order } = opened({ application, purpose: { kind: "application", id: application, due: "issue" } });
      await memory.orders.save({ order, events: [{ type: "opened" }], movements: [] });
      const ready = { ...withAttempt(order), version: 2 };
      await memory.orders.save({ order: ready, events: [], movements: [] });
      const change = paid(ready);
      await memory.orders.save(change);
      return change.order;
    },
  };
};
const numberOf = (order: { attempts: readonly { number: string }[] }) => order.attempts[0]?.number ?? "";

describe("a day against the bill", () => {
  it("closes by itself when both are alike, and comparing again changes nothing", async () => {
    const s = stage();
    const order = await s.paidOrder("a");
    s.told.bill = [line(numberOf(order))];
    const day = await s.compare();
    expect(day).toMatchObject({
      status: "closed",
      found: { differences: [], here: { payments: 8000, count: 1 }, there: { payments: 8000, count: 1 } },
    });
    const published = s.published.length;
    expect(await s.compare()).toEqual(day);
    expect(s.published.length).toBe(published);
  });

  it("tells each kind of difference, and closes only when each is resolved with a reason", async () => {
    const s = stage();
    const [same, amount, alone, twice] = await Promise.all(["a", "b", "c", "d"].map((name) => s.paidOrder(name)));
    if (!same || !amount || !alone || !twice) throw new Error("no orders");
    s.told.bill = [
      line(numberOf(same)),
      line(numberOf(amount), 7000),
      line("STRANGER"),
      line(numberOf(twice)),
      line(numberOf(twice)),
      line(numberOf(same).replace("P01", "R01"), 100, { kind: "refund" }),
    ];
    let day = await s.compare();
    expect(day.found?.differences.map(({ kind, number }) => [kind, number]).sort()).toEqual(
      [
        ["amount", numberOf(amount)],
        ["duplicate", numberOf(twice)],
        ["missing-here", "STRANGER"],
        ["missing-here", numberOf(same).replace("P01", "R01")],
        ["missing-there", numberOf(alone)],
      ].sort(),
    );
    expect(s.published.at(-1)).toMatchObject({
      type: "gov.yimen.payment.day-differs.v1",
      data: { open: 5, tasks: [{ kind: "settle-difference", role: "operator" }] },
    });
    const officer = (key: string) => ({ officer: "op-1", key, fingerprint: key });
    expect(closeDay(day, officer("c"), now)).toMatchObject({ ok: false, refusal: { code: "day.differs" } });
    const [first] = day.found?.differences ?? [];
    const change = agreed(
      resolveDifference(day, { difference: first?.id ?? "", reason: "银行侧测试单", ...officer("r1") }, now),
    );
    if (change) await s.days.save(change);

    // Compared again: what was resolved stays so, unless it is another difference now.
    day = await s.compare();
    expect(day.found?.differences.filter(({ resolution }) => resolution)).toHaveLength(1);
    for (const { id, resolution } of day.found?.differences ?? []) {
      if (resolution) continue;
      const next = agreed(
        resolveDifference(day, { difference: id, reason: "已核实", ...officer(id.slice(0, 60)) }, now),
      );
      if (next) {
        await s.days.save(next);
        day = next.day;
      }
    }
    const closed = agreed(closeDay(day, officer("c"), now));
    expect(closed).toMatchObject({ day: { status: "closed", closedBy: "op-1" }, event: "closed" });
  });

  /** A settled order with a refund that the provider took on that day, and that came to that end. */
  const refunded = async (s: ReturnType<typeof stage>, ending: "processing" | "completed" | "closed" | "abnormal") => {
    const order = await s.paidOrder("a");
    const command = (key: string) => ({ key, fingerprint: key });
    const asked = agreed(requestRefund(order, { amount: 3000, reason: "多收", officer: "a", ...command("r") }, now));
    if (!asked) throw new Error("not asked");
    const refund = asked.order.refunds[0]?.id ?? "";
    const approved = agreed(decideRefund(asked.order, { refund, approve: true, officer: "b", ...command("d") }, now));
    if (!approved) throw new Error("not approved");
    const told = (state: typeof ending) =>
      ({ provider: "wechat", refund, state, at: `${date}T03:00:00.000Z` }) as const;
    const ended = agreed(takeRefundReport(approved.order, { ...told(ending), acceptedAt: told(ending).at }, now));
    if (!ended) throw new Error("not ended");
    for (const change of [asked, approved, ended]) await s.orders.save(change);
    s.told.bill = [line(numberOf(order)), line(refund, 3000, { kind: "refund", outcome: "failed" })];
    return { order: ended.order, refund, told };
  };
  it.each(["closed", "abnormal"] as const)("is alike when a refund failed there and is %s here", async (ending) => {
    const s = stage();
    await refunded(s, ending);
    expect(await s.compare()).toMatchObject({ status: "closed", found: { differences: [] } });
    expect(s.told.looked).toEqual([]);
  });
  it.each([
    ["closed", "compared", ["status"]],
    ["abnormal", "compared", ["status"]],
    ["kept", "compared", ["status"]],
    ["returned", "compared", ["status"]],
    ["completed", "closed", []],
    ["processing", "closed", []],
  ] as const)("of a refund that was given back there and is %s here is %s", async (state, status, kinds) => {
    const s = stage();
    const seen = state === "kept" || state === "returned" ? state : undefined;
    const { order, refund, told } = await refunded(s, state === "kept" || state === "returned" ? "abnormal" : state);
    const settling = { reference: refund, note: "n", officer: "a", key: "s", fingerprint: "s" };
    const settled = seen && agreed(settleAttention(order, { ...settling, outcome: seen }, now));
    if (settled) await s.orders.save(settled);
    s.told.bill = [line(numberOf(order)), line(refund, 3000, { kind: "refund" })];
    const day = await s.compare();
    expect(day.status).toBe(status);
    expect(day.found?.differences.map(({ kind }) => kind)).toEqual(kinds);
    expect(s.told.looked).toEqual(kinds.length > 0 ? [order.id] : []);
    // Asked, the provider may say so itself: then the books follow it, and a person is told.
    if (status === "closed") return;
    s.onLook(async (id) => {
      const current = await s.orders.find(id);
      const change = current && agreed(takeRefundReport(current, told("completed"), now));
      if (change) await s.orders.save(change);
    });
    expect(await s.compare()).toMatchObject({ status: "closed", found: { differences: [] } });
  });
  it.each(["closed", "abnormal", "processing", "completed"] as const)(
    "of a refund that the bill does not list and that is %s here is a difference only when money moved",
    async (state) => {
      const s = stage();
      const { order } = await refunded(s, state);
      s.told.bill = [line(numberOf(order))];
      const day = await s.compare();
      if (state === "closed" || state === "abnormal")
        expect(day).toMatchObject({
          status: "closed",
          found: { differences: [], here: { payments: 8000, refunds: 0, count: 1 } },
        });
      else expect(day.found?.differences).toMatchObject([{ kind: "missing-there", movement: "refund", here: 3000 }]);
    },
  );
  it("of another amount of a refund of another day shows the refund's own", async () => {
    const s = stage();
    const { order, refund } = await refunded(s, "completed");
    s.movements.clear();
    s.told.bill = [line(numberOf(order)), line(refund, 2000, { kind: "refund" })];
    expect((await s.compare()).found?.differences).toMatchObject([{ kind: "amount", here: 3000, there: 2000 }]);
  });
  it.each(["processing", "completed", "closed", "abnormal"] as const)(
    "is alike when the bill was written while a refund was on its way that is %s now",
    async (ending) => {
      const s = stage();
      const { order, refund } = await refunded(s, ending);
      s.told.bill = [line(numberOf(order)), line(refund, 3000, { kind: "refund", outcome: "pending" })];
      expect(await s.compare()).toMatchObject({ status: "closed", found: { differences: [] } });
      expect(s.told.looked).toEqual([]);
    },
  );
  it("differs in the status of a refund that failed there and is complete here", async () => {
    const s = stage();
    const { refund } = await refunded(s, "completed");
    expect((await s.compare()).found?.differences).toEqual([
      expect.objectContaining({ kind: "status", movement: "refund", number: refund, here: 3000, there: 3000 }),
    ]);
  });
  it.each(["closed", "processing"] as const)(
    "asks first for a refund that failed there and is on its way here (then it is %s)",
    async (answer) => {
      const s = stage();
      const { order, told } = await refunded(s, "processing");
      s.onLook(async () => {
        const change = agreed(takeRefundReport(order, told(answer), now));
        if (change) await s.orders.save(change);
      });
      const kinds = (await s.compare()).found?.differences.map(({ kind }) => kind);
      expect(kinds).toEqual(answer === "closed" ? [] : ["status"]);
      expect(s.told.looked).toEqual([order.id]);
    },
  );

  it("cannot be resolved while it runs again, so that the comparison does not lose to it", async () => {
    const s = stage();
    s.told.bill = [line("STRANGER")];
    const before = await s.compare();
    const { order } = opened();
    await s.orders.save({ order, events: [{ type: "opened" }], movements: [] });
    s.told.bill = [line("STRANGER"), line(`${order.id}P01`)];
    const resolve = async (key: string) => {
      const day = await s.days.find("wechat", date);
      if (!day) throw new Error("no day");
      const [difference] = before.found?.differences ?? [];
      const command = { difference: difference?.id ?? "", reason: "已核实", officer: "op-1", key, fingerprint: key };
      const decision = resolveDifference(day, command, now);
      if (decision.ok && decision.value) await s.days.save(decision.value);
      return decision;
    };
    let during: Awaited<ReturnType<typeof resolve>> | undefined;
    s.onLook(async () => {
      during = await resolve("during");
    });
    expect(await s.compare()).toMatchObject({ status: "compared", found: { differences: [{}, {}] } });
    expect(during).toEqual({ ok: false, refusal: expect.objectContaining({ code: "day.not-compared" }) });
    expect(await resolve("after")).toMatchObject({ ok: true });
    expect((await s.compare()).found?.differences.filter(({ resolution }) => resolution)).toHaveLength(1);
  });

  it("settles an order whose callback never came, and then both are alike", async () => {
    const s = stage();
    const { order } = opened();
    await s.orders.save({ order, events: [{ type: "opened" }], movements: [] });
    const ready = { ...withAttempt(order), version: 2 };
    await s.orders.save({ order: ready, events: [], movements: [] });
    s.told.bill = [line(numberOf(ready))];
    s.onLook(async () => s.orders.save(paid(ready)));
    expect(await s.compare()).toMatchObject({ status: "closed", found: { differences: [] } });
    expect(s.told.looked).toEqual([order.id]);
    expect((await s.orders.find(order.id))?.status).toBe("settled");
  });

  it("ends also when others are at work on an order that it asks after", async () => {
    const s = stage();
    const { order } = opened();
    await s.orders.save({ order, events: [{ type: "opened" }], movements: [] });
    s.told.bill = [line(`${order.id}P01`)];
    s.onLook(() => Promise.reject(new StaleVersionError(order.id)));
    expect(await s.compare()).toMatchObject({ status: "compared", found: { differences: [{ kind: "missing-here" }] } });
  });

  it("reads the orders of many refunds side by side, but not all at once, and asks after five hundred at most", async () => {
    const s = stage();
    const { order } = await refunded(s, "closed");
    const idOf = (i: number) => `${String(i).padStart(26, "0")}`;
    const refunds = Array.from({ length: 3_000 }, (_, i) => `${idOf(i)}R01`);
    for (const number of refunds)
      s.movements.set(number, {
        ...{ provider: "wechat", date, kind: "refund", number, trade: `T${number}`, amount: 3000, order: number },
      });
    s.told.bill = [line(numberOf(order)), ...refunds.map((number) => line(number, 3000, { kind: "refund" }))];
    const reading = { now: 0, most: 0 };
    const find = s.orders.find;
    s.orders.find = async (id) => {
      if (!id.startsWith("0000")) return find(id);
      reading.now += 1;
      reading.most = Math.max(reading.most, reading.now);
      await new Promise((resolve) => setImmediate(resolve));
      reading.now -= 1;
      return { ...order, id, refunds: order.refunds.map((refund) => ({ ...refund, id: `${id}R01` })) };
    };
    const day = await s.compare();
    // All of them failed here and are done there, and nobody says otherwise.
    expect(day.found).toMatchObject({ overflown: true, here: { refunds: 3_000 * 3000 } });
    expect(s.told.looked).toHaveLength(500);
    expect(reading.most).toBeGreaterThan(10);
    expect(reading.most).toBeLessThanOrEqual(50);
  });

  it.each([
    ["bill-not-ready", "not-ready" as const],
    ["provider-unavailable", new ProviderUnavailable("down")],
    ["bill-damaged", new BillDamaged("hash")],
  ])("fails with %s and can be compared again", async (failure, bill) => {
    const s = stage();
    s.told.bill = bill;
    expect(await s.compare()).toMatchObject({ status: "failed", failure });
    s.told.bill = [];
    expect(await s.compare()).toMatchObject({ status: "closed" });
  });

  it.each([
    ["of the day before", now, 0],
    ["of a day that is longer ago", "2026-11-24T02:00:00.000Z", 1],
  ])("alarms for a bill %s that is not there", async (_which, at, times) => {
    const [error, warn] = [vi.spyOn(logger, "error"), vi.spyOn(logger, "warn")].map((spy) =>
      spy.mockImplementation(() => {}),
    );
    const s = stage(at);
    s.told.bill = "not-ready";
    expect(await s.compare()).toMatchObject({ status: "failed", failure: "bill-not-ready" });
    const said = ["bill.comparison-failed", expect.any(Error), { provider: "wechat", date, failure: "bill-not-ready" }];
    expect(error?.mock.calls).toEqual(times === 1 ? [said] : []);
    expect(warn).toHaveBeenCalledTimes(1 - times);
    vi.restoreAllMocks();
  });

  it("does not believe a bill that differs in more than five hundred places, and keeps the row small", async () => {
    const s = stage();
    s.told.bill = Array.from({ length: 2_000 }, (_, i) => line(`S${i}`));
    const day = await s.compare();
    expect(day.found).toMatchObject({ overflown: true, there: { count: 2_000 } });
    expect(day.found?.differences).toHaveLength(500);
    expect(closeDay(day, { officer: "o", key: "k", fingerprint: "f" }, now)).toMatchObject({
      refusal: { code: "day.differs" },
    });
  });

  it("of two at work at once lets one end", async () => {
    const s = stage();
    const order = await s.paidOrder("a");
    s.told.bill = [line(numberOf(order))];
    await Promise.all([s.compare(), s.compare(), s.compare()]);
    expect((await s.days.find("wechat", date))?.status).toBe("closed");
    expect(s.published.filter(({ type }) => type.endsWith("day-closed.v1"))).toHaveLength(1);
  });
});

describe("the hour of bills", () => {
  it.each([
    ["2026-11-22T16:00:00.000Z", false],
    ["2026-11-23T01:59:59.000Z", false],
    ["2026-11-23T02:00:00.000Z", true],
  ])("at %s the bill of 22 November may be asked for: %s", (at, over) => expect(isOver("2026-11-22", at)).toBe(over));

  it("asks for every day of the week that is not compared yet", async () => {
    const s = stage();
    s.told.bill = [];
    await s.compare();
    const sent: string[] = [];
    expect(lastDayOver(now)).toBe("2026-11-22");
    await askForBills({
      days: s.days,
      bills: { providers: ["wechat"] },
      comparisons: { send: async (day) => void sent.push(day.date) },
      now: () => now,
    })();
    expect(sent).toEqual(["2026-11-21", "2026-11-20", "2026-11-19", "2026-11-18", "2026-11-17", "2026-11-16"]);
  });
});

describe("a bill of 200,000 lines", () => {
  const LINES = 200_000;
  const numberAt = (i: number) => `${String(i).padStart(26, "0")}P01`;
  const peak = { heap: 0 };
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  /** What is really held at a moment, not what V8 has not collected yet. */
  const measure = (): number => {
    collect();
    const { heapUsed } = process.memoryUsage();
    peak.heap = Math.max(peak.heap, heapUsed);
    return heapUsed;
  };

  it("streams: what is held stays below 16 MB, a fraction of what its lines would take, and progress is told", async () => {
    const s = stage();
    const progress: number[] = [];
    async function* generated(): AsyncGenerator<BillLine> {
      for (let i = 0; i < LINES; i++) yield line(numberAt(i), 8000);
    }
    const parts = new Map<number, number[]>();
    for (let i = 0; i < LINES; i++) {
      const part = dayPartOf(numberAt(i));
      const known = parts.get(part);
      if (known) known.push(i);
      else parts.set(part, [i]);
    }
    async function* movements(part: number): AsyncGenerator<Movement[]> {
      const all = parts.get(part) ?? [];
      if (part % 8 === 4) measure();
      for (let from = 0; from < all.length; from += 2_000)
        yield all.slice(from, from + 2_000).map((i) => ({
          provider: "wechat",
          date,
          kind: "payment",
          number: numberAt(i),
          trade: "T",
          amount: 8000,
          order: "o",
        }));
    }
    const before = measure();
    const run = onComparisonDue({
      days: {
        ...s.days,
        save: async (change) => {
          progress.push(change.day.progress.lines);
          measure();
          await s.days.save(change);
        },
        movements: (_provider, _date, part) => movements(part),
      },
      orders: s.orders,
      bills: { providers: ["wechat"], fetch: async () => generated() },
      lookAfter: async () => {},
      now: () => now,
    });
    const { batchItemFailures } = await run(fromQueue({ provider: "wechat", date }), context);
    expect(batchItemFailures).toEqual([]);
    const day = await s.days.find("wechat", date);
    expect(day).toMatchObject({ status: "closed", found: { here: { count: LINES }, there: { count: LINES } } });
    expect(progress).toContain(100_000);
    // Held whole, they take some 60 MB.
    expect((peak.heap - before) / 2 ** 20).toBeLessThan(16);
  }, 60_000);
});
