import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import type { Block, FeedEvent, Position } from "../domain/feed.ts";

const feedEvent = (position: Position, body: string): FeedEvent => {
  const { id, source, subject, type, time, division, itemcode, correlationid } = AnyEvent.parse(JSON.parse(body));
  return { position, id, source, subject, type, time, division, itemcode, correlationId: correlationid, body };
};

/** What a block's row holds, told apart: only the bytes are stored, all else stands in them. */
export const blockOf = (row: { first: Position; at: Instant; bodies: readonly string[] }): Block => ({
  first: row.first,
  at: row.at,
  events: row.bodies.map((body, index) => feedEvent(row.first + index, body)),
});
