import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { isRace, putAggregate, StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Delivery, DeliveryKey } from "../domain/delivery.ts";
import { expiryOf } from "../domain/feed.ts";
import type { DeliveryStore, HeldCase } from "../domain/ports.ts";

const facts = {
  endpoint: z.string(),
  position: z.int().positive(),
  version: z.int().positive(),
  event: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  createdAt: z.string(),
  tries: z.int().nonnegative(),
  attempts: z.array(
    z.object({
      at: z.string(),
      status: z.int().optional(),
      error: z.string().optional(),
      milliseconds: z.int(),
      answer: z.string().optional(),
    }),
  ),
  renewedBy: z.array(z.string()).optional(),
};
const DeliveryRow = z.discriminatedUnion("status", [
  z.object({ ...facts, status: z.literal("pending"), nextAttemptAt: z.string() }),
  z.object({ ...facts, status: z.enum(["delivered", "failed"]) }),
]) satisfies z.ZodType<Delivery>;

const CaseRow = z.object({
  endpoint: z.string(),
  subject: z.string(),
  version: z.int().positive(),
  positions: z.array(z.int().positive()),
}) satisfies z.ZodType<HeldCase>;

/** What the index `waiting` holds of a pending delivery. */
const WaitingRow = z.object({ position: z.int().positive(), waitsUntil: z.string() });

const WAITING_AT_ONCE = 100;

const partitionOf = (endpoint: string): string => `endpoint#${endpoint}`;
const placeOf = (position: number): string => `delivery#${String(position).padStart(12, "0")}`;
const keyOf = ({ endpoint, position }: DeliveryKey) => ({ pk: partitionOf(endpoint), sk: placeOf(position) });
const caseKeyOf = ({ endpoint, subject }: HeldCase) => ({ pk: partitionOf(endpoint), sk: `case#${subject}` });
const waitsIn = (endpoint: string): string => `retry#${endpoint}`;

/** Only a pending delivery stands in the index. */
const rowOf = (delivery: Delivery) => ({
  ...keyOf(delivery),
  ...delivery,
  ...(delivery.status === "pending" && { waitsIn: waitsIn(delivery.endpoint), waitsUntil: delivery.nextAttemptAt }),
  expiresAt: expiryOf(delivery.createdAt),
});

const ifBefore = (version: number) =>
  version === 1
    ? { ConditionExpression: "attribute_not_exists(pk)" }
    : { ConditionExpression: "version = :previous", ExpressionAttributeValues: { ":previous": version - 1 } };

export const dynamoDeliveries = (client: DynamoDBDocumentClient, TableName: string, now: Clock): DeliveryStore => ({
  async find(key) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(key), ConsistentRead: true }));
    return Item && DeliveryRow.parse(Item);
  },

  save: (delivery) => putAggregate(client, TableName, rowOf(delivery), []),

  async page(endpoint, { limit, cursor, status }) {
    const pk = partitionOf(endpoint);
    const sk = cursor === undefined ? undefined : positionOf(cursor)?.sk;
    if (cursor !== undefined && (typeof sk !== "string" || !sk.startsWith("delivery#"))) return undefined;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :delivery)",
        ExpressionAttributeValues: { ":pk": pk, ":delivery": "delivery#", ...(status && { ":status": status }) },
        ...(status && { FilterExpression: "#status = :status", ExpressionAttributeNames: { "#status": "status" } }),
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

  async behind(endpoint, after, limit) {
    const pages = paginateQuery(
      { client, pageSize: limit },
      {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :last",
        ExpressionAttributeValues: { ":pk": partitionOf(endpoint), ":from": placeOf(after + 1), ":last": "delivery#~" },
      },
    );
    const deliveries: Delivery[] = [];
    for await (const { Items = [] } of pages) {
      deliveries.push(...Items.map((item) => DeliveryRow.parse(item)));
      if (deliveries.length >= limit) break;
    }
    return deliveries.slice(0, limit);
  },

  async due(endpoint, by, limit) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "waiting",
        KeyConditionExpression: "waitsIn = :retry AND waitsUntil <= :by",
        ExpressionAttributeValues: { ":retry": waitsIn(endpoint), ":by": by },
        Limit: limit,
      }),
    );
    return Items.map((item) => WaitingRow.parse(item).position);
  },

  async *waitingBeyond(endpoint, at) {
    const pages = paginateQuery(
      { client, pageSize: WAITING_AT_ONCE },
      {
        TableName,
        IndexName: "waiting",
        KeyConditionExpression: "waitsIn = :retry AND waitsUntil > :at",
        ExpressionAttributeValues: { ":retry": waitsIn(endpoint), ":at": at },
      },
    );
    for await (const { Items = [] } of pages)
      if (Items.length > 0) yield Items.map((item) => WaitingRow.parse(item).position);
  },

  async nextDue(endpoint) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "waiting",
        KeyConditionExpression: "waitsIn = :retry",
        ExpressionAttributeValues: { ":retry": waitsIn(endpoint) },
        Limit: 1,
      }),
    );
    return Items[0] && WaitingRow.parse(Items[0]).waitsUntil;
  },

  async heldCases(endpoint) {
    const held: HeldCase[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :case)",
          ExpressionAttributeValues: { ":pk": partitionOf(endpoint), ":case": "case#" },
          ExclusiveStartKey,
        }),
      );
      held.push(...(page.Items ?? []).map((item) => CaseRow.parse(item)));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return held;
  },

  async saveWithCase(deliveries, held) {
    const Key = caseKeyOf(held);
    const expiresAt = expiryOf(now());
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            ...deliveries.map((delivery) => ({
              Put: { TableName, Item: rowOf(delivery), ...ifBefore(delivery.version) },
            })),
            held.positions.length > 0
              ? { Put: { TableName, Item: { ...Key, ...held, expiresAt }, ...ifBefore(held.version) } }
              : { Delete: { TableName, Key, ...ifBefore(held.version) } },
          ],
        }),
      );
    } catch (error) {
      if (isRace(error)) throw new StaleVersionError(Key.sk, { cause: error });
      throw error;
    }
  },
});
