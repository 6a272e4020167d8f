import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fenFromYuan, yuanFromFen } from "#shared/kernel/fen.ts";

describe("fenFromYuan", () => {
  it.each([
    ["80", 8000],
    ["80.5", 8050],
    ["80.05", 8005],
    ["0.01", 1],
    ["¥1,234.50", 123450],
    ["￥12,345,678.9", 1234567890],
    [" 80 ", 8000],
    ["-3.20", -320],
    ["9999999999999.99", 999999999999999],
    [80, 8000],
    [80.5, 8050],
    [0.29, 29],
    [1.1, 110],
  ])("reads %j as %i fen", (yuan, fen) => expect(fenFromYuan(yuan)).toBe(fen));

  it.each(["-0", "-0.00", -0])("reads %j as nothing, without a sign", (yuan) =>
    expect(Object.is(fenFromYuan(yuan), 0)).toBe(true),
  );

  it.each([
    "80.123",
    "1e3",
    "",
    " ",
    "NaN",
    ".5",
    "5.",
    "--5",
    "+5",
    "0x10",
    "八十",
    "80元",
    "１２",
    "80,5",
    "1,2,3",
    "1,23",
    ",",
    "12345678901234",
    Number.NaN,
    Number.POSITIVE_INFINITY,
    0.1 + 0.2,
    1e21,
    1e-7,
  ])("throws a RangeError for %j rather than guess", (yuan) => expect(() => fenFromYuan(yuan)).toThrow(RangeError));
});

describe("yuanFromFen", () => {
  it.each([
    [0, "0.00"],
    [-0, "0.00"],
    [1, "0.01"],
    [-1, "-0.01"],
    [99, "0.99"],
    [100, "1.00"],
    [-12345, "-123.45"],
  ])("writes %i fen as %s", (fen, yuan) => expect(yuanFromFen(fen)).toBe(yuan));

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])(
    "throws a RangeError for %d, which is no whole number of fen",
    (fen) => expect(() => yuanFromFen(fen)).toThrow(RangeError),
  );

  it("writes what fenFromYuan reads back, as a text and as a number", () => {
    const LARGEST = 10 ** 15 - 1;
    fc.assert(
      fc.property(fc.integer({ min: -LARGEST, max: LARGEST }), (fen) => {
        expect(fenFromYuan(yuanFromFen(fen))).toBe(fen);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 11), max: 10 ** 11 }), (fen) => {
        expect(fenFromYuan(fen / 100)).toBe(fen);
      }),
    );
  });
});
