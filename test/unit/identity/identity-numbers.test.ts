import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isResidentId, isUscc } from "#shared/kernel/identity-numbers.ts";

const residentIds = ["11010519491231002X", "440524188001010014", "810000199408230021", "830000199201300022"];
const usccs = [
  "91350100M000100Y43",
  "91440300708461136T",
  "11440232MB2D06811W",
  "12441500196720244T",
  "11330105002500287C",
];

const withOneChanged = (numbers: readonly string[], alphabet: string) =>
  fc
    .record({
      number: fc.constantFrom(...numbers),
      at: fc.nat(17),
      by: fc.constantFrom(...alphabet),
    })
    .filter(({ number, at, by }) => number[at] !== by)
    .map(({ number, at, by }) => number.slice(0, at) + by + number.slice(at + 1));

describe("isResidentId", () => {
  it.each(residentIds)("knows %s", (id) => expect(isResidentId(id)).toBe(true));

  it.each([
    ["a small check letter", "11010519491231002x"],
    ["15 digits of the first generation", "110105491231002"],
    ["a day that never was", "110105194902310021"],
    ["a region that no one has", "000105194912310020"],
    ["blanks around it", " 11010519491231002X"],
    ["nothing", ""],
  ])("refuses %s", (_what, id) => expect(isResidentId(id)).toBe(false));

  it("refuses a day that never was even when the check character is right", () => {
    const withCheck = [..."0123456789X"].map((check) => `11010519490231002${check}`);
    expect(withCheck.some((id) => isResidentId(id))).toBe(false);
  });

  it("accepts foreigners' cards that begin with 9", () => {
    const cards = [..."0123456789X"].map((check) => `93315619810921053${check}`);
    expect(cards.filter((id) => isResidentId(id))).toHaveLength(1);
  });

  it("refuses whoever is not born yet, when it is told the day", () => {
    expect(isResidentId("810000199408230021", "1994-08-22")).toBe(false);
    expect(isResidentId("810000199408230021", "1994-08-23")).toBe(true);
  });

  it("notices any single changed character", () =>
    fc.assert(fc.property(withOneChanged(residentIds, "0123456789X"), (id) => !isResidentId(id))));
});

describe("isUscc", () => {
  it.each(usccs)("knows %s", (code) => expect(isUscc(code)).toBe(true));

  it.each(["", "91350100M000100Y4", "91350100M000100Y433", "91350100m000100y43", "9135010OM000100Y43"])(
    "refuses %s",
    (code) => expect(isUscc(code)).toBe(false),
  );

  it("notices any single changed character", () =>
    fc.assert(fc.property(withOneChanged(usccs, "0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ"), (code) => !isUscc(code))));
});
