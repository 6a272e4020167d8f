import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Instant } from "#shared/kernel/clock.ts";

export interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly [attribute: string]: unknown;
}
export interface AggregateRow extends Row {
  readonly version: number;
}

export const CURRENT = "current";

/** The two indexes, and the attribute each is named after. */
export const indexes = {
  /** What a row is found by: a keyed hash of a phone, an agent. */
  reference: "by-reference",
  /** Whom a row is about: a principal of mandates. */
  principal: "by-principal",
} as const;
export type IndexAttribute = keyof typeof indexes;

/** Changes that stand or fall together. */
export interface Together {
  readonly aggregate: AggregateRow;
  readonly events: readonly AnyEvent[];
  /** Rows that must not be there yet. */
  readonly claim?: readonly Row[];
  /** Keys that must be free, and stay so. */
  readonly free?: readonly string[];
  readonly put?: readonly Row[];
  readonly remove?: readonly string[];
}

/** The rows of the identity table. One implementation is DynamoDB, the other a map for tests; all stores stand on either. */
export interface IdentityRows {
  /** Consistent; rows that have ended are none. */
  find(pk: string, sk?: string): Promise<Row | undefined>;
  /** Consistent, newest first. */
  list(pk: string, skPrefix: string, before: string | undefined, limit: number): Promise<readonly Row[]>;
  /** The partition keys that bear an attribute. Eventually consistent. */
  keysBy(attribute: IndexAttribute, value: string): Promise<readonly string[]>;
  /** One conditional put. Throws StaleVersionError. */
  save(row: AggregateRow, events: readonly AnyEvent[]): Promise<void>;
  /** One transaction. Throws StaleVersionError when the version moved on or a claimed row is there. */
  saveTogether(change: Together): Promise<void>;
  /** The same state in another form: the version stays, nothing is announced. False when it moved on meanwhile. */
  rewrite(row: AggregateRow, also?: Pick<Together, "put" | "remove">): Promise<boolean>;
  /** Puts a row that is nobody's aggregate. False when one is there already. */
  add(row: Row): Promise<boolean>;
  /** Puts a row unless the one there has the same or a later `sequence`. */
  addNewer(row: Row & { readonly sequence: number }): Promise<void>;
  remove(pk: string, sk?: string): Promise<void>;
  /** Counts hits in a window that begins with the first of them; answers how many there are. */
  hit(pk: string, windowSeconds: number, at: Instant): Promise<number>;
  /** One more try at a row that is neither used up nor over; undefined when it is. */
  tryRow(pk: string, most: number, at: Instant): Promise<Row | undefined>;
  /** Uses a row up. False when someone else was faster. */
  use(pk: string, marks: Readonly<Record<string, unknown>>, at: Instant): Promise<boolean>;
  /** All rows, a slice at a time, in no order; for the rotation of keys. */
  slice(cursor: string | undefined, limit: number): Promise<{ readonly rows: readonly Row[]; readonly next?: string }>;
}

export const seconds = (at: Instant): number => Math.floor(Date.parse(at) / 1000);

/** The clock decides, not whether the table got round to deleting. */
export const hasEnded = (row: Row, at: Instant): boolean =>
  typeof row.expiresAt === "number" && row.expiresAt <= seconds(at);
