import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { BillDay } from "../domain/day.ts";
import type { Days } from "../domain/ports.ts";
import { movementOf, movementPart, Provider } from "./order-row.ts";
import { dayEventsOf } from "./payment-events.ts";

const Sum = z.object({ payments: z.int(), refunds: z.int(), count: z.int() });

const facts = {
  provider: Provider,
  date: z.string(),
  version: z.int().positive(),
  changedAt: z.string(),
  progress: z.object({ lines: z.int(), parts: z.int(), partsDone: z.int() }),
  found: z
    .object({
      here: Sum,
      there: Sum,
      overflown: z.boolean(),
      differences: z.array(
        z.object({
          id: z.string(),
          kind: z.enum(["missing-here", "missing-there", "amount", "status", "duplicate"]),
          movement: z.enum(["payment", "refund"]),
          number: z.string(),
          trade: z.string().optional(),
          here: z.int().optional(),
          there: z.int().optional(),
          note: z.string().optional(),
          resolution: z.object({ reason: z.string(), officer: z.string(), at: z.string() }).optional(),
        }),
      ),
    })
    .optional(),
  commands: z.array(z.object({ key: z.string(), fingerprint: z.string() })),
};

const DayRow = z.discriminatedUnion("status", [
  z.object({ ...facts, status: z.literal("running"), startedAt: z.string() }),
  z.object({ ...facts, status: z.literal("failed"), failure: z.string() }),
  z.object({ ...facts, status: z.literal("compared") }),
  z.object({ ...facts, status: z.literal("closed"), closedAt: z.string(), closedBy: z.string() }),
]) satisfies z.ZodType<BillDay>;

const keyOf = (provider: string, date: string) => ({ pk: `day#${provider}#${date}`, sk: "day" });

export const dynamoDays = (client: DynamoDBDocumentClient, TableName: string): Days => ({
  async find(provider, date) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(provider, date), ConsistentRead: true }));
    return Item && DayRow.parse(Item);
  },

  save: (change) =>
    putAggregate(
      client,
      TableName,
      { ...keyOf(change.day.provider, change.day.date), ...change.day },
      dayEventsOf(change),
    ),

  async *movements(provider, date, part) {
    const pages = paginateQuery(
      { client, pageSize: 2_000 },
      {
        TableName,
        KeyConditionExpression: "pk = :part",
        ExpressionAttributeValues: { ":part": movementPart(provider, date, part) },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map(movementOf);
  },
});
