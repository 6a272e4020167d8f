import type { Instant } from "#shared/kernel/clock.ts";
import type { EventConsumer, FeedReader } from "./event-consumer.ts";
import type { Block, Position } from "./feed.ts";

export interface EventId {
  readonly id: string;
  readonly source: string;
}

/** Every department's events, one log each, that only grows at its end. */
export interface FeedLog {
  /**
   * Notes, once, that an event is about to be appended, and the position behind which alone it can stand. Answers what was
   * noted first.
   */
  claim(department: string, event: EventId, after: Position, at: Instant): Promise<{ mine: boolean; after: Position }>;
  /** The claims on an event's id, one for each source that uses it; nearly always one. */
  claimsOf(department: string, id: string): Promise<readonly (EventId & { readonly after: Position })[]>;
  /** The last position of the log, 0 before the first. */
  tail(department: string): Promise<Position>;
  /** Appends bodies at the end. False, and nothing is done, when something stands at `first` already. */
  put(department: string, block: { first: Position; at: Instant; bodies: readonly string[] }): Promise<boolean>;
  /** The blocks that hold positions behind `after`, in order; `limit` of them unless the log ends. What is past its time may be missing. */
  read(department: string, after: Position, limit: number): Promise<readonly Block[]>;
  /** Notes where each log ends, for the time when its blocks have ended. Answers how many logs there are. */
  noteTails(): Promise<number>;
}

export interface EventConsumerStore {
  find(reader: FeedReader, name: string): Promise<EventConsumer | undefined>;
  of(reader: FeedReader): Promise<readonly EventConsumer[]>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(consumer: EventConsumer): Promise<void>;
  remove(reader: FeedReader, name: string): Promise<void>;
}
