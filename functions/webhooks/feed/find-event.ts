import type { FeedEvent } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";

const BLOCKS_AT_ONCE = 20;

/** The event of that id in a department's feed; undefined when it never came, or is no longer kept. */
export const findEvent = async (log: FeedLog, department: string, id: string): Promise<FeedEvent | undefined> => {
  for (const { source, after } of await log.claimsOf(department, id))
    for (let from = after; ; ) {
      const blocks = await log.read(department, from, BLOCKS_AT_ONCE);
      const found = blocks.flatMap(({ events }) => events).find((event) => event.id === id && event.source === source);
      if (found) return found;
      const last = blocks.at(-1);
      if (!last || blocks.length < BLOCKS_AT_ONCE) break;
      from = last.first + last.events.length - 1;
    }
  return undefined;
};
