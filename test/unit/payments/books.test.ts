import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  askAgain,
  type Change,
  cancel,
  closeAttempt,
  expire,
  type Movement,
  type Order,
  renew,
  settle,
} from "#functions/payments/domain/order.ts";
import {
  decideRefund,
  postponeRefund,
  requestRefund,
  settleAttention,
  takeRefundReport,
} from "#functions/payments/domain/refunding.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { NOW, opened, withAttempt } from "#test/support/payments.ts";

const late = "2027-03-01T00:00:00.000Z";

/** What may happen to an order, in any order and any number of times; `pick` chooses an attempt or a refund. */
const step = fc.record({
  what: fc.constantFrom(
    "checkout",
    "paid",
    "paid",
    "paid-by-other-amount",
    "request",
    "request",
    "approve",
    "approve",
    "reject",
    "send",
    "completed",
    "completed",
    "closed",
    "abnormal",
    "settle-returned",
    "settle-kept",
    "stuck",
    "cancel",
    "ask-again",
    "expire",
    "renew",
    "close-attempt",
    "killed",
  ),
  pick: fc.nat(5),
  amount: fc.integer({ min: 1, max: 9000 }),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What random steps seldom come to: a refund that ended badly, or was ended by a person, and is given back all the same. */
const overtakings: readonly (readonly Step["what"][])[] = [
  [],
  ["closed"],
  ["abnormal", "settle-kept"],
  ["stuck", "settle-kept"],
  ["abnormal", "settle-returned"],
  ["stuck", "settle-returned"],
];
const beginning = fc
  .constantFrom(...overtakings)
  .map((ending) =>
    ending.length === 0
      ? []
      : (["checkout", "paid", "request", "approve", ...ending, "completed"] as const).map(
          (what): Step => ({ what, pick: 0, amount: 1 }),
        ),
  );

/** The provider's own ledger: it takes an attempt's money once, gives back once for a refund number, and never more than it took. */
class Provider {
  readonly paid = new Map<string, number>();
  readonly back = new Map<string, { readonly of: string; readonly amount: number }>();
  /** What persons returned by another way. */
  readonly otherwise = new Map<string, number>();
  giveBack({ id, of, amount }: { id: string; of: string; amount: number }): boolean {
    if (this.back.has(id)) return true;
    const gone = [...this.back.values()].filter((each) => each.of === of).reduce((sum, each) => sum + each.amount, 0);
    if (gone + amount > (this.paid.get(of) ?? 0)) return false;
    this.back.set(id, { of, amount });
    return true;
  }
  net(): number {
    const sum = (amounts: Iterable<number>) => [...amounts].reduce((a, b) => a + b, 0);
    return (
      sum(this.paid.values()) - sum([...this.back.values()].map(({ amount }) => amount)) - sum(this.otherwise.values())
    );
  }
}

const value = (decision: Decision<Change | undefined, string>): Change | undefined =>
  decision.ok ? decision.value : undefined;

describe("whatever comes, in whatever order and however often", () => {
  it("our books are the provider's: settled less refunded is its ledger, and nothing is settled or given back twice", () => {
    const reached = { kept: 0, returned: 0, closed: 0 };
    fc.assert(
      fc.property(beginning, fc.array(step, { maxLength: 80, size: "max" }), (first, then) => {
        let { order } = opened();
        const provider = new Provider();
        const movements: Movement[] = [];
        let settledEvents = 0;
        let completed = 0;
        let surprises = 0;
        const keep = (change: Change | undefined, write = true): void => {
          if (!change || !write) return;
          expect(change.order.version).toBe(order.version + 1);
          order = change.order;
          movements.push(...change.movements);
          settledEvents += change.events.filter(({ type }) => type === "settled").length;
          surprises += change.events.filter(
            (event) => event.type === "attention-needed" && event.what.startsWith("refunded-"),
          ).length;
          completed += change.events.filter(({ type }) => type === "refund-completed").length;
        };
        let n = 0;
        for (const { what, pick, amount } of [...first, ...then]) {
          n += 1;
          const attempt = order.attempts[pick % Math.max(1, order.attempts.length)];
          const refund = order.refunds[pick % Math.max(1, order.refunds.length)];
          const command = { key: `k${n}`, fingerprint: `k${n}` };
          switch (what) {
            case "checkout": {
              const next =
                order.status === "open"
                  ? withAttempt(order, {
                      key: command.key,
                      provider: (["wechat", "alipay"] as const)[pick % 2] ?? "wechat",
                    })
                  : order;
              order = next;
              break;
            }
            case "paid":
            case "killed": {
              if (!attempt) break;
              // The provider takes the money; we hear of it, or die before we have written it and hear of it again.
              provider.paid.set(attempt.number, order.total);
              const report = {
                provider: attempt.provider,
                number: attempt.number,
                trade: "T",
                amount: order.total,
                at: NOW,
              };
              keep(value(settle(order, report, NOW)), what === "paid");
              break;
            }
            case "paid-by-other-amount":
              if (attempt && amount !== order.total)
                expect(
                  settle(
                    order,
                    { provider: attempt.provider, number: attempt.number, trade: "T", amount, at: NOW },
                    NOW,
                  ),
                ).not.toMatchObject({ ok: true, value: { events: expect.anything() } });
              break;
            case "request":
              keep(value(requestRefund(order, { amount, reason: "x", officer: "a", ...command }, NOW)));
              break;
            case "approve":
            case "reject":
              if (refund)
                keep(
                  value(
                    decideRefund(
                      order,
                      { refund: refund.id, approve: what === "approve", officer: "b", ...command },
                      NOW,
                    ),
                  ),
                );
              break;
            case "send":
            case "completed":
            case "closed":
            case "abnormal": {
              if (!refund) break;
              const of = [...(order.status === "settled" ? [order.settlement] : []), ...order.surplus].find(
                ({ number }) => number === refund.of,
              );
              if (!of) break;
              const state = what === "send" ? "processing" : what;
              // It may give back also what it had closed, or what a person has settled meanwhile.
              const isAsked = refund.state !== "requested" && refund.state !== "rejected";
              if (what === "completed" && (!isAsked || !provider.giveBack(refund))) break;
              // The provider does not say closed or abnormal of what it has given back.
              if (provider.back.has(refund.id) && what !== "completed") break;
              keep(value(takeRefundReport(order, { provider: of.provider, refund: refund.id, state, at: NOW }, NOW)));
              break;
            }
            case "stuck":
              // Looked at for weeks.
              for (let look = 0; refund && look < 40; look++) keep(postponeRefund(order, refund.id, NOW));
              break;
            case "settle-returned":
            case "settle-kept": {
              const waiting = order.attention[pick % Math.max(1, order.attention.length)];
              if (!waiting) break;
              const before = order;
              const outcome = what === "settle-returned" ? "returned" : "kept";
              const change = value(
                settleAttention(
                  order,
                  { reference: waiting.reference, outcome, note: "n", officer: "c", ...command },
                  NOW,
                ),
              );
              keep(change);
              // Returned by another way than the provider's order; its ledger loses it all the same.
              for (const { id, state, amount } of change?.order.refunds ?? [])
                if (state === "returned" && before.refunds.find((each) => each.id === id)?.state !== "returned")
                  provider.otherwise.set(id, amount);
              break;
            }
            case "cancel":
              keep(cancel(order, order.asked + 1, NOW));
              break;
            case "ask-again":
              keep(askAgain(order, order.asked + 2, NOW));
              break;
            case "expire":
              keep(expire(order, late));
              break;
            case "renew":
              keep(value(renew(order, command, NOW)));
              break;
            case "close-attempt":
              if (attempt) keep(closeAttempt(order, attempt.number, NOW));
              break;
          }
        }
        // What we died before writing is told again at last, as a provider does and a query would.
        for (const number of provider.paid.keys()) {
          const attempt = order.attempts.find((each) => each.number === number);
          if (attempt)
            keep(
              value(
                settle(order, { provider: attempt.provider, number, trade: "T", amount: order.total, at: NOW }, NOW),
              ),
            );
        }
        const payments = [...(order.status === "settled" ? [order.settlement] : []), ...order.surplus];
        const back = order.refunds.filter(({ state }) => state === "completed" || state === "returned");
        const overtaken = order.refunds.flatMap((refund) =>
          refund.state === "completed" && refund.after ? [{ ...refund, before: refund.after.state }] : [],
        );
        for (const { before } of overtaken) reached[before] += 1;
        const twice = overtaken.filter(({ before }) => before === "returned");
        const sum = (list: readonly { amount: number }[]) => list.reduce((total, { amount }) => total + amount, 0);

        expect(sum(payments) - sum(back) - sum(twice)).toBe(provider.net());
        // Nothing is given back against the books without a person hearing of it.
        expect(surprises).toBe(overtaken.length);
        expect(new Set(payments.map(({ number }) => number)).size).toBe(payments.length);
        expect(settledEvents).toBe(order.status === "settled" ? 1 : 0);
        expect(completed).toBe(back.length);
        for (const payment of payments)
          if (!overtaken.some(({ of }) => of === payment.number))
            expect(refundedSum(order, payment.number)).toBeLessThanOrEqual(payment.amount);
        expect(
          movements
            .filter(({ kind }) => kind === "payment")
            .map(({ number }) => number)
            .sort(),
        ).toEqual(payments.map(({ number }) => number).sort());
        const refundMovements = movements.filter(({ kind }) => kind === "refund").map(({ number }) => number);
        expect(new Set(refundMovements).size).toBe(refundMovements.length);
        // All that the provider gave back stands in the books once, whatever persons made of it meanwhile.
        for (const id of provider.back.keys()) expect(refundMovements).toContain(id);
        // Every surplus goes back by itself, or waits for a person, or a person has seen to it.
        for (const { number } of order.surplus) expect(order.refunds.filter(({ of }) => of === number).length).toBe(1);
      }),
      { numRuns: 400 },
    );
    // Or the property would say nothing of them.
    for (const times of Object.values(reached)) expect(times).toBeGreaterThan(0);
  });
});

const refundedSum = (order: Order, payment: string): number =>
  order.refunds
    .filter(({ of, state }) => of === payment && !["rejected", "closed", "kept"].includes(state))
    .reduce((sum, { amount }) => sum + amount, 0);
