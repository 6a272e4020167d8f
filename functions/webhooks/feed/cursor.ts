import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { oldestKept, type Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";

const BLOCKS_AT_ONCE = 50;

/** A position as departments hold it. Opaque, so that nobody computes with it. */
export const feedCursor = (position: Position): string => cursorOf({ after: position });

/** Undefined for what is not one of ours. */
export const feedPosition = (cursor: string): Position | undefined => {
  const after = positionOf(cursor)?.after;
  return typeof after === "number" && Number.isSafeInteger(after) && after >= 0 ? after : undefined;
};

/** The position before the oldest event that is kept. */
export const beforeOldest = async (log: FeedLog, department: string, now: string): Promise<Position> => {
  const since = oldestKept(now);
  for (let after = 0; ; ) {
    const blocks = await log.read(department, after, BLOCKS_AT_ONCE);
    const first = blocks.find((block) => block.at >= since);
    if (first) return first.first - 1;
    const last = blocks.at(-1);
    if (!last) return Math.max(after, await log.tail(department));
    after = last.first + last.events.length - 1;
  }
};
