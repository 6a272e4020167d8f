import { pullEvents } from "#shared/contracts/http/webhooks/feed.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { FeedEvent, Position } from "../domain/feed.ts";
import type { EventConsumerStore, FeedLog } from "../domain/feed-ports.ts";
import { type Subscription, takes } from "../domain/subscription.ts";
import { beforeOldest, feedCursor, feedPosition } from "../feed/cursor.ts";

interface Deps {
  readonly log: FeedLog;
  readonly consumers: EventConsumerStore;
  readonly now: Clock;
  readonly pause: (seconds: number) => Promise<void>;
}

const BLOCKS_AT_ONCE = 20;
/** What one request looks through at most, so that a filter that hardly ever matches is answered too. */
const LOOKED_THROUGH_AT_MOST = 2_000;
/** Between two looks while waiting, in seconds: quick at first, when the next event of a busy feed is near. */
const FIRST_LOOK = 0.2;
const LAST_LOOK = 1;

interface Found {
  readonly events: readonly FeedEvent[];
  readonly reached: Position;
  readonly more: boolean;
}

/** Undefined when what stood behind that position is no longer kept. */
const look = async (
  log: FeedLog,
  department: string,
  from: Position,
  wanted: (event: FeedEvent) => boolean,
  limit: number,
): Promise<Found | undefined> => {
  const events: FeedEvent[] = [];
  let reached = from;
  for (;;) {
    const blocks = await log.read(department, reached, BLOCKS_AT_ONCE);
    for (const block of blocks)
      for (const event of block.events) {
        if (event.position <= reached) continue;
        if (event.position !== reached + 1) return undefined;
        if (events.length === limit || reached - from >= LOOKED_THROUGH_AT_MOST) return { events, reached, more: true };
        if (wanted(event)) events.push(event);
        reached = event.position;
      }
    if (blocks.length < BLOCKS_AT_ONCE) return { events, reached, more: false };
  }
};

/** A client of one division reads what concerns that division or nobody's in particular, as its webhooks would. */
const wantedBy = (own: DivisionCode | undefined, asked: Subscription) => (event: FeedEvent) =>
  takes({ divisions: own === undefined ? undefined : [own] }, event) && takes(asked, event);

export const pullEventsEndpoint = ({ log, consumers, now, pause }: Deps) =>
  endpoint(pullEvents, async ({ caller, query }) => {
    const { department, division } = caller;
    if (!department) return refuse("request.scope-missing");

    const start = async (): Promise<Position | undefined> => {
      if (query.after === "latest") return log.tail(department);
      if (query.after !== undefined) return feedPosition(query.after);
      return beforeOldest(log, department, now());
    };
    const consumer =
      query.after === undefined && query.consumer !== undefined
        ? await consumers.find({ department, division }, query.consumer)
        : undefined;
    if (query.after === undefined && query.consumer !== undefined && !consumer)
      return refuse("event.consumer-not-found");
    const after = consumer ? consumer.acknowledged : await start();
    if (after === undefined) return refuse("request.bad-cursor");

    const asked = {
      types: query.types?.split(","),
      items: query.item?.split(","),
      divisions: query.division?.split(","),
    };
    const wanted = wantedBy(division, asked);
    let from = after;
    let waited = 0;
    for (let seconds = FIRST_LOOK; ; seconds = Math.min(LAST_LOOK, seconds * 1.5)) {
      const found = await look(log, department, from, wanted, query.limit);
      if (!found) return refuse("event.cursor-expired");
      if (found.events.length > 0 || found.more || waited >= query.wait) {
        if (found.reached === after) {
          const tail = await log.tail(department);
          // A position that is not reached yet was never given out.
          if (tail < after) return refuse("request.bad-cursor");
          // All that came after it has ended, unless it came just now.
          if (tail > after && (await log.read(department, after, 1)).length === 0)
            return refuse("event.cursor-expired");
        }
        return accept({
          items: found.events.map(({ position, body }) => ({ cursor: feedCursor(position), event: JSON.parse(body) })),
          next: feedCursor(found.reached),
          more: found.more,
        });
      }
      from = found.reached;
      const rest = Math.min(seconds, query.wait - waited);
      await pause(rest);
      waited += rest;
    }
  });
