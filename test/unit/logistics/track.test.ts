import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterReport,
  type CarrierReport,
  currentEvent,
  EVENTS_AT_MOST,
  emptyTrack,
  type ParcelState,
  parcelState,
  type Track,
  type TrackEvent,
} from "#functions/logistics/domain/track.ts";

const minute = (n: number): string => new Date(Date.parse("2026-11-23T02:00:00Z") + n * 60_000).toISOString();
const event = (n: number, state: ParcelState, more: Partial<TrackEvent> = {}): TrackEvent => ({
  key: `${minute(n)}#${state}`,
  at: minute(n),
  state,
  text: `第${n}步`,
  code: state,
  source: "ems",
  ...more,
});
const told = (events: readonly TrackEvent[], voided: readonly string[] = []): CarrierReport => ({
  kind: "increment",
  events,
  voided,
});
const listed = (events: readonly TrackEvent[], correction = false): CarrierReport => ({
  kind: "full",
  events: events.map((each) => ({ ...each, source: "kuaidi100" })),
  correction,
});
const isCorrection = (report: CarrierReport): boolean => report.kind === "full" && report.correction;
const anyOf = (reports: readonly CarrierReport[]): readonly TrackEvent[] => [
  ...new Map(reports.flatMap(({ events }) => events).map((each) => [each.key, each])).values(),
];
const trackOf = (...reports: readonly CarrierReport[]): Track => reports.reduce(afterReport, emptyTrack);

const states: readonly ParcelState[] = [
  "collected",
  "in-transit",
  "out-for-delivery",
  "problem",
  "refused",
  "returning",
  "returned",
  "delivered",
];
const anyEvent = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(...states))
  .map(([n, state]) => event(n, state));

/** The reports in another order, each perhaps told more than once. */
const retold = (reports: readonly CarrierReport[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...reports], { minLength: reports.length }),
      fc.array(fc.nat(Math.max(reports.length - 1, 0)), { maxLength: 8 }),
    )
    .chain(([shuffled, again]) => {
      const extra = again.flatMap((index) => reports[index] ?? []);
      const all = [...shuffled, ...extra];
      return fc.shuffledSubarray(all, { minLength: all.length });
    });

