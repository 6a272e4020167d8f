import { expect, it } from "vitest";
import { unionPayDay } from "#functions/payments/adapters/unionpay-day.ts";

it.each([
  ["1122", "2026-11-22T02:00:00.000Z", "2026-11-22"],
  // Paid at 23:30, cleared the next day.
  ["1123", "2026-11-22T15:30:00.000Z", "2026-11-23"],
  // An order begun before eleven and paid after: its time is that of the order, its day that of the payment.
  ["1123", "2026-11-22T14:50:00.000Z", "2026-11-23"],
  ["0101", "2026-12-31T15:30:00.000Z", "2027-01-01"],
  ["1231", "2027-01-01T02:00:00.000Z", "2026-12-31"],
  ["0229", "2028-02-28T15:30:00.000Z", "2028-02-29"],
  // Without one that can be its own, what the hour says.
  [undefined, "2026-11-22T14:59:59.000Z", "2026-11-22"],
  [undefined, "2026-11-22T15:00:00.000Z", "2026-11-23"],
  ["0229", "2026-02-28T02:00:00.000Z", "2026-02-28"],
  ["1399", "2026-11-22T02:00:00.000Z", "2026-11-22"],
  ["0601", "2026-11-22T02:00:00.000Z", "2026-11-22"],
  ["22 Nov", "2026-11-22T02:00:00.000Z", "2026-11-22"],
])("UnionPay's day of settleDate %s, at %s, is %s", (settleDate, at, day) => {
  expect(unionPayDay(settleDate, at)).toBe(day);
});
