import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { Position } from "./feed.ts";

/** Whose consumers they are: a client of one division has its own, so that it can neither move nor forget another's. */
export interface FeedReader {
  readonly department: string;
  readonly division?: DivisionCode | undefined;
}

/** How far one reader of a department's feed has come. */
export interface EventConsumer extends FeedReader {
  readonly name: string;
  readonly version: number;
  /** Everything up to here has been taken care of. */
  readonly acknowledged: Position;
  readonly at: Instant;
}

const CONSUMERS_AT_MOST = 50;

export interface Acknowledgement extends FeedReader {
  readonly name: string;
  readonly position: Position;
  /** Only then may a position go back: a late acknowledgement must not undo a later one. */
  readonly rewind: boolean;
}

/** The consumer as it is to be written; the very same object when there is nothing to write. */
export const acknowledge = (
  known: EventConsumer | undefined,
  { department, division, name, position, rewind }: Acknowledgement,
  others: number,
  now: Instant,
): Decision<EventConsumer, "event.too-many-consumers"> => {
  if (!known)
    return others >= CONSUMERS_AT_MOST
      ? refuse("event.too-many-consumers")
      : accept({
          department,
          ...(division !== undefined && { division }),
          name,
          version: 1,
          acknowledged: position,
          at: now,
        });
  const moves = rewind ? position !== known.acknowledged : position > known.acknowledged;
  return accept(moves ? { ...known, version: known.version + 1, acknowledged: position, at: now } : known);
};
