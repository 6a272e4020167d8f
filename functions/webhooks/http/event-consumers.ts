import {
  acknowledgeEvents,
  type EventConsumerView,
  listEventConsumers,
  removeEventConsumer,
} from "#shared/contracts/http/webhooks/feed.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import { acknowledge, type EventConsumer } from "../domain/event-consumer.ts";
import type { Position } from "../domain/feed.ts";
import type { EventConsumerStore, FeedLog } from "../domain/feed-ports.ts";
import { beforeOldest, feedCursor, feedPosition } from "../feed/cursor.ts";

interface Deps {
  readonly log: FeedLog;
  readonly consumers: EventConsumerStore;
  readonly now: Clock;
}

const viewOf = ({ name, acknowledged, at }: EventConsumer, tail: Position): EventConsumerView => ({
  name,
  acknowledged: feedCursor(acknowledged),
  acknowledgedAt: at,
  behind: Math.max(0, tail - acknowledged),
});

export const eventConsumerEndpoints = ({ log, consumers, now }: Deps): readonly Endpoint[] => [
  endpoint(acknowledgeEvents, async ({ caller, path: { name }, body }) => {
    const { department, division } = caller;
    if (!department) return refuse("request.scope-missing");
    const reader = { department, division };
    const tail = await log.tail(department);
    const positions = { latest: async () => tail, oldest: () => beforeOldest(log, department, now()) };
    const named = positions[body.acknowledged as keyof typeof positions];
    const position = named ? await named() : feedPosition(body.acknowledged);
    if (position === undefined || position > tail) return refuse("request.bad-cursor");

    const known = await consumers.find(reader, name);
    const others = known ? 0 : (await consumers.of(reader)).length;
    const told = { ...reader, name, position, rewind: body.rewind ?? false };
    const decision = acknowledge(known, told, others, now());
    if (!decision.ok) return decision;
    if (decision.value !== known) await consumers.save(decision.value);
    return accept(viewOf(decision.value, tail));
  }),

  endpoint(listEventConsumers, async ({ caller: { department, division } }) => {
    if (!department) return refuse("request.scope-missing");
    const tail = await log.tail(department);
    return accept({ items: (await consumers.of({ department, division })).map((each) => viewOf(each, tail)) });
  }),

  endpoint(removeEventConsumer, async ({ caller: { department, division }, path: { name } }) => {
    if (!department) return refuse("request.scope-missing");
    if (!(await consumers.find({ department, division }, name))) return refuse("event.consumer-not-found");
    await consumers.remove({ department, division }, name);
    return accept(undefined);
  }),
];
