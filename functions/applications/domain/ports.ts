import type { Instant, LegalDate } from "#shared/kernel/clock.ts";
import type { Fault } from "#shared/kernel/decision.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import type { Deadline } from "#shared/kernel/working-days.ts";
import type { Applicant, Application, Status } from "./application.ts";
import type { Change } from "./change.ts";
import type { Desk } from "./desk.ts";
import type { Draft } from "./drafts.ts";
import type { ItemRules, StageName } from "./item-rules.ts";
import type { LicenceFacts } from "./licences.ts";
import type { FileFacts } from "./materials.ts";

/** Who an applicant is, as far as finding their things needs. */
export type ApplicantKey = Pick<Applicant, "kind" | "idNumber">;

/** What a list shows of a case: nothing personal. */
export interface CaseSummary {
  readonly id: string;
  readonly number: string;
  /** Told in an applicant's list only. */
  readonly itemCode?: string | undefined;
  readonly itemName: string;
  /** Told in an applicant's list only: the licence that was issued, while it stands. */
  readonly licenceType?: string | undefined;
  /** The day on which its term is over. */
  readonly licenceUntil?: LegalDate | undefined;
  readonly status: Status;
  readonly stage?: StageName | undefined;
  readonly receivedAt: Instant;
  readonly dueBy?: Deadline | undefined;
  readonly claimedBy?: string | undefined;
}

/** Someone has read an applicant's unmasked data. */
export interface Reading {
  readonly id: string;
  readonly application: Application;
  readonly at: Instant;
  readonly client: string;
  readonly officer: string;
  readonly purpose: string;
}

/** Which open cases: all, what nobody has taken (at one desk, or at all), or what one officer has taken. */
export type WorklistView =
  | { readonly list: "open" }
  | { readonly list: "unassigned"; readonly desk?: Desk | undefined }
  | { readonly list: "mine"; readonly officer: string };

export const DUE_SHARDS = 16;

export interface DueCase {
  readonly id: string;
  readonly wake: Instant;
}

export interface Applications {
  find(id: string): Promise<Application | undefined>;
  /** State and events in one conditional write. Throws StaleVersionError when another change came first. */
  save(change: Change): Promise<void>;
  /** Newest first. */
  ofApplicant(applicant: ApplicantKey, page: PageRequest): Promise<Page<CaseSummary> | BadCursor>;
  /** A department's cases in these divisions, one after the other; in each by desk, and there the most urgent first. */
  worklist(
    department: string,
    divisions: readonly string[],
    view: WorklistView,
    page: PageRequest,
  ): Promise<Page<CaseSummary> | BadCursor>;
  /** Cases of one shard that have to be looked at by `until`, the earliest first. A case may be told too early, never too late. */
  due(shard: number, until: Instant | undefined, page: PageRequest): Promise<Page<DueCase> | BadCursor>;
  /** Moves a case in the due index, or takes it out. No change of the case: version and events stay. False when it has changed. */
  reschedule(state: Application, wake: Instant | undefined): Promise<boolean>;
  /** Kept before the data is shown. */
  recordReading(reading: Reading): Promise<void>;
  /** Whether a broken promise of the applicant is on record, and its revocation stands. */
  hasBrokenCommitment(applicant: ApplicantKey): Promise<boolean>;
}

/** This capability's own copy of the published items. */
export interface Items {
  /** What can be applied for now. */
  inForce(code: string): Promise<ItemRules | undefined>;
  /** The rules a case was made under; a version never changes. Throws when it was never kept. */
  version(code: string, version: number): Promise<ItemRules>;
  /** Keeps the version, and brings it into force unless a later one is known. */
  keep(rules: ItemRules): Promise<void>;
  /** Whether it can be applied for in this version or a later one; of two that were told, the one of the later sequence holds. */
  setOpen(code: string, version: number, open: boolean, sequence: number): Promise<void>;
  /** In which divisions a department has items, in the order of their codes. */
  divisionsOf(department: string): Promise<readonly string[]>;
}

/** What applicants have uploaded. */
export interface Files {
  /** What is known of those of these files that are the applicant's. */
  of(applicant: ApplicantKey, ids: readonly string[]): Promise<readonly FileFacts[]>;
}

export interface IssuedLicence {
  /** Of the case. */
  readonly id: string;
  readonly number: string;
  readonly licenceType: string;
  /** The day on which its term is over; absent for one that has none. */
  readonly licenceUntil?: LegalDate | undefined;
  readonly itemCode: string;
  readonly itemName: string;
}

/** What licences applicants hold that can be verified. */
export interface Licences {
  /** Those that stand, the latest case first. A page may hold fewer than asked and still have a next one. */
  ofApplicant(applicant: ApplicantKey, page: PageRequest): Promise<Page<IssuedLicence> | BadCursor>;
  /** What is known of those of these that are the applicant's. */
  of(applicant: ApplicantKey, ids: readonly string[]): Promise<readonly LicenceFacts[]>;
}

/** Looks at a form by its item's JSON Schema 2020-12. */
export interface Forms {
  faults(schema: Readonly<Record<string, unknown>>, form: unknown): Promise<readonly Fault[]>;
}

export interface Drafts {
  find(id: string): Promise<Draft | undefined>;
  /** Throws StaleVersionError when another change came first. */
  save(draft: Draft): Promise<void>;
  remove(id: string): Promise<void>;
  /** Those that have not ended, the latest first. */
  ofApplicant(applicant: ApplicantKey, page: PageRequest): Promise<Page<DraftSummary> | BadCursor>;
}

export interface DraftSummary {
  readonly id: string;
  readonly itemCode: string;
  readonly savedAt: Instant;
}
