import type { Instant } from "#shared/kernel/clock.ts";
import type { Page, PageRequest } from "#shared/kernel/page.ts";
import type { CardMessage } from "./card.ts";
import type { Desk, Notice } from "./desk.ts";
import type { Officer } from "./officer.ts";
import type { Attempt, PersonMessage, Preferences, Recipient } from "./person-message.ts";
import type { Todo, TodoEntry } from "./todo.ts";

export interface OfficerDirectory {
  /** Keeps the newest appointment of a member of staff; an older one than is known does nothing. */
  appoint(officer: Omit<Officer, "chatUser">): Promise<void>;
  find(staff: string): Promise<Officer | undefined>;
  ofDepartment(department: string): Promise<Officer[]>;
  /** Whoever runs the platform, in whatever department they serve. */
  operators(): Promise<Officer[]>;
}

/** How a notice ended: the chat has taken it, alone or in a digest, or it never will. */
export type Outcome =
  | { readonly status: "sent"; readonly at: Instant; readonly digest: boolean }
  | { readonly status: "failed"; readonly at: Instant; readonly reason: "unknown-member" | "given-up" | "not-staff" }
  | { readonly status: "failed"; readonly at: Instant; readonly reason: "refused"; readonly code: number };

export interface NoticeStore {
  /** Records it, unless it is recorded; says whether it still waits to be told. */
  add(notice: Notice): Promise<"waiting" | "settled">;
  /** What waits to be told, first what is urgent, oldest first; it may be a moment behind. */
  waiting(staff: string, limit: number): Promise<Notice[]>;
  settle(staff: string, events: readonly string[], outcome: Outcome): Promise<void>;
}

export interface DeskStore {
  find(staff: string): Promise<Desk | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(desk: Desk): Promise<void>;
  /** Whose desks have to be looked at by then, a page at a time. */
  due(by: Instant): AsyncIterable<readonly string[]>;
}

/** What became of a card. `refused`: the chat never takes this one, for the reason of that code. */
export type Shown =
  | { readonly result: "shown" }
  | { readonly result: "unknown-member" }
  | { readonly result: "refused"; readonly code: number };

export interface OfficialsChat {
  /** Shows a card to one member; the same message within four hours is shown once. Throws when the chat cannot take it now. */
  show(message: CardMessage, user: string): Promise<Shown>;
}

/** One line of a pool, and where it stands in it. */
export interface TodoLine {
  readonly order: string;
  readonly entry: TodoEntry;
}

export interface TodoStore {
  /** What is known now, not what was known a moment ago. */
  find(key: Pick<Todo, "source" | "subject">): Promise<Todo | undefined>;
  /** Replaces what was read. Throws StaleVersionError when something else stands there meanwhile. */
  save(before: Todo | undefined, after: Todo): Promise<void>;
  /** Lines of one pool, in order, after a position, and whether more may follow; they may be a moment behind. */
  page(
    pool: string,
    options: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<{ readonly lines: readonly TodoLine[]; readonly more: boolean }>;
  /** Of what has to be looked at by then, a page at a time. */
  late(by: Instant): AsyncIterable<readonly Pick<Todo, "source" | "subject">[]>;
  /** Keeps what of it was told as late, and when to look again (never, when it does not say); unless it has changed meanwhile. */
  looked(todo: Todo): Promise<void>;
}

export interface ChatAccounts {
  /** Who the account in the chat belongs to: who has bound it, or else whose staff number it is. */
  officerOf(user: string): Promise<Officer | undefined>;
  /**
   * Keeps a one-time code that binds an account to this member of staff, and says until when. A code that is kept already stays
   * as it is, spent or not, and is answered with its own moment; undefined when it is somebody else's.
   */
  offer(code: string, staff: string, until: Instant): Promise<Instant | undefined>;
  /** Spends a code; few wrong ones an hour. The account that a code has bound, and that still is, hears so again. */
  bind(user: string, code: string, now: Instant): Promise<"bound" | "wrong-code" | "too-many">;
}

/** What officials have said in the chat, each once. */
export interface ChatMessages {
  /** How this message was answered. */
  find(id: string): Promise<string | undefined>;
  /** Records the answer and gives it back; the one already recorded, when there is one. */
  answered(id: string, reply: string, at: Instant): Promise<string>;
  /** The same, and asks the case's capability to let the officer have the task, in the same write. */
  claimAsked(
    id: string,
    reply: string,
    at: Instant,
    claim: { readonly case: string; readonly caseSequence: number; readonly officer: Officer },
  ): Promise<string>;
}

export type MessageKey = Pick<PersonMessage, "recipient" | "event" | "at">;

export interface PersonMessages {
  /** Records it, unless there is one of the same event for the same recipient; says whether it is new. */
  add(message: PersonMessage): Promise<boolean>;
  find(key: MessageKey): Promise<PersonMessage | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(message: PersonMessage): Promise<void>;
  /** Newest first; undefined for a cursor that is not ours. */
  page(recipient: Recipient, asked: PageRequest): Promise<Page<PersonMessage> | undefined>;
  /** What has to be sent by then, a page at a time. */
  due(by: Instant): AsyncIterable<readonly MessageKey[]>;
}

/** Preferences, with the person's account in the city's official account (openid); personal data, sealed at rest. */
export interface PreferenceStore {
  find(person: string): Promise<(Preferences & { readonly openId?: string | undefined }) | undefined>;
  save(person: string, preferences: Preferences & { readonly openId?: string | undefined }): Promise<void>;
}

/** A way to tell a person something; the same key is the same message, however often it is sent. */
export interface PersonChannel {
  send(message: PersonMessage, text: { readonly title: string; readonly text: string }, key: string): Promise<Attempt>;
}

/** What was sent about a case of a department: to whom, by what, and how it ended. */
export interface LogEntry {
  readonly recipient: string;
  readonly event: string;
  readonly at: Instant;
  readonly title: string;
  readonly status: string;
  readonly ways: Readonly<Record<string, string>>;
}
export interface MessageLog {
  ofCase(department: string, id: string, asked: PageRequest): Promise<Page<LogEntry> | undefined>;
}
