import type { Card } from "./acceptance-card.ts";
import type { Message } from "./message.ts";
import type { Officer } from "./officer.ts";

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
