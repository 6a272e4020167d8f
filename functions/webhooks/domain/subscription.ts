import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";

/** Which events of a department someone wants. What is left out restricts nothing. */
export interface Subscription {
  /** Event types; one that ends in `.*` takes all that begin so. */
  readonly types?: readonly string[] | undefined;
  /** Implementation codes (实施编码) of service items. An event that concerns no item fits none of them. */
  readonly items?: readonly string[] | undefined;
  /** Each with all below it. An event that names no division concerns all of them. */
  readonly divisions?: readonly DivisionCode[] | undefined;
}

export interface Described {
  readonly type: string;
  readonly division?: DivisionCode | undefined;
  readonly itemcode?: string | undefined;
}

const covers = (pattern: string, type: string): boolean =>
  pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

export const takes = ({ types, items, divisions }: Subscription, event: Described): boolean =>
  (!types || types.some((pattern) => covers(pattern, event.type))) &&
  (!items || (event.itemcode !== undefined && items.includes(event.itemcode))) &&
  (!divisions || event.division === undefined || divisions.some((each) => isWithin(event.division ?? "", each)));
