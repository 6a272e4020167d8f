import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import type { Fen } from "#shared/kernel/fen.ts";
import { consumeQueue } from "#shared/runtime/consume.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { BillDamaged } from "../adapters/bill-download.ts";
import { type BillParts, divideBill } from "../adapters/bill-parts.ts";
import { providerNames } from "../domain/attempt.ts";
import {
  type BillDay,
  beginComparison,
  type Comparison,
  type DayChange,
  DIFFERENCES_AT_MOST,
  type Difference,
  endComparison,
  failComparison,
  lastDayOver,
  reportProgress,
  type SideSum,
} from "../domain/day.ts";
import { added, differenceOf, matchPart, noSum, taken } from "../domain/match.ts";
import { orderOfNumber } from "../domain/numbers.ts";
import { billDateOf, type Order, paymentsOf } from "../domain/order.ts";
import { type BillLine, type Bills, DAY_PARTS, type Days, type Orders, ProviderUnavailable } from "../domain/ports.ts";
import { hasFailed, type RefundState } from "../domain/refund.ts";

const ComparisonDue = z.object({ provider: z.enum(providerNames), date: z.iso.date() });

interface Deps {
  readonly days: Days;
  readonly orders: Pick<Orders, "find">;
  readonly bills: Bills;
  /** Asks the providers for all that is open of an order, at once. */
  readonly lookAfter: (order: string) => Promise<void>;
  readonly now: Clock;
}

/** Whatever goes wrong while a bill is read is the bill's fault, or the way it came by; a fault of ours throws elsewhere. */
async function* asBill(bill: AsyncIterable<BillLine>): AsyncGenerator<BillLine> {
  try {
    yield* bill;
  } catch (error) {
    if (error instanceof BillDamaged || error instanceof ProviderUnavailable) throw error;
    const isBrokenOff =
      error instanceof Error && /^(AbortError|TimeoutError)|terminated/.test(`${error.name} ${error.message}`);
    if (isBrokenOff) throw new ProviderUnavailable("the bill broke off", { cause: error });
    throw new BillDamaged("the bill cannot be read", { cause: error });
  }
}

/** Lines that our books lack are looked at one by one only as long as it may be callbacks that never came. */
const LOOKED_AT_AT_MOST = DIFFERENCES_AT_MOST;

type Failure = "bill-not-ready" | "provider-unavailable" | "bill-damaged";

type Standing = "here" | "other-day" | "amount" | "absent";

/** Whether an order knows what a line of the bill tells, whatever the day it has put it to. */
const standingOf = (order: Order, line: BillLine, date: string): Standing => {
  if (line.kind === "payment") {
    const payment = paymentsOf(order).find(({ number }) => number === line.number);
    if (!payment) return "absent";
    if (payment.amount !== line.amount) return "amount";
    return billDateOf(payment) === date ? "here" : "other-day";
  }
  const refund = order.refunds.find(({ id }) => id === line.number);
  if (!refund || ["requested", "approved", "rejected"].includes(refund.state)) return "absent";
  // Which day a refund stands in, the provider decides at the moment it takes it; ours may be a moment off.
  return refund.amount === line.amount ? "other-day" : "amount";
};

/** What our books have of the line's payment or refund. */
const amountHere = (order: Order | undefined, { kind, number }: BillLine): Fen | undefined =>
  order &&
  (kind === "payment"
    ? paymentsOf(order).find((payment) => payment.number === number)
    : order.refunds.find(({ id }) => id === number)
  )?.amount;

/** One movement as a sum. */
const sumOf = (kind: BillLine["kind"], amount: Fen): SideSum =>
  kind === "payment" ? { payments: amount, refunds: 0, count: 1 } : { payments: 0, refunds: amount, count: 1 };

const failed = (state: RefundState | undefined): boolean => state !== undefined && hasFailed(state);
const stands = (state: RefundState | undefined): boolean => state !== undefined && !hasFailed(state);
/** How a refund may stand here when the bill has it so. */
const alike = { done: stands, pending: () => true, failed } as const;

/**
 * Compares a day with the provider's bill and keeps what differs. Broken off anywhere it is begun anew and comes to the same; of two
 * at work on one day, the one that is slower to write gives up.
 */
