import type { Difference, SideSum } from "./day.ts";
import type { Movement } from "./order.ts";
import type { BillLine } from "./ports.ts";

const keyOf = ({ kind, number }: { readonly kind: string; readonly number: string }): string => `${kind}:${number}`;

export const noSum: SideSum = { payments: 0, refunds: 0, count: 0 };

export const added = (a: SideSum, b: SideSum): SideSum => ({
  payments: a.payments + b.payments,
  refunds: a.refunds + b.refunds,
  count: a.count + b.count,
});

export const taken = (a: SideSum, b: SideSum): SideSum => ({
  payments: a.payments - b.payments,
  refunds: a.refunds - b.refunds,
  count: a.count - b.count,
});

const counting = (sum: { payments: number; refunds: number; count: number }, kind: string, amount: number): void => {
  if (kind === "payment") sum.payments += amount;
  else sum.refunds += amount;
  sum.count += 1;
};

/**
 * What one part of a day comes to. `strangers`: lines of the bill that our books of that day do not have; `refunds`: refunds that both
 * have, which are a difference unless their orders have them at the end that the bill shows; on its way there, any end is alike.
 */
export interface PartMatch {
  readonly here: SideSum;
  readonly there: SideSum;
  readonly differences: readonly Difference[];
  readonly strangers: readonly BillLine[];
  readonly refunds: readonly BillLine[];
}

/**
 * Compares one part of a day: all of our movements whose numbers fall into it with all lines of the bill whose numbers do. Holds
 * our side in memory, and of the bill only what differs.
 */
export const matchPart = async (
  ours: AsyncIterable<readonly Movement[]>,
  bill: AsyncIterable<BillLine>,
): Promise<PartMatch> => {
  const here = { ...noSum };
  const there = { ...noSum };
  const open = new Map<string, { amount: number; trade: string; seen: boolean }>();
  for await (const page of ours)
    for (const movement of page) {
      const key = keyOf(movement);
      if (open.has(key)) continue;
      open.set(key, { amount: movement.amount, trade: movement.trade, seen: false });
      counting(here, movement.kind, movement.amount);
    }

  const differences: Difference[] = [];
  const strangers = new Map<string, BillLine>();
  const refunds: BillLine[] = [];
  for await (const line of bill) {
    counting(there, line.kind, line.amount);
    const key = keyOf(line);
    const known = open.get(key);
    if (known?.seen || strangers.has(key)) differences.push(differenceOf("duplicate", line, known?.amount));
    else if (!known) strangers.set(key, line);
    else {
      known.seen = true;
      if (known.amount !== line.amount) differences.push(differenceOf("amount", line, known.amount));
      else if (line.kind === "refund" && line.outcome !== "pending") refunds.push(line);
    }
  }
  for (const [key, { amount, trade, seen }] of open) {
    if (seen) continue;
    const [movement = "", number = ""] = key.split(":");
    differences.push({
      id: `missing-there:${key}`,
      kind: "missing-there",
      movement: movement === "refund" ? "refund" : "payment",
      number,
      trade,
      here: amount,
    });
  }
  return { here, there, differences, strangers: [...strangers.values()], refunds };
};

export const differenceOf = (
  kind: Difference["kind"],
  line: BillLine,
  here: number | undefined,
  note?: string,
): Difference => ({
  id: `${kind}:${keyOf(line)}`,
  kind,
  movement: line.kind,
  number: line.number,
  trade: line.trade,
  ...(here !== undefined && { here }),
  there: line.amount,
  ...(note !== undefined && { note }),
});
