import type { DivisionCode } from "#shared/kernel/divisions.ts";

export interface ApplicantReference {
  readonly kind: "natural" | "legal";
  readonly id: string;
}

/** What logistics needs to know of a case (办件), kept from its events: "closed" without a result. */
export type CaseStatus = "open" | "decided" | "concluded" | "closed";

export interface CaseFacts {
  readonly id: string;
  /** Of this row; `sequence` is the newest the case itself has told. */
  readonly version: number;
  readonly sequence: number;
  readonly status: CaseStatus;
  readonly number: string;
  readonly itemCode: string;
  readonly department: string;
  readonly division: DivisionCode;
  readonly applicant?: ApplicantReference | undefined;
  /** Told once, on submission; unknown until that event has come. */
  readonly deliverable?: boolean | undefined;
}

export type CaseNews = Omit<CaseFacts, "version">;

/** What is known after an event that may be old or doubled. The same facts come back when it says nothing new. */
export const learn = (known: CaseFacts | undefined, news: CaseNews): CaseFacts => {
  if (!known) return { ...news, version: 1 };
  const newer = news.sequence > known.sequence;
  const tellsDeliverable = known.deliverable === undefined && news.deliverable !== undefined;
  if (!newer && !tellsDeliverable) return known;
  const latest = newer ? news : known;
  return {
    ...latest,
    version: known.version + 1,
    ...((known.applicant ?? news.applicant) && { applicant: latest.applicant ?? known.applicant ?? news.applicant }),
    deliverable: known.deliverable ?? news.deliverable,
  };
};
