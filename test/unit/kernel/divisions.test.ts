import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, subtreePrefix } from "#shared/kernel/divisions.ts";

const [province, city, district, town, village] = ["440000", "440600", "440604", "440604010", "440604010001"] as const;
const chain = [province, city, district, town, village];

describe("isWithin", () => {
  it("holds for every division within itself and within each one above it, and never the other way round", () => {
    for (const [low, division] of chain.entries())
      for (const [high, ancestor] of chain.entries())
        expect(isWithin(division, ancestor), `${division} within ${ancestor}`).toBe(low >= high);
  });

  it.each([
    ["440605", city, true],
    ["440600", "440604", false],
    ["440604", "440605", false],
    ["440700", city, false],
    ["441200", city, false],
    ["441202001", city, false],
    ["441200", province, true],
    ["450600", province, false],
    ["440604010", "440604011", false],
    ["440604010001", "440604010002", false],
    ["440604010", "440605", false],
    ["110101", "110000", true],
    ["110101", "110100", true],
    ["500101", "500100", true],
    ["500101", "500200", false],
    ["419001", "410000", true],
    ["419001", "419000", true],
    ["441000", "440000", true],
  ])("of %s in %s is %s", (division, ancestor, within) => expect(isWithin(division, ancestor)).toBe(within));

  it.each([
    ["", "an empty code holds nothing"],
    ["000000", "there is no division without a province"],
    ["44", "half a code is none"],
    ["44060", "half a code is none"],
  ])("does not take %j for a division above others: %s", (ancestor) => {
    expect(isWithin("440604", ancestor)).toBe(false);
  });

  it("is transitive", () => {
    const pair = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, "0"));
    const code = fc
      .tuple(fc.constantFrom("44", "45"), fc.constantFrom("00", "06", "10"), fc.oneof(fc.constant("00"), pair))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(code, code, code, (a, b, c) => {
        if (isWithin(a, b) && isWithin(b, c)) expect(isWithin(a, c)).toBe(true);
      }),
    );
  });
});

describe("subtreePrefix", () => {
  it.each([
    [province, "44"],
    [city, "4406"],
    [district, district],
    ["441000", "4410"],
    [town, town],
    ["440604000", "440604000"],
    [village, village],
  ])("of %s is %s", (code, prefix) => expect(subtreePrefix(code)).toBe(prefix));
});
