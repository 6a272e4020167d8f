import { createHash } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Lane } from "../domain/lane.ts";
import type { LaneStore, Wake } from "../domain/ports.ts";

const LaneRow = z.object({
  endpoint: z.string(),
  department: z.string(),
  version: z.int().positive(),
  position: z.int().nonnegative(),
  unclean: z.boolean().optional(),
  ordered: z.boolean().optional(),
  lease: z.object({ holder: z.string(), until: z.string() }).optional(),
  again: z.boolean().optional(),
  failures: z.int().nonnegative(),
  failingSince: z.string().optional(),
  opened: z.int().nonnegative(),
  throttled: z.int().nonnegative(),
  pausedUntil: z.string().optional(),
  revived: z.int().positive().optional(),
  hasten: z.boolean().optional(),
  hastenedAt: z.string().optional(),
  unseenUntil: z.string().optional(),
  slow: z.boolean().optional(),
  quick: z.int().nonnegative(),
  pacedUntil: z.number(),
  wait: z.object({ wakeAt: z.string(), sweepAt: z.string() }).optional(),
}) satisfies z.ZodType<Lane>;

const WakeRow = z.object({ department: z.string(), endpoint: z.string() }) satisfies z.ZodType<Wake>;

const keyOf = (endpoint: string) => ({ pk: `endpoint#${endpoint}`, sk: "lane" });

/** Spread over more than one key: a partition takes 1,000 writes a second. */
const SHARDS = ["lane#0", "lane#1", "lane#2", "lane#3"] as const;
const shardOf = (endpoint: string): string =>
  `lane#${(createHash("sha256").update(endpoint).digest()[0] ?? 0) % SHARDS.length}`;
const WAKES_AT_ONCE = 100;

export const dynamoLanes = (client: DynamoDBDocumentClient, TableName: string): LaneStore => ({
  async find(endpoint) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(endpoint), ConsistentRead: true }));
    return Item && LaneRow.parse(Item);
  },
  save: (lane) =>
    putAggregate(
      client,
      TableName,
      {
        ...keyOf(lane.endpoint),
        ...lane,
        ...(lane.wait && { waitsIn: shardOf(lane.endpoint), waitsUntil: lane.wait.sweepAt }),
      },
      [],
    ),
  async *overdue(by) {
    for (const shard of SHARDS) {
      const pages = paginateQuery(
        { client, pageSize: WAKES_AT_ONCE },
        {
          TableName,
          IndexName: "waiting",
          KeyConditionExpression: "waitsIn = :shard AND waitsUntil <= :by",
          ExpressionAttributeValues: { ":shard": shard, ":by": by },
        },
      );
      for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map((item) => WakeRow.parse(item));
    }
  },
});
