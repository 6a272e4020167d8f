import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Applicant } from "./application.ts";

/** What an applicant has filled in so far (草稿). Nothing in it has been checked. */
export interface Draft {
  readonly id: string;
  readonly version: number;
  readonly itemCode: string;
  readonly applicant: Applicant;
  readonly content: DraftContent;
  /** The client it was begun with. */
  readonly client: string;
  readonly savedAt: Instant;
  readonly expiresAt: Instant;
  /** What makes a repeat of the request that began it recognisable. */
  readonly fingerprint: string;
}

export interface DraftContent {
  readonly situation?: Readonly<Record<string, string>> | undefined;
  readonly form?: Readonly<Record<string, unknown>> | undefined;
  readonly materials?: readonly unknown[] | undefined;
}

/** A draft that nobody has touched for a month is gone. */
const DAYS_KEPT = 30;
const BYTES_AT_MOST = 250_000;

const keptUntil = (at: Instant): Instant => new Date(Date.parse(at) + DAYS_KEPT * 24 * 3_600_000).toISOString();

const isTooLarge = (content: DraftContent): boolean => Buffer.byteLength(JSON.stringify(content)) > BYTES_AT_MOST;

export const beginDraft = (
  begun: Pick<Draft, "id" | "itemCode" | "applicant" | "content" | "client" | "fingerprint">,
  at: Instant,
): Decision<Draft, "application.form-too-large"> =>
  isTooLarge(begun.content)
    ? refuse("application.form-too-large")
    : accept({ ...begun, version: 1, savedAt: at, expiresAt: keptUntil(at) });

/** Saves what is filled in by now, in place of what was. */
export const saveDraft = (
  draft: Draft,
  content: DraftContent,
  at: Instant,
): Decision<Draft, "application.form-too-large"> =>
  isTooLarge(content)
    ? refuse("application.form-too-large")
    : accept({ ...draft, content, version: draft.version + 1, savedAt: at, expiresAt: keptUntil(at) });
