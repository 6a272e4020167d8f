/** An administrative division (行政区划): GB/T 2260, 6 digits; towns 9, villages 12 (statistics bureau). */
export type DivisionCode = string;

/** What the codes of a division and of all below it begin with. Trailing "00" pairs of the first six digits are levels. */
export const subtreePrefix = (ancestor: DivisionCode): string =>
  ancestor.length === 6 ? ancestor.replace(/(00){1,2}$/, "") : ancestor;

/** Whether a division is the given one or lies below it. What is no code has nothing below it, so that "" never means all. */
export const isWithin = (division: DivisionCode, ancestor: DivisionCode): boolean =>
  /^(?!00)(\d{6}|\d{9}|\d{12})$/.test(ancestor) && division.startsWith(subtreePrefix(ancestor));
