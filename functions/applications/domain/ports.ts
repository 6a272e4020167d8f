import type { Instant } from "#shared/kernel/clock.ts";
import type { Deadline } from "#shared/kernel/working-days.ts";
import type { Applicant, Application, Change, ItemRules, StageName, Status } from "./application.ts";

/** What a list shows of a case: nothing personal. */
export interface CaseSummary {
  readonly id: string;
  readonly number: string;
  readonly itemName: string;
  readonly status: Status;
  readonly stage?: StageName | undefined;
  readonly receivedAt: Instant;
  readonly dueBy?: Deadline | undefined;
}

export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string | undefined;
}

export type BadCursor = "bad-cursor";

/** Someone has read an applicant's unmasked data. */
export interface Reading {
  readonly id: string;
  readonly application: Application;
  readonly at: Instant;
  readonly client: string;
  readonly officer: string;
  readonly purpose: string;
}

export interface Applications {
  find(id: string): Promise<Application | undefined>;
  /** State and events in one conditional write. Throws StaleVersionError when another change came first. */
  save(change: Change): Promise<void>;
  /** Newest first. */
  ofApplicant(
    applicant: Pick<Applicant, "kind" | "idNumber">,
    page: PageRequest,
  ): Promise<Page<CaseSummary> | BadCursor>;
  /** Open cases of one department in one division and those below it, the most urgent first. */
  openOf(department: string, division: string, page: PageRequest): Promise<Page<CaseSummary> | BadCursor>;
  /** Kept before the data is shown. */
  recordReading(reading: Reading): Promise<void>;
}

/** This capability's own copy of the published items. */
export interface Items {
  inForce(code: string): Promise<ItemRules | undefined>;
  /** Keeps it unless a later version is known. */
  keep(rules: ItemRules): Promise<void>;
}
