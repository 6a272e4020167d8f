import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
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
import { judgeLost, judgeRefund, judgeStranger, type Verdict } from "../domain/judge-line.ts";
import { added, differenceOf, matchPart, noSum, type PartMatch } from "../domain/match.ts";
import { orderOfNumber } from "../domain/numbers.ts";
import type { Order } from "../domain/order.ts";
import { type BillLine, type Bills, DAY_PARTS, type Days, type Orders, ProviderUnavailable } from "../domain/ports.ts";

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

/** Orders are read in batches of so many: a day may have a hundred thousand refunds. */
const READ_AT_ONCE = 50;

const inBatches = async <T, R>(list: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> => {
  const done: R[] = [];
  for (let from = 0; from < list.length; from += READ_AT_ONCE)
    done.push(...(await Promise.all(list.slice(from, from + READ_AT_ONCE).map(work))));
  return done;
};

/** What has to be looked up in its order before it is a difference. */
interface Doubt {
  readonly number: string;
  readonly judge: (order: Order | undefined) => Verdict;
}

interface PartFound {
  readonly here: SideSum;
  readonly found: readonly Difference[];
  readonly looked: number;
}

/**
 * Compares a day with the provider's bill and keeps what differs. Broken off anywhere it is begun anew and comes to the same; of two
 * at work on one day, the one that is slower to write gives up.
 */
export const onComparisonDue = ({ days, orders, bills, lookAfter, now }: Deps) => {
  /** What a doubt comes to by its order as it stands; `ask`: the order that may stand otherwise once the providers were asked. */
  const judged = async ({ number, judge }: Doubt): Promise<Verdict & { readonly ask?: string }> => {
    const id = orderOfNumber(number);
    const order = id === undefined ? undefined : await orders.find(id);
    const verdict = judge(order);
    const mayChange = order && verdict.difference && verdict.difference.kind !== "amount";
    return { ...verdict, ...(mayChange && { ask: order.id }) };
  };

  const askProviders = async (order: string): Promise<void> => {
    try {
      await lookAfter(order);
    } catch (error) {
      // Others are at work on the order: it is judged by what they leave.
      if (!(error instanceof StaleVersionError)) throw error;
    }
  };

  /**
   * What one part of a day comes to. A payment of which no callback came is found here at the latest: its order is asked after, and
   * settles. At most `looks` orders are asked after.
   */
  const comparePart = async (match: PartMatch, looks: number): Promise<PartFound> => {
    const isLost = ({ kind, movement }: Difference) => kind === "missing-there" && movement === "refund";
    const doubts: Doubt[] = [
      ...match.differences
        .filter(isLost)
        .map((lost) => ({ number: lost.number, judge: (order?: Order) => judgeLost(order, lost) })),
      ...match.strangers
        .slice(0, looks)
        .map((line) => ({ number: line.number, judge: (order?: Order) => judgeStranger(order, line) })),
      ...match.refunds.map((line) => ({ number: line.number, judge: (order?: Order) => judgeRefund(order, line) })),
    ];
    const first = await inBatches(doubts, async (doubt) => ({ doubt, ...(await judged(doubt)) }));
    const verdicts: Verdict[] = [];
    let looked = 0;
    for (const { doubt, ask, ...verdict } of first) {
      if (ask === undefined || looked === looks) verdicts.push(verdict);
      else {
        looked += 1;
        await askProviders(ask);
        verdicts.push(await judged(doubt));
      }
    }
    return {
      here: verdicts.reduce((sum, { here }) => added(sum, here), match.here),
      found: [
        ...match.differences.filter((difference) => !isLost(difference)),
        ...verdicts.flatMap(({ difference }) => difference ?? []),
        ...match.strangers.slice(looks).map((line) => differenceOf("missing-here", line, undefined)),
      ],
      looked,
    };
  };

  const compare = async (
    { provider, date }: BillDay,
    parts: BillParts,
    tell: (done: number) => Promise<void>,
  ): Promise<Comparison> => {
    const differences: Difference[] = [];
    let [here, there] = [noSum, noSum];
    let looks = LOOKED_AT_AT_MOST;
    let overflown = false;
    for (let part = 0; part < DAY_PARTS; part++) {
      const match = await matchPart(days.movements(provider, date, part), parts.read(part));
      const { found, looked, ...sums } = await comparePart(match, looks);
      here = added(here, sums.here);
      there = added(there, match.there);
      looks -= looked;
      const room = DIFFERENCES_AT_MOST - differences.length;
      differences.push(...found.slice(0, room));
      overflown ||= found.length > room;
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
