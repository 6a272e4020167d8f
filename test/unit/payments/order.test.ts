import { describe, expect, it } from "vitest";
import { orderOfNumber, paymentNumber } from "#functions/payments/domain/numbers.ts";
import {
  askAgain,
  beginAttempt,
  cancel,
  dueAt,
  expire,
  isLive,
  renew,
  settle,
} from "#functions/payments/domain/order.ts";
import { takeReceipt, takeReceiptVoided } from "#functions/payments/domain/receipting.ts";
import {
  decideRefund,
  requestRefund,
  settleAttention,
  takeRefundReport,
} from "#functions/payments/domain/refunding.ts";
import { agreed, NOW, opened, paid, settledOrder, withAttempt } from "#test/support/payments.ts";

const late = "2026-12-30T00:00:00.000Z";
const code = (decision: { ok: boolean; refusal?: { code: string } }) => (decision.ok ? "ok" : decision.refusal?.code);
const ask = (key: string, fingerprint = key) => ({ provider: "wechat", way: "native-qr", key, fingerprint }) as const;

describe("the number of an attempt", () => {
  it("fits what every provider takes and leads back to its order", () => {
    const { id } = opened().order;
    for (let attempt = 0; attempt < 40; attempt++) {
      const number = paymentNumber(id, attempt);
      expect(number).toMatch(/^[0-9A-Za-z]{6,32}$/);
      expect(orderOfNumber(number)).toBe(id);
    }
  });
  it.each(["", "P01", "x".repeat(26), `${"A".repeat(26)}P1`, `${"A".repeat(26)}X01`, `${"I".repeat(26)}P01`])(
    "%j is none",
    (text) => expect(orderOfNumber(text)).toBeUndefined(),
  );
});

describe("a checkout", () => {
  it("goes on with the attempt its key began, and refuses the key for another request", () => {
    const order = withAttempt(opened().order, { key: "a" });
    expect(agreed(beginAttempt(order, ask("a"), NOW))).toMatchObject({ attempt: { state: "open" } });
    expect(agreed(beginAttempt(order, ask("a"), NOW)).change).toBeUndefined();
    expect(code(beginAttempt(order, ask("a", "other"), NOW))).toBe("request.key-reused");
  });
  it("shows a fresh code again instead of making another", () => {
    const order = withAttempt(opened().order, { key: "a" });
    const again = agreed(beginAttempt(order, { ...ask("b"), fingerprint: "a" }, NOW));
    expect(again.attempt.number).toBe(order.attempts[0]?.number);
    const later = agreed(beginAttempt(order, { ...ask("b"), fingerprint: "a" }, "2026-11-22T05:00:00.000Z"));
    expect(later.attempt.number).not.toBe(order.attempts[0]?.number);
  });
  it("is refused for an order that is settled, closed or past its day", () => {
    expect(code(beginAttempt(settledOrder(), ask("z"), NOW))).toBe("payment.order-settled");
    const gone = cancel(opened().order, 2, NOW)?.order;
    expect(code(beginAttempt(gone ?? opened().order, ask("z"), NOW))).toBe("payment.order-closed");
    expect(code(beginAttempt(opened().order, ask("z"), late))).toBe("payment.order-closed");
  });
  it("ends at forty attempts", () => {
    let { order } = opened();
    for (let i = 0; i < 40; i++) order = withAttempt(order, { key: `k${i}` });
    expect(code(beginAttempt(order, ask("more"), NOW))).toBe("payment.too-many-attempts");
  });
});

