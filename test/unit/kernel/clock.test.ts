import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOfLegalDate, legalDate, plusDays, systemClock } from "#shared/kernel/clock.ts";

const moment = fc
  .date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true })
  .map((date) => date.toISOString());

describe("legalDate", () => {
  it.each([
    ["2026-11-21T15:59:59.999Z", "2026-11-21"],
    ["2026-11-21T16:00:00.000Z", "2026-11-22"],
    ["2026-12-31T15:59:59.999Z", "2026-12-31"],
    ["2026-12-31T16:00:00.000Z", "2027-01-01"],
    ["2028-02-28T16:00:00.000Z", "2028-02-29"],
    ["1991-09-14T16:00:00.000Z", "1991-09-15"],
  ])("of %s is %s, the day in Shanghai", (at, date) => expect(legalDate(at)).toBe(date));

  it("agrees with the calendar of Asia/Shanghai that the runtime carries", () => {
    const inShanghai = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" });
    fc.assert(
      fc.property(moment, (at) => {
        expect(legalDate(at)).toBe(inShanghai.format(new Date(at)));
      }),
    );
  });

  it("throws for what is not a moment", () => expect(() => legalDate("today")).toThrow(RangeError));
});

describe("plusDays", () => {
  it.each([
    ["2028-02-28", 1, "2028-02-29"],
    ["2027-02-28", 1, "2027-03-01"],
    ["2026-12-30", 3, "2027-01-02"],
    ["2027-01-01", -1, "2026-12-31"],
    ["2026-11-26", 0, "2026-11-26"],
  ])("of %s and %i is %s", (date, days, then) => expect(plusDays(date, days)).toBe(then));
});

describe("endOfLegalDate", () => {
  it("is midnight in Shanghai at the end of the day", () =>
    expect(endOfLegalDate("2026-11-21")).toBe("2026-11-21T16:00:00.000Z"));

  it("is the first moment that is no longer on the day", () => {
    fc.assert(
      fc.property(moment, (at) => {
        const end = endOfLegalDate(legalDate(at));
        expect(at < end).toBe(true);
        expect(legalDate(new Date(Date.parse(end) - 1).toISOString())).toBe(legalDate(at));
        expect(legalDate(end) > legalDate(at)).toBe(true);
      }),
    );
  });
});

describe("systemClock", () => {
  it("tells moments in UTC with milliseconds, so that their order is the order of their texts", () =>
    expect(systemClock()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
});