describe("a track", () => {
  it("is by event time, not by arrival", () => {
    const track = trackOf(told([event(3, "out-for-delivery")]), told([event(1, "collected"), event(2, "in-transit")]));
    expect(track.events.map(({ state }) => state)).toEqual(["collected", "in-transit", "out-for-delivery"]);
    expect(parcelState(track)).toBe("out-for-delivery");
  });

  it("has no state before anything was told", () => {
    expect(parcelState(emptyTrack)).toBeUndefined();
    expect(parcelState(trackOf(listed([])))).toBeUndefined();
  });

  it.each(["delivered", "returned"] as const)("stays %s whatever is told of later", (end) => {
    const track = trackOf(told([event(2, end)]), told([event(5, "in-transit"), event(6, "out-for-delivery")]));
    expect(parcelState(track)).toBe(end);
    expect(track.events).toHaveLength(3);
  });

  it("is not delivered any more when EMS takes the delivery back, however late it tells it again", () => {
    const delivery = event(3, "delivered");
    const track = trackOf(told([event(1, "collected"), delivery]), told([], [delivery.key]), told([delivery]));
    expect(parcelState(track)).toBe("collected");
  });

  it("takes a withdrawal that comes before what it takes back", () => {
    const delivery = event(3, "delivered");
    expect(parcelState(trackOf(told([], [delivery.key]), told([delivery, event(1, "collected")])))).toBe("collected");
  });

  it("is not delivered any more when the tracker corrects its list, and a late resend does not bring it back", () => {
    const [one, two] = [event(1, "collected"), event(2, "in-transit")];
    const wrong = listed([one, two, event(3, "delivered")]);
    const corrected = trackOf(wrong, listed([one, two], true));
    expect(parcelState(corrected)).toBe("in-transit");
    expect(afterReport(corrected, wrong)).toBe(corrected);
    expect(parcelState(trackOf(wrong, listed([one, two], true), listed([one, two, event(4, "delivered")])))).toBe(
      "delivered",
    );
  });

  it("is delivered after all when a longer list names the delivery that a late updateall took back", () => {
    const [one, two, delivery] = [event(1, "collected"), event(2, "out-for-delivery"), event(3, "delivered")];
    const whole = listed([one, two, delivery]);
    const late = listed([one, two], true);
    const taken = trackOf(whole, late);
    expect(parcelState(taken)).toBe("out-for-delivery");
    // Told again it could be the wrong list that was corrected, as well: only what reaches further is newer for certain.
    expect(afterReport(taken, whole)).toBe(taken);
    const longer = trackOf(whole, late, whole, listed([one, two, delivery, event(4, "in-transit")]));
    expect(longer.events.map(({ state }) => state)).toEqual([
      "collected",
      "out-for-delivery",
      "delivered",
      "in-transit",
    ]);
    expect(parcelState(longer)).toBe("delivered");
    expect(longer.voided).toEqual([]);
  });

  it("does not take a resend of the wrong list for a newer one because it reaches further than what was taken back", () => {
    const [one, wrong, two] = [event(1, "collected"), event(2, "delivered"), event(3, "in-transit")];
    const before = listed([one, wrong, two]);
    const corrected = trackOf(before, listed([one, two], true));
    expect(parcelState(corrected)).toBe("in-transit");
    expect(afterReport(corrected, before)).toBe(corrected);
  });

  it("keeps what a clerk recorded when the tracker replaces its list", () => {
    const byClerk = event(9, "delivered", { source: "clerk" });
    const track = trackOf(
      listed([event(1, "collected")]),
      told([byClerk]),
      listed([event(1, "collected"), event(2, "in-transit")]),
    );
    expect(currentEvent(track)?.source).toBe("clerk");
    expect(track.events).toHaveLength(3);
  });

  it("is the same object when nothing new is told", () => {
    const report = told([event(1, "collected"), event(2, "in-transit")]);
    const track = trackOf(report);
    expect(afterReport(track, report)).toBe(track);
    const list = trackOf(listed([event(1, "collected")]));
    expect(afterReport(list, listed([event(1, "collected")]))).toBe(list);
  });

  it("is the same object, too, when it was kept and read back with its attributes in another order", () => {
    const turned = <T extends object>(object: T): T => Object.fromEntries(Object.entries(object).reverse()) as T;
    const report = told([event(1, "collected", { place: "佛山" }), event(2, "in-transit")]);
    const track = trackOf(report);
    const readBack = turned({ ...track, events: track.events.map(turned) });
    expect(afterReport(readBack, report)).toBe(readBack);
    const list = listed([event(1, "collected"), event(2, "in-transit")]);
    const kept = trackOf(list);
    const keptReadBack = turned({ ...kept, events: kept.events.map(turned) });
    expect(afterReport(keptReadBack, list)).toBe(keptReadBack);
  });

  it("is bounded, says so, and keeps its end", () => {
    const flood = Array.from({ length: EVENTS_AT_MOST + 50 }, (_, n) => event(n, n === 3 ? "delivered" : "in-transit"));
    for (const track of [trackOf(...flood.map((each) => told([each]))), trackOf(listed(flood))]) {
      expect(track.events).toHaveLength(EVENTS_AT_MOST);
      expect(track.truncated).toBe(true);
      expect(parcelState(track)).toBe("delivered");
    }
  });

  it("is the same whatever the order and however often increments and withdrawals are told", () => {
    const history = fc.array(
      fc.tuple(fc.array(anyEvent, { maxLength: 4 }), fc.array(anyEvent, { maxLength: 1 })).map(([events, back]) =>
        told(
          events,
          back.map(({ key }) => key),
        ),
      ),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(
        history.chain((reports) => retold(reports).map((again) => [reports, again] as const)),
        ([reports, again]) => {
          expect(trackOf(...again)).toEqual(trackOf(...reports));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("is the same whatever the order and however often full lists are told, also when some never come", () => {
    const history = fc.array(anyEvent, { minLength: 1, maxLength: 10 }).map((events) => {
      const distinct = [...new Map(events.map((each) => [each.key, each])).values()].sort((a, b) =>
        a.at < b.at ? -1 : 1,
      );
      return distinct.map((_, n) => listed(distinct.slice(0, n + 1)));
    });
    fc.assert(
      fc.property(
        history.chain((lists) =>
          fc.tuple(retold(lists), fc.subarray(lists.slice(0, -1))).map(([again, some]) => ({ lists, again, some })),
        ),
        ({ lists, again, some }) => {
          const whole = trackOf(...lists);
          expect(trackOf(...again)).toEqual(whole);
          expect(trackOf(...some, ...lists.slice(-1))).toEqual(whole);
        },
      ),
      { numRuns: 400 },
    );
  });

  /** Lists as a tracker tells them: each grows, or is an `updateall` that takes some back and may go on, too. */
  const correctedHistory = fc
    .tuple(
      fc.uniqueArray(anyEvent, { minLength: 2, maxLength: 10, selector: ({ key }) => key }),
      fc.array(
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.option(fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }))),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
    )
    .map(([events, steps]) => {
      const waiting = [...events].sort((a, b) => (a.at < b.at ? -1 : 1));
      let list: TrackEvent[] = [];
      return steps.map(([more, back]) => {
        if (back) list = list.filter((_, n) => !back.includes(n));
        list = [...list, ...waiting.splice(0, back ? more - 1 : more)];
        return listed(list, back !== null);
      });
    });
  const beyond = event(60, "in-transit");

  it("is what the newest list says, whatever came before it, came twice or never, corrections included", () => {
    const histories = correctedHistory.chain((lists) =>
      fc
        .tuple(retold(lists), fc.subarray(lists), fc.subarray([...anyOf(lists), beyond], { minLength: 1 }))
        .map(([again, some, last]) => ({ again, some, last: [...new Set([...last, beyond])] })),
    );
    fc.assert(
      fc.property(histories, ({ again, some, last }) => {
        const newest = listed(last);
        const { events } = trackOf(newest);
        expect(trackOf(...again, newest).events).toEqual(events);
        expect(trackOf(...some, newest).events).toEqual(events);
      }),
      { numRuns: 400 },
    );
  });

  it("is the same when lists are told again after their corrections", () => {
    const histories = correctedHistory.chain((lists) =>
      fc.array(fc.tuple(fc.nat(lists.length - 1), fc.nat(lists.length - 1)), { maxLength: 6 }).map((echoes) => ({
        lists,
        echoed: lists.flatMap((list, n) => [
          list,
          ...echoes.flatMap(([which, when]) => {
            const late = lists[which];
            return late && when === n && which <= n && !isCorrection(late) ? [late] : [];
          }),
        ]),
      })),
    );
    fc.assert(
      fc.property(histories, ({ lists, echoed }) => {
        expect(trackOf(...echoed)).toEqual(trackOf(...lists));
      }),
      { numRuns: 400 },
    );
  });

  it("is the same for a flood in any portions", () => {
    const flood = Array.from({ length: EVENTS_AT_MOST + 30 }, (_, n) =>
      event(n, n % 70 === 0 ? "delivered" : "in-transit"),
    );
    fc.assert(
      fc.property(fc.shuffledSubarray(flood, { minLength: flood.length }), (shuffled) => {
        expect(trackOf(...shuffled.map((each) => told([each])))).toEqual(trackOf(told(flood)));
      }),
      { numRuns: 5 },
    );
  });
});
