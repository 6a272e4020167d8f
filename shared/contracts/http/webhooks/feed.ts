import * as z from "zod";
import { type RefusalText, route } from "../route.ts";
import { EVENT_PATTERN } from "./event-patterns.ts";

const Cursor = z.string().max(500);
const ConsumerName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);

/** Comma-separated. */
const listOf = (each: string, most: number) => z.string().regex(new RegExp(`^${each}(,${each}){0,${most - 1}}$`));

const FeedItem = z
  .object({
    cursor: Cursor.describe("acknowledge it, or give it as `after`, when this event has been taken care of"),
    event: z
      .record(z.string(), z.unknown())
      .describe("a CloudEvent in JSON format: byte for byte what a webhook's body holds"),
  })
  .meta({ id: "FeedItem" });

const EventConsumer = z
  .object({
    name: ConsumerName,
    acknowledged: Cursor,
    acknowledgedAt: z.iso.datetime(),
    behind: z.int().nonnegative().describe("events of the department that came after it, whatever their kind"),
  })
  .meta({ id: "EventConsumer" });
export type EventConsumerView = z.infer<typeof EventConsumer>;

const texts = {
  "event.cursor-expired": {
    status: 409,
    zh: "该游标之后的事件已超过 30 天保存期，请从仍保存的最早事件重新读取（不带 after）。",
    en: "Events after this cursor are past the 30 days for which they are kept: start again without `after`.",
  },
  "event.consumer-not-found": { status: 404, zh: "没有这个事件消费者。", en: "There is no such consumer of events." },
  "event.too-many-consumers": {
    status: 409,
    zh: "每个部门最多 50 个事件消费者。",
    en: "A department has at most 50 consumers of events.",
  },
} as const satisfies Record<string, RefusalText>;

export const pullEvents = route({
  operation: "pullEvents",
  tag: "events",
  summary: "The department's events in their one order, each once; waits for the next when there is none",
  method: "GET",
  path: "/v1/events",
  scopes: ["events:read"],
  query: z.object({
    after: Cursor.optional().describe(
      "a cursor of this feed, or `latest`; without it and `consumer`, from the oldest that is kept (30 days)",
    ),
    consumer: ConsumerName.optional().describe("goes on behind what this consumer has acknowledged"),
    types: listOf(EVENT_PATTERN, 50).optional().describe("comma-separated; a trailing .* takes all that begin so"),
    item: listOf("[0-9A-Z]{1,40}", 50).optional().describe("implementation codes of items, comma-separated"),
    division: listOf("\\d{6,12}", 50).optional().describe("divisions, each with all below it, comma-separated"),
    wait: z.coerce.number().int().min(0).max(20).default(0).describe("seconds to wait while there is none"),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  }),
  success: {
    status: 200,
    schema: z.object({
      items: z.array(FeedItem),
      next: Cursor.describe("`after` of the next request, also when nothing was found: it is past what did not match"),
      more: z.boolean().describe("whether more stands in the feed already"),
    }),
  },
  refusals: {
    "event.cursor-expired": texts["event.cursor-expired"],
    "event.consumer-not-found": texts["event.consumer-not-found"],
  },
});

const byName = z.object({ name: ConsumerName });

export const acknowledgeEvents = route({
  operation: "acknowledgeEvents",
  tag: "events",
  summary: "Remember how far a consumer has come; makes the consumer when there is none of that name",
  method: "PUT",
  path: "/v1/event-consumers/{name}",
  scopes: ["events:read"],
  pathParams: byName,
  body: z.object({
    acknowledged: Cursor.describe("a cursor of the feed, `latest`, or `oldest`"),
    rewind: z.boolean().optional().describe("lets it go back; otherwise an earlier cursor changes nothing"),
  }),
  success: { status: 200, schema: EventConsumer },
  refusals: { "event.too-many-consumers": texts["event.too-many-consumers"] },
});

export const listEventConsumers = route({
  operation: "listEventConsumers",
  tag: "events",
  summary: "The department's consumers of events and how far each has come",
  method: "GET",
  path: "/v1/event-consumers",
  scopes: ["events:read"],
  success: { status: 200, schema: z.object({ items: z.array(EventConsumer) }) },
  refusals: {},
});

export const removeEventConsumer = route({
  operation: "removeEventConsumer",
  tag: "events",
  summary: "Forget a consumer",
  method: "DELETE",
  path: "/v1/event-consumers/{name}",
  scopes: ["events:read"],
  pathParams: byName,
  success: { status: 204, schema: z.undefined() },
  refusals: { "event.consumer-not-found": texts["event.consumer-not-found"] },
});
