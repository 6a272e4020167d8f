/** Money: a whole number of fen (1/100 yuan). Yuan exist only at edges that speak yuan. */
export type Fen = number;

/**
 * Reads an amount in yuan with at most two decimals, as bills and guides write it ("80", "80.5", "¥1,234.50").
 * Throws a RangeError for anything else: an amount that cannot be read exactly is a fault, never a guess.
 */
export const fenFromYuan = (yuan: string | number): Fen => {
  const text = String(yuan)
    .trim()
    .replace(/^[¥￥]/, "");
  const match = /^(-?)(\d{1,13}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,2}))?$/.exec(text);
  if (!match) throw new RangeError(`not an amount in yuan: ${yuan}`);
  const [, sign, whole = "0", cents = ""] = match;
  const fen = Number(whole.replaceAll(",", "")) * 100 + Number(cents.padEnd(2, "0"));
  return sign && fen !== 0 ? -fen : fen;
};

/** Writes fen as yuan with two decimals. */
export const yuanFromFen = (fen: Fen): string => {
  if (!Number.isSafeInteger(fen)) throw new RangeError(`not a whole number of fen: ${fen}`);
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
};
