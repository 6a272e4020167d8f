import type { Instant } from "#shared/kernel/clock.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { Item } from "./item.ts";

export type ItemSummary = Pick<
  Item,
  "code" | "version" | "name" | "kind" | "department" | "division" | "handling" | "limits" | "applicants"
>;

/** Where a page ends. */
export interface Position {
  readonly division: DivisionCode;
  readonly code: string;
}

export interface ItemStore {
  /** The version in force. */
  current(code: string): Promise<Item | undefined>;
  /** One version; undefined for one that was never published. */
  version(code: string, version: number): Promise<Item | undefined>;
  /** By division (a division before those below it), then by code. */
  list(page: {
    readonly within?: DivisionCode | undefined;
    readonly after?: Position | undefined;
    readonly limit: number;
  }): Promise<{ readonly items: readonly ItemSummary[]; readonly next?: Position }>;
  /**
   * Puts a version in force and announces it; earlier versions stay readable.
   * Throws StaleVersionError when the version in force is not the one before it.
   */
  publish(item: Item, at: Instant): Promise<void>;
}