describe("a settlement", () => {
  it("settles once, however often it is told, and has every other attempt closed", () => {
    const order = withAttempt(withAttempt(opened().order), { provider: "alipay" });
    const change = paid(order, 1);
    expect(change.events.map(({ type }) => type)).toEqual(["settled"]);
    expect(change.order.attempts.map(({ state }) => state)).toEqual(["closing", "paid"]);
    expect(change.movements).toEqual([
      expect.objectContaining({ kind: "payment", provider: "alipay", amount: 8000, date: "2026-11-22" }),
    ]);
    const again = settle(
      change.order,
      { provider: "alipay", number: order.attempts[1]?.number ?? "", trade: "T", amount: 8000, at: NOW },
      NOW,
    );
    expect(again).toEqual({ ok: true, value: undefined });
  });
  it("by another provider is kept, given back and told", () => {
    const order = withAttempt(withAttempt(opened().order), { provider: "alipay" });
    const second = paid(paid(order, 1).order, 0);
    expect(second.events).toEqual([{ type: "attention-needed", what: "paid-twice" }]);
    expect(second.order).toMatchObject({
      status: "settled",
      settlement: { provider: "alipay" },
      surplus: [{ provider: "wechat", amount: 8000 }],
      refunds: [{ automatic: true, state: "approved", amount: 8000, of: order.attempts[0]?.number }],
    });
  });
  it("after closing does not open the order again", () => {
    const order = withAttempt(opened().order);
    const closed = cancel(order, 2, NOW)?.order ?? order;
    const change = paid(closed);
    expect(change.order.status).toBe("closed");
    expect(change.events).toEqual([{ type: "attention-needed", what: "paid-after-closing" }]);
  });
  it.each([
    ["an attempt of nobody", { number: "X" }, "payment.attempt-unknown"],
    ["an attempt of another provider", { provider: "alipay" as const }, "payment.attempt-unknown"],
    ["another amount", { amount: 7999 }, "payment.amount-differs"],
  ])("of %s is refused", (_, wrong, refusal) => {
    const order = withAttempt(opened().order);
    const report = {
      provider: "wechat" as const,
      number: order.attempts[0]?.number ?? "",
      trade: "T",
      amount: 8000,
      at: NOW,
    };
    expect(code(settle(order, { ...report, ...wrong }, NOW))).toBe(refusal);
  });
  it("stands in the bill of the day on which the provider took it, in Beijing", () => {
    const order = withAttempt(opened().order);
    expect(paid(order, 0, "2026-11-22T15:59:59.000Z").movements[0]?.date).toBe("2026-11-22");
    expect(paid(order, 0, "2026-11-22T16:00:00.000Z").movements[0]?.date).toBe("2026-11-23");
  });
  it("of carriage has no fiscal receipt", () => {
    const order = withAttempt(opened({ purpose: { kind: "shipment", id: "s", due: "shipment" } }).order);
    expect(paid(order).order).not.toHaveProperty("receipt.state");
  });
});

describe("the end of an order", () => {
  it("comes after its last day, and it can be renewed", () => {
    const { order } = opened();
    expect(expire(order, NOW)).toBeUndefined();
    const expired = expire(order, late)?.order ?? order;
    expect(expired).toMatchObject({ status: "closed", reason: "expired" });
    const renewed = agreed(renew(expired, { key: "k", fingerprint: "f" }, late));
    expect(renewed?.order).toMatchObject({ status: "open" });
    expect(renewed?.events).toEqual([{ type: "opened" }]);
    expect(renew(renewed?.order ?? order, { key: "k", fingerprint: "f" }, late)).toEqual({
      ok: true,
      value: undefined,
    });
  });
  it("by its case is final, also after it had expired", () => {
    const expired = expire(opened().order, late)?.order ?? opened().order;
    const cancelled = cancel(expired, 2, late)?.order ?? expired;
    expect(code(renew(cancelled, { key: "k", fingerprint: "f" }, late))).toBe("payment.order-closed");
    expect(cancel(cancelled, 2, late)).toBeUndefined();
    expect(cancel(settledOrder(), 2, NOW)).toBeUndefined();
  });
  it("is over when its fee is told anew, and only then", () => {
    const cancelled = cancel(withAttempt(opened().order), 5, NOW)?.order ?? opened().order;
    expect(askAgain(cancelled, 1, late)).toBeUndefined();
    const again = askAgain(cancelled, 8, late);
    expect(again).toMatchObject({ order: { status: "open", asked: 8 }, events: [{ type: "opened" }] });
    expect(again?.order).not.toHaveProperty("reason");
    expect((again?.order.payBy.date ?? "") > cancelled.payBy.date).toBe(true);
    // What came before it, and comes late, closes nothing.
    expect(again && cancel(again.order, 5, late)).toBeUndefined();
    expect(again && askAgain(again.order, 8, late)).toBeUndefined();
    expect(askAgain(settledOrder(), 8, NOW)).toBeUndefined();
    expect(askAgain(opened().order, 8, NOW)).toMatchObject({ order: { status: "open", asked: 8 }, events: [] });
  });
});