export const onComparisonDue = ({ days, orders, bills, lookAfter, now }: Deps) => {
  /** A payment of which no callback came is found here at the latest: the order is asked after, and settles. */
  const lookAt = async (line: BillLine, date: string): Promise<{ difference?: Difference; here: SideSum }> => {
    const id = orderOfNumber(line.number);
    const order = id === undefined ? undefined : await orders.find(id);
    if (!order) return { difference: differenceOf("missing-here", line, undefined, "order-unknown"), here: noSum };
    let standing = standingOf(order, line, date);
    let known: Order | undefined = order;
    if (standing === "absent") {
      await lookAfter(order.id);
      known = await orders.find(order.id);
      standing = known ? standingOf(known, line, date) : "absent";
    }
    if (standing === "here" || standing === "other-day") return { here: sumOf(line.kind, line.amount) };
    if (standing === "amount")
      return { difference: differenceOf("amount", line, amountHere(known, line)), here: noSum };
    return { difference: differenceOf("missing-here", line, undefined, `order-${known?.status}`), here: noSum };
  };

  /** How a refund stands here. When that is not what is expected the provider is asked first, as long as it may be. */
  const refundStateOf = async (
    number: string,
    isExpected: (state: RefundState | undefined) => boolean,
    mayAsk: () => boolean,
  ): Promise<RefundState | undefined> => {
    const id = orderOfNumber(number);
    if (id === undefined) return undefined;
    const read = async () => (await orders.find(id))?.refunds.find((refund) => refund.id === number)?.state;
    const state = await read();
    if (isExpected(state) || !mayAsk()) return state;
    await lookAfter(id);
    return read();
  };

  const compare = async (
    start: BillDay,
    parts: BillParts,
    tell: (done: number) => Promise<void>,
  ): Promise<Comparison> => {
    const differences: Difference[] = [];
    let [here, there] = [noSum, noSum];
    let lookedAt = 0;
    const mayLook = (): boolean => ++lookedAt <= LOOKED_AT_AT_MOST;
    let overflown = false;
    for (let part = 0; part < DAY_PARTS; part++) {
      const match = await matchPart(days.movements(start.provider, start.date, part), parts.read(part));
      here = added(here, match.here);
      there = added(there, match.there);
      const found: Difference[] = [];
      const refunds = [...match.refunds];
      for (const difference of match.differences) {
        const isLost = difference.kind === "missing-there" && difference.movement === "refund";
        const state = isLost ? await refundStateOf(difference.number, failed, mayLook) : undefined;
        // What failed need not stand in a bill: no money moved.
        if (failed(state)) here = taken(here, sumOf("refund", difference.here ?? 0));
        else found.push(difference);
      }
      for (const line of match.strangers) {
        if (!mayLook()) found.push(differenceOf("missing-here", line, undefined));
        else {
          const looked = await lookAt(line, start.date);
          here = added(here, looked.here);
          if (looked.difference) found.push(looked.difference);
          else if (line.kind === "refund") refunds.push(line);
        }
      }
      for (const line of refunds) {
        const isAlike = alike[line.outcome];
        const state = await refundStateOf(line.number, isAlike, mayLook);
        if (!isAlike(state)) found.push(differenceOf("status", line, line.amount, `refund-${state}`));
      }
      for (const difference of found) {
        if (differences.length < DIFFERENCES_AT_MOST) differences.push(difference);
        else overflown = true;
      }
      await tell(part + 1);
    }
    return { here, there, differences: differences.sort((a, b) => (a.id < b.id ? -1 : 1)), overflown };
  };

  const run = async (start: BillDay): Promise<void> => {
    let day = start;
    const save = async (change: DayChange | undefined): Promise<void> => {
      if (!change) return;
      await days.save(change);
      day = change.day;
    };
    const fail = async (failure: Failure, error: unknown): Promise<void> => {
      const { provider, date } = day;
      // Some take the whole day over a bill; yesterday's alarms.
      if (failure === "bill-not-ready" && date >= lastDayOver(now())) logger.warn("bill.not-ready", { provider, date });
      else logger.error("bill.comparison-failed", error, { provider, date, failure });
      await save(failComparison(day, failure, now()));
    };
    let parts: BillParts | undefined;
    try {
      const bill = await bills.fetch(day.provider, day.date);
      if (bill === "not-ready") return await fail("bill-not-ready", new Error("there is no bill yet"));
      const progress = (lines: number, partsDone: number) =>
        save(reportProgress(day, { lines, parts: DAY_PARTS, partsDone }, now()));
      parts = await divideBill(asBill(bill), (lines) => progress(lines, 0));
      const { lines } = parts;
      await progress(lines, 0);
      const comparison = await compare(day, parts, async (done) => {
        if (done % 8 === 0) await progress(lines, done);
      });
      await save(endComparison(day, comparison, now()));
      logger.info("bill.compared", {
        provider: day.provider,
        date: day.date,
        lines,
        differences: comparison.differences.length,
      });
    } catch (error) {
      if (error instanceof StaleVersionError) throw error;
      const failure: Failure | undefined =
        error instanceof ProviderUnavailable
          ? "provider-unavailable"
          : error instanceof BillDamaged
            ? "bill-damaged"
            : undefined;
      if (!failure) throw error;
      await fail(failure, error);
    } finally {
      await parts?.remove();
    }
  };

  return consumeQueue(ComparisonDue, ({ provider, date }) =>
    correlated(`bill-${provider}-${date}`, async () => {
      try {
        const known = await days.find(provider, date);
        if (known?.status === "running") return await run(known);
        const begun = beginComparison(known, { provider, date }, now());
        if (!begun.ok || !begun.value) return;
        await days.save(begun.value);
        await run(begun.value.day);
      } catch (error) {
        if (!(error instanceof StaleVersionError)) throw error;
        logger.warn("bill.compared-elsewhere", { provider, date });
      }
    }),
  );
};
