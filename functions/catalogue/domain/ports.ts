import type { LegalDate } from "#shared/kernel/clock.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { BasicItem } from "./basic-item.ts";
import type { KnownDepartment, KnownStaff, LicenceType } from "./check-against-city.ts";
import type { Item } from "./item.ts";
import type { Draft, ItemRecord, LogEntry, RecordChange, Standing } from "./item-record.ts";

/** What a list shows of an item in force. */
export type ItemSummary = Pick<
  Item,
  "code" | "version" | "name" | "kind" | "department" | "division" | "handling" | "limits" | "applicants"
> & { readonly suspended?: true | undefined };

/** What a department's own list shows of an item, published or not. */
export interface WorkSummary {
  readonly code: string;
  readonly name: string;
  readonly division: DivisionCode;
  readonly revision: number;
  readonly standing: Standing["kind"];
  readonly draft?: Draft["kind"] | undefined;
  readonly version?: number | undefined;
  readonly scheduledFrom?: LegalDate | undefined;
}

/** Where a page ends: in order of division, then code. */
export interface Position {
  readonly division: DivisionCode;
  readonly code: string;
}

export interface PageAsked {
  readonly within?: DivisionCode | undefined;
  readonly after?: Position | undefined;
  readonly limit: number;
}

export interface Listed<T, P = Position> {
  readonly items: readonly T[];
  readonly next?: P | undefined;
}

export interface ItemStore {
  find(code: string): Promise<ItemRecord | undefined>;
  /** One version; undefined for one that was never published. */
  version(code: string, version: number): Promise<Item | undefined>;
  /**
   * The change, its events and its line in the log; versions stay readable. Throws StaleVersionError when another change came
   * first.
   */
  save(change: RecordChange): Promise<void>;
  /** In force or suspended, by division (a division before those below it), then by code. */
  list(page: PageAsked): Promise<Listed<ItemSummary>>;
  /** Those that implement one directory item, in the same order. */
  implementing(basicCode: string, page: PageAsked): Promise<Listed<ItemSummary>>;
  /** A department's, drafts and retired ones included. */
  ofDepartment(department: string, page: PageAsked): Promise<Listed<WorkSummary>>;
  /** Newest first. */
  log(
    code: string,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<Listed<LogEntry, number>>;
  /** Codes of items with a version whose day has come, the longest due first. */
  due(today: LegalDate): Promise<readonly string[]>;
  /** How the items stand that issue a licence of this type. */
  issuersOf(licenceType: string): Promise<readonly Standing["kind"][]>;
}

export interface BasicItems {
  find(basicCode: string): Promise<BasicItem | undefined>;
  /** Throws StaleVersionError when another change came first. */
  save(item: BasicItem): Promise<void>;
  /** By code. */
  list(page: { readonly after?: string | undefined; readonly limit: number }): Promise<Listed<BasicItem, string>>;
}

/** What the operator has told of the city. */
export interface Reference {
  readonly divisions: readonly { readonly code: string; readonly name: string }[];
  readonly departments: readonly KnownDepartment[];
  readonly licenceTypes: readonly LicenceType[];
}

export interface CityFacts {
  reference(): Promise<Reference>;
  /** Replaces the parts that are given. */
  keepReference(reference: Partial<Reference>): Promise<void>;
  staffOf(department: string): Promise<readonly KnownStaff[]>;
  /** Keeps it unless something newer is known; nobody's roles are empty but of those who have left. */
  keepStaff(member: {
    readonly staff: string;
    readonly department: string;
    readonly division: string;
    readonly roles: readonly string[];
    readonly sequence: number;
  }): Promise<void>;
}

/** Says why a form's schema does not compile, or its first example does not fit it. */
export type FormCheck = (form: Item["form"]) => Promise<{
  readonly formProblem?: string | undefined;
  readonly exampleProblem?: string | undefined;
}>;

/** What a search goes by: one facet leads through the index, the others narrow what it finds. */
export interface Wanted {
  readonly words: readonly string[];
  readonly theme?: string | undefined;
  readonly object?: string | undefined;
  readonly within?: DivisionCode | undefined;
}

export interface Finder {
  /** In order of division, then code. A page may hold fewer than asked and still have a next one. */
  search(wanted: Wanted, page: Omit<PageAsked, "within">): Promise<Listed<ItemSummary>>;
  /** Makes the index say what the record says. Safe to run twice and late. */
  index(record: ItemRecord): Promise<void>;
}
