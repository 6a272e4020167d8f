import days from "chinese-days";
import { describe, expect, it } from "vitest";
import { isStatutoryHoliday } from "#shared/kernel/statutory-holidays.ts";

/** Noon, so that the library's local time is the same day in every zone. */
const lunarDate = (time: number): string => {
  const { lunarMon, lunarDay, isLeap } = days.getLunarDate(new Date(time + 12 * 3_600_000));
  return isLeap ? "leap" : `${lunarMon}/${lunarDay}`;
};

describe("statutory holidays", () => {
  it.each([
    ["2027-01-01", true],
    ["2027-01-02", false],
    ["2027-02-04", false],
    ["2027-02-05", true],
    ["2027-02-08", true],
    ["2027-02-09", false],
    ["2027-04-05", true],
    ["2028-04-04", true],
    ["2027-05-02", true],
    ["2027-05-03", false],
    ["2027-06-09", true],
    ["2027-09-15", true],
    ["2027-10-03", true],
    ["2027-10-04", false],
  ])("%s: %s", (date, expected) => expect(isStatutoryHoliday(date)).toBe(expected));

  it("agree with the library's lunar calendar on every day of the years to come", () => {
    const lunar = new Set(["1/1", "1/2", "1/3", "5/5", "8/15"]);
    const solar = /-(01-01|05-0[12]|10-0[123]|04-0[456])$/;
    for (let time = Date.UTC(2027, 0, 1); time < Date.UTC(2037, 0, 1); time += 86_400_000) {
      const date = new Date(time).toISOString().slice(0, 10);
      if (solar.test(date)) continue;
      const expected = lunar.has(lunarDate(time)) || lunarDate(time + 86_400_000) === "1/1";
      expect([date, isStatutoryHoliday(date)]).toEqual([date, expected]);
    }
  });
});
