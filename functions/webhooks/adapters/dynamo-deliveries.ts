import { createHash } from "node:crypto";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Delivery, DeliveryKey } from "../domain/delivery.ts";
import type { DeliveryStore, Overdue } from "../domain/ports.ts";

const facts = {
  version: z.int().positive(),
  endpoint: z.string(),
  department: z.string(),
  event: z.string(),
  time: z.string(),
  type: z.string(),
  subject: z.string(),
  correlationId: z.string().optional(),
  body: z.string(),
  createdAt: z.string(),
  attempts: z.array(
    z.object({ at: z.string(), status: z.int().optional(), error: z.string().optional(), milliseconds: z.int() }),
  ),
};
const DeliveryRow = z.discriminatedUnion("status", [
  z.object({ ...facts, status: z.literal("pending"), nextAttemptAt: z.string(), sweepAt: z.string() }),
  z.object({ ...facts, status: z.enum(["delivered", "failed"]) }),
]) satisfies z.ZodType<Delivery>;

/** What the index `due` holds of a pending delivery. */
const DueRow = z.object({
  endpoint: z.string(),
  event: z.string(),
  time: z.string(),
  attempt: z.int().nonnegative(),
  version: z.int().positive(),
}) satisfies z.ZodType<Overdue>;

/** Spread over more than one key: a partition takes 1,000 writes a second. */
const SHARDS = ["due#0", "due#1", "due#2", "due#3"] as const;
const shardOf = (event: string): string =>
  `due#${(createHash("sha256").update(event).digest()[0] ?? 0) % SHARDS.length}`;

const KEPT_SECONDS = 30 * 86_400;
const SWEPT_AT_ONCE = 100;

const keyOf = ({ endpoint, time, event }: DeliveryKey) => ({ pk: `endpoint#${endpoint}`, sk: `${time}#${event}` });

/** Only a pending delivery stands in the index. */
const dueKeysOf = (delivery: Delivery) =>
  delivery.status === "pending"
    ? { dueShard: shardOf(delivery.event), dueAt: delivery.sweepAt, attempt: delivery.attempts.length }
    : {};

export const dynamoDeliveries = (client: DynamoDBDocumentClient, tableName: string): DeliveryStore => ({
  async find(key) {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: keyOf(key), ConsistentRead: true }));
    return Item && DeliveryRow.parse(Item);
  },

  save: (delivery) =>
    putAggregate(
      client,
      tableName,
      {
        ...keyOf(delivery),
        ...delivery,
        ...dueKeysOf(delivery),
        expiresAt: Math.ceil(Date.parse(delivery.createdAt) / 1000) + KEPT_SECONDS,
      },
      [],
    ),

  async page(endpoint, { limit, cursor }) {
    const pk = `endpoint#${endpoint}`;
    const sk = cursor === undefined ? undefined : positionOf(cursor)?.sk;
    if (cursor !== undefined && (typeof sk !== "string" || sk === "")) return undefined;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ScanIndexForward: false,
        Limit: limit,
        ...(sk !== undefined && { ExclusiveStartKey: { pk, sk } }),
      }),
    );
    return {
      items: Items.map((item) => DeliveryRow.parse(item)),
      ...(LastEvaluatedKey && { next: cursorOf({ sk: LastEvaluatedKey.sk }) }),
    };
  },

  async *overdue(by) {
    for (const shard of SHARDS) {
      const pages = paginateQuery(
        { client, pageSize: SWEPT_AT_ONCE },
        {
          TableName: tableName,
          IndexName: "due",
          KeyConditionExpression: "dueShard = :shard AND dueAt <= :by",
          ExpressionAttributeValues: { ":shard": shard, ":by": by },
        },
      );
      for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map((item) => DueRow.parse(item));
    }
  },

  /** Moves the index entry only; the delivery itself and its version stay as they are. */
  async postpone(overdue, until) {
    try {
      await client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: keyOf(overdue),
          UpdateExpression: "SET dueAt = :until",
          ConditionExpression: "version = :seen AND attribute_exists(dueShard)",
          ExpressionAttributeValues: { ":until": until, ":seen": overdue.version },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },
});
