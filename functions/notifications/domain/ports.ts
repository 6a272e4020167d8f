import type { Card } from "./acceptance-card.ts";
import type { Message } from "./message.ts";
import type { Officer } from "./officer.ts";
import type { Counts, Pool, Todo, TodoEntry } from "./todo.ts";

export interface OfficerDirectory {
  /** Keeps the newest appointment of a member of staff; an older one than is known does nothing. */
  appoint(officer: Officer): Promise<void>;
  ofDepartment(department: string): Promise<Officer[]>;
}

export interface MessageStore {
  find(event: string): Promise<Message | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(message: Message): Promise<void>;
}

export interface OfficialsChat {
  /**
   * Shows a card to members of staff; the same card within half an hour is shown once.
   * Resolves to those of them that the chat does not know. Throws when the chat cannot take it now.
   */
  show(card: Card, staff: readonly string[]): Promise<{ invalid: string[] }>;
}

/** One line of a pool, and where it stands in it. */
export interface TodoLine {
  readonly order: string;
  readonly entry: TodoEntry;
}

export interface TodoStore {
  /** What is known now, not what was known a moment ago. */
  find(key: Pick<Todo, "source" | "subject">): Promise<Todo | undefined>;
  /** Replaces what was read, and the counts with it. Throws StaleVersionError when something else stands there meanwhile. */
  save(before: Todo | undefined, after: Todo): Promise<void>;
  /** The counts of an owner's pools, by the pools' names; exact. */
  counts(owner: string): Promise<Counts>;
  /** Lines of one pool, in order, after a position. */
  page(pool: Pool, options: { readonly after?: string | undefined; readonly limit: number }): Promise<TodoLine[]>;
}
