import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { BLOCK_AT_MOST, type Block, BODY_BYTES_AT_MOST, type Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";

/** An event cannot be told to anyone, being larger than receivers take. */
export class EventTooLargeError extends Error {
  override readonly name = "EventTooLargeError";
}

interface Deps {
  readonly log: FeedLog;
  readonly now: Clock;
  /** Seconds. */
  readonly pause: (seconds: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

const BLOCKS_AT_ONCE = 50;

/** A tail older than this is read anew. Any earlier tail is right, only slow: what is written there already is met. */
const TAIL_KEPT_MS = 60_000;
const RACE_PAUSE_SECONDS = 0.02;

export const bodyOf = (event: AnyEvent): string => {
  const body = JSON.stringify(event);
  if (Buffer.byteLength(body) > BODY_BYTES_AT_MOST)
    throw new EventTooLargeError(`${event.type} ${event.id} has ${Buffer.byteLength(body)} bytes`);
  return body;
};

/**
 * Appends events to a department's feed: each once, whatever is repeated, by whomever, and in whatever step a writer dies
 * (docs/decisions/0037-the-feed.md).
 *
 * A block is put at the tail on the condition that nothing stands there. So when a put succeeds, the log holds just what was
 * known of it, and whether an event is in it was known too: an event's claim says behind which position it can only
 * stand, and everything behind that has been looked at.
 */
export const feedAppender = ({ log, now, pause, random }: Deps) => {
  const tails = new Map<string, { position: Position; readAt: number }>();
  const remember = (department: string, position: Position) =>
    tails.set(department, { position, readAt: Date.parse(now()) });
  const tailOf = async (department: string): Promise<Position> => {
    const known = tails.get(department);
    if (known && Date.parse(now()) - known.readAt < TAIL_KEPT_MS) return known.position;
    return log.tail(department);
  };

  /** Appends to one department; the rest is put into further blocks. Answers how many were not there yet. */
  return async (department: string, events: readonly AnyEvent[]): Promise<number> => {
    const keyOf = ({ source, id }: { source: string; id: string }) => `${source} ${id}`;
    let missing = [...new Map(events.map((event) => [keyOf(event), { event, body: bodyOf(event) }])).values()];
    let tail = await tailOf(department);
    const drop = (blocks: readonly Block[]) => {
      const there = new Set(blocks.flatMap((block) => block.events.map(keyOf)));
      missing = missing.filter(({ event }) => !there.has(keyOf(event)));
    };
    /** Reads on from a position to the end of the log, and strikes out what it meets. */
    const readOn = async (from: Position, onlyWhile: () => boolean): Promise<Position> => {
      let at = from;
      while (onlyWhile()) {
        const blocks = await log.read(department, at, BLOCKS_AT_ONCE);
        drop(blocks);
        const last = blocks.at(-1);
        if (last) at = Math.max(at, last.first + last.events.length - 1);
        if (blocks.length < BLOCKS_AT_ONCE) return at;
      }
      return at;
    };

    const claims = await Promise.all(
      missing.map(async ({ event }) => ({ event, ...(await log.claim(department, event, tail, now())) })),
    );
    // Someone has been at these before: they stand behind their claim, or that one died before appending.
    for (const { event, mine, after } of claims)
      if (!mine) await readOn(after, () => missing.some((each) => each.event === event));

    let appended = 0;
    while (missing.length > 0) {
      const block = missing.slice(0, BLOCK_AT_MOST);
      if (await log.put(department, { first: tail + 1, at: now(), bodies: block.map(({ body }) => body) })) {
        tail += block.length;
        appended += block.length;
        missing = missing.slice(block.length);
      } else {
        await pause(RACE_PAUSE_SECONDS * random());
        tail = await readOn(tail, () => true);
      }
    }
    remember(department, tail);
    return appended;
  };
};
