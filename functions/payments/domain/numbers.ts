/**
 * The number under which a provider knows an attempt (out_trade_no): the order's id and the attempt's place, 29 characters.
 * WeChat takes 6 to 32 letters and digits, Alipay up to 64, UnionPay 8 to 40.
 */
export const paymentNumber = (order: string, attempt: number): string =>
  `${order}P${String(attempt + 1).padStart(2, "0")}`;

/** The order a number of ours belongs to; undefined for anything that is no number of ours. */
export const orderOfNumber = (number: string): string | undefined =>
  /^([0-9A-HJKMNP-TV-Z]{26})[PR]\d{2}$/.exec(number)?.[1];