describe("a refund", () => {
  const asked = (amount: number, key = `r${amount}`) => ({
    amount,
    reason: "多收",
    officer: "a-1",
    key,
    fingerprint: key,
  });
  const decided = (refund: string, officer: string, approve = true) => ({
    refund,
    approve,
    officer,
    key: `d-${refund}-${officer}`,
    fingerprint: `${approve}`,
  });

  it("is never more than was paid, whatever is on its way", () => {
    const one = agreed(requestRefund(settledOrder(), asked(5000), NOW))?.order ?? settledOrder();
    expect(code(requestRefund(one, asked(3001), NOW))).toBe("refund.exceeds-payment");
    const rejected = agreed(decideRefund(one, decided(one.refunds[0]?.id ?? "", "b-1", false), NOW))?.order ?? one;
    expect(code(requestRefund(rejected, asked(8000), NOW))).toBe("ok");
  });
  it("is decided by another than who asked, once", () => {
    const one = agreed(requestRefund(settledOrder(), asked(5000), NOW))?.order ?? settledOrder();
    const id = one.refunds[0]?.id ?? "";
    expect(code(decideRefund(one, decided(id, "a-1"), NOW))).toBe("refund.own-request");
    const approved = agreed(decideRefund(one, decided(id, "b-1"), NOW))?.order ?? one;
    expect(code(decideRefund(approved, decided(id, "c-1"), NOW))).toBe("refund.decided");
    expect(dueAt(approved)).toBe(NOW);
  });
  it("of an unpaid order, or told of before anybody approved it, is refused", () => {
    expect(code(requestRefund(opened().order, asked(1), NOW))).toBe("payment.order-unpaid");
    const one = agreed(requestRefund(settledOrder(), asked(5000), NOW))?.order ?? settledOrder();
    const report = { provider: "wechat", refund: one.refunds[0]?.id ?? "", state: "completed", at: NOW } as const;
    expect(code(takeRefundReport(one, report, NOW))).toBe("refund.unknown");
  });

  const approved = (amount = 8000) => {
    const one = agreed(requestRefund(settledOrder(), asked(amount), NOW))?.order ?? settledOrder();
    return agreed(decideRefund(one, decided(one.refunds[0]?.id ?? "", "b-1"), NOW))?.order ?? one;
  };
  const report = (order = approved(), state: "processing" | "completed" | "closed" | "abnormal" = "completed") =>
    ({ provider: "wechat", refund: order.refunds[0]?.id ?? "", state, at: NOW }) as const;

  it("that is complete voids the receipt when nothing of the payment is left", () => {
    const issued = takeReceipt(
      settledOrder(),
      { code: "44010126", number: "0000000001", check: "a1b2c3", date: "2026-11-22" },
      NOW,
    )?.order;
    const one = agreed(requestRefund(issued ?? settledOrder(), asked(8000), NOW))?.order ?? settledOrder();
    const two = agreed(decideRefund(one, decided(one.refunds[0]?.id ?? "", "b-1"), NOW))?.order ?? one;
    const done = agreed(takeRefundReport(two, report(two), NOW))?.order ?? two;
    expect(done).toMatchObject({ receipt: { state: "voiding" }, refunds: [{ state: "completed" }] });
    expect(takeReceiptVoided(done, NOW)?.order).toMatchObject({ receipt: { state: "voided", number: "0000000001" } });
  });
  it("in part leaves the receipt", () => {
    const order = approved(3000);
    expect(agreed(takeRefundReport(order, report(order), NOW))?.order).toMatchObject({ receipt: { state: "due" } });
  });
  it("that is abnormal waits for a person, and may still come right", () => {
    const order = approved();
    const odd = agreed(takeRefundReport(order, report(order, "abnormal"), NOW));
    expect(odd?.order.attention).toEqual([expect.objectContaining({ what: "refund-abnormal" })]);
    expect(odd?.events.map(({ type }) => type)).toEqual(["attention-needed"]);
    const right = agreed(takeRefundReport(odd?.order ?? order, report(order), NOW));
    expect(right?.order.attention).toEqual([]);
    expect(right?.events.map(({ type }) => type)).toEqual(["refund-completed", "attention-settled"]);
    expect(right?.movements).toEqual([]);
  });
  it("that is closed frees the money for another", () => {
    const order = approved();
    const closed = agreed(takeRefundReport(order, report(order, "closed"), NOW))?.order ?? order;
    for (const again of ["closed", "abnormal", "processing"] as const)
      expect(takeRefundReport(closed, report(order, again), NOW)).toEqual({ ok: true, value: undefined });
    expect(code(requestRefund(closed, asked(8000, "again"), NOW))).toBe("ok");
  });
  it("seen to by a person counts as returned or kept, and never exceeds the payment", () => {
    const order = approved();
    const closed = agreed(takeRefundReport(order, report(order, "closed"), NOW))?.order ?? order;
    const settling = (outcome: "returned" | "kept") =>
      ({
        reference: order.refunds[0]?.id ?? "",
        outcome,
        note: "转账退回",
        officer: "a-1",
        key: outcome,
        fingerprint: outcome,
      }) as const;
    expect(agreed(settleAttention(closed, settling("kept"), NOW))?.order.refunds[0]).toMatchObject({
      state: "kept",
      by: "a-1",
    });
    expect(agreed(settleAttention(closed, settling("returned"), NOW))?.events.map(({ type }) => type)).toEqual([
      "refund-completed",
      "attention-settled",
    ]);
    const other = agreed(requestRefund(closed, asked(8000, "again"), NOW))?.order ?? closed;
    expect(code(settleAttention(other, settling("returned"), NOW))).toBe("refund.exceeds-payment");
  });
  it.each([
    ["closed", undefined, "refunded-after-all", ["refund-completed", "attention-needed"]],
    ["abnormal", "kept", "refunded-after-all", ["refund-completed", "attention-needed"]],
    ["abnormal", "returned", "refunded-twice", ["attention-needed"]],
  ] as const)("that was %s (then %s) and comes back all the same is told as %s", (ending, outcome, what, told) => {
    const order = approved();
    const id = order.refunds[0]?.id ?? "";
    let ended = agreed(takeRefundReport(order, report(order, ending), NOW))?.order ?? order;
    const settling = { reference: id, note: "n", officer: "a-1", key: "s", fingerprint: "s" };
    if (outcome) ended = agreed(settleAttention(ended, { ...settling, outcome }, NOW))?.order ?? ended;
    const change = agreed(takeRefundReport(ended, report(order), NOW));
    expect(change?.order).toMatchObject({
      refunds: [
        { state: "completed", after: { state: outcome ?? "closed", ...(outcome && { by: "a-1", note: "n" }) } },
      ],
      attention: [{ what, reference: id }],
      receipt: { state: "none" },
    });
    expect(change?.events.map(({ type }) => type)).toEqual(told);
    expect(change?.movements).toEqual([]);
    // Told again it is known; a person who has seen to it ends it.
    const after = change?.order ?? order;
    expect(takeRefundReport(after, report(order), NOW)).toEqual({ ok: true, value: undefined });
    const seen = agreed(settleAttention(after, { ...settling, key: "t", outcome: "kept" }, NOW));
    expect(seen?.order).toMatchObject({ attention: [], refunds: [{ state: "completed" }] });
  });
  it.each(["returned", "kept"] as const)("of a surplus that a person says is %s is not tried any more", (outcome) => {
    const twice = withAttempt(withAttempt(opened().order));
    const order = paid(paid(twice).order, 1).order;
    const [refund] = order.refunds;
    expect(order).toMatchObject({ attention: [{ what: "paid-twice" }], refunds: [{ state: "approved" }] });
    const reference = order.attention[0]?.reference ?? "";
    const settling = { reference, note: "转账", officer: "c-1", key: "s", fingerprint: "s" };
    const settled = agreed(settleAttention(order, { ...settling, outcome }, NOW));
    expect(settled?.order).toMatchObject({ attention: [], refunds: [{ state: outcome, by: "c-1" }] });
    expect(settled?.events.map(({ type }) => type)).toEqual([
      ...(outcome === "returned" ? ["refund-completed"] : []),
      "attention-settled",
    ]);
    // The provider gives it back all the same: a person hears of it, and it stands in the books of its day.
    const taken = { ...report(order), at: "2026-11-23T02:00:00.000Z" };
    const change = agreed(takeRefundReport(settled?.order ?? order, taken, NOW));
    expect(change?.order.attention).toMatchObject([
      { what: outcome === "returned" ? "refunded-twice" : "refunded-after-all", reference: refund?.id },
    ]);
    expect(change?.movements).toMatchObject([{ kind: "refund", number: refund?.id, date: "2026-11-23", amount: 8000 }]);
  });
  it("stands in the bill once, of the day the provider took it", () => {
    const order = approved();
    const taken = agreed(
      takeRefundReport(order, { ...report(order, "processing"), acceptedAt: "2026-11-23T02:00:00.000Z" }, NOW),
    );
    expect(taken?.movements).toEqual([expect.objectContaining({ kind: "refund", date: "2026-11-23", amount: 8000 })]);
    expect(agreed(takeRefundReport(taken?.order ?? order, report(order), NOW))?.movements).toEqual([]);
  });
});

describe("what is due", () => {
  it("is the order's last day, the next look at an attempt, and nothing once all is done", () => {
    expect(dueAt(opened().order)).toBe("2026-12-04T16:00:00.000Z");
    expect(dueAt(withAttempt(opened().order))).toBe("2026-11-22T02:02:00.000Z");
    const order = takeReceipt(
      settledOrder(),
      { code: "44010126", number: "0000000001", check: "a1b2c3", date: "2026-11-22" },
      NOW,
    )?.order;
    expect(order?.attempts.some(isLive)).toBe(false);
    expect(order && dueAt(order)).toBeUndefined();
  });
});
