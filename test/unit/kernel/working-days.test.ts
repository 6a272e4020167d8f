import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { addWorkingDays, deadlineAfter, isPast } from "#shared/kernel/working-days.ts";

/** The State Council's notice for 2026, written down here by hand so that it is not the calendar's own word. */
const makeUpDays = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"];
const holidays = [
  ["2026-01-01", "2026-01-03"],
  ["2026-02-15", "2026-02-23"],
  ["2026-04-04", "2026-04-06"],
  ["2026-05-01", "2026-05-05"],
  ["2026-06-19", "2026-06-21"],
  ["2026-09-25", "2026-09-27"],
  ["2026-10-01", "2026-10-07"],
] as const;

const DAY = 24 * 3_600_000;
const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

const worksIn2026 = (date: string): boolean => {
  if (makeUpDays.includes(date)) return true;
  if (holidays.some(([first, last]) => first <= date && date <= last)) return false;
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
};

const dayOf2026 = fc.integer({ min: 0, max: 300 }).map((days) => plusDays("2026-01-01", days));

afterEach(() => vi.unstubAllEnvs());

describe("addWorkingDays", () => {
  it.each([
    ["2026-02-10", 20, "2026-03-16", "over the Spring Festival and both of its make-up days"],
    ["2026-02-13", 1, "2026-02-14", "onto a make-up Saturday"],
    ["2026-02-14", 1, "2026-02-24", "over the whole Spring Festival"],
    ["2026-02-20", 1, "2026-02-24", "from inside the Spring Festival"],
    ["2026-09-30", 1, "2026-10-08", "over National Day"],
    ["2026-09-30", 3, "2026-10-10", "onto the make-up Saturday after National Day"],
    ["2026-11-20", 1, "2026-11-23", "over a weekend"],
    ["2026-11-21", 1, "2026-11-23", "from a Saturday"],
  ])("counts from %s %i working days to %s: %s", (from, days, date) => {
    expect(addWorkingDays(from, days)).toEqual({ date, provisional: false });
  });

  it.each(makeUpDays)("counts the make-up day %s", (date) => {
    expect(addWorkingDays(plusDays(date, -1), 1).date).toBe(date);
  });

  it.each(holidays)("counts no day of the holiday from %s to %s", (first, last) => {
    const end = addWorkingDays(plusDays(first, -1), 1).date;
    expect(end > last).toBe(true);
  });

  it.each(["2026-11-22", "2026-02-17", "2026-11-23"])("ends on %s itself after 0 days, whatever day it is", (date) => {
    expect(addWorkingDays(date, 0)).toEqual({ date, provisional: false });
  });

  it("agrees with the notice for 2026 on every period within the year", () => {
    fc.assert(
      fc.property(dayOf2026, fc.integer({ min: 1, max: 30 }), (from, days) => {
        let expected = from;
        for (let left = days; left > 0; ) {
          expected = plusDays(expected, 1);
          if (worksIn2026(expected)) left--;
        }
        expect(addWorkingDays(from, days)).toEqual({ date: expected, provisional: false });
      }),
    );
  });

  it("ends strictly later, and later still the more days there are", () => {
    const start = fc.integer({ min: 0, max: 3000 }).map((days) => plusDays("2023-01-01", days));
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 80 }), (from, days) => {
        const sooner = addWorkingDays(from, days).date;
        const later = addWorkingDays(from, days + 1).date;
        expect(sooner > from).toBe(true);
        expect(later > sooner).toBe(true);
      }),
    );
  });

  it("ends on a day that is itself counted", () => {
    fc.assert(
      fc.property(dayOf2026, fc.integer({ min: 1, max: 30 }), (from, days) => {
        const { date } = addWorkingDays(from, days);
        expect(addWorkingDays(plusDays(date, -1), 1).date).toBe(date);
      }),
    );
  });

  it.each([
    ["2026-12-23", 1, "2026-12-24", false],
    ["2026-12-30", 1, "2026-12-31", true],
    ["2026-12-31", 1, undefined, true],
    ["2026-12-18", 20, undefined, true],
    ["2027-03-01", 0, "2027-03-01", true],
    ["2025-12-25", 10, undefined, false],
  ])(
    "from %s over %i days is provisional only when a year without a notice is in it",
    (from, days, date, provisional) => {
      const deadline = addWorkingDays(from, days);
      expect(deadline.provisional).toBe(provisional);
      if (date) expect(deadline.date).toBe(date);
    },
  );

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("throws a RangeError for %d days", (days) => {
    expect(() => addWorkingDays("2026-11-23", days)).toThrow(RangeError);
  });

  it.each([
    ["America/New_York", 300],
    ["Pacific/Kiritimati", -840],
  ])("does not depend on the machine's time zone (%s)", (zone, offset) => {
    vi.stubEnv("TZ", zone);
    expect(new Date("2026-01-15T00:00:00Z").getTimezoneOffset()).toBe(offset);
    expect(addWorkingDays("2026-02-10", 20).date).toBe("2026-03-16");
    expect(addWorkingDays("2026-03-06", 1).date).toBe("2026-03-09");
    expect(addWorkingDays("2026-10-30", 1).date).toBe("2026-11-02");
  });
});

describe("deadlineAfter", () => {
  it.each([
    ["2026-11-20T15:59:59.999Z", "2026-11-23", "the last moment of Friday in Shanghai"],
    ["2026-11-19T16:00:00.000Z", "2026-11-23", "the first moment of Friday in Shanghai"],
    ["2026-11-19T15:59:59.999Z", "2026-11-20", "still Thursday in Shanghai"],
  ])("counts from the legal day on which %s falls, to %s: %s", (at, date) => {
    expect(deadlineAfter(at, 1)).toEqual({ date, provisional: false });
  });
});

describe("isPast", () => {
  const deadline = { date: "2026-11-23", provisional: false };
  it.each([
    ["2026-11-23T15:59:59.999Z", false],
    ["2026-11-23T16:00:00.000Z", true],
  ])("at %s is %s for a deadline on 2026-11-23 in Shanghai", (now, past) => {
    expect(isPast(deadline, now)).toBe(past);
  });
});
