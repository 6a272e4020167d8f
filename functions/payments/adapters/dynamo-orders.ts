import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Orders } from "../domain/ports.ts";
import { DUE_SHARDS, movementRow, orderKey, orderOf, rowOf } from "./order-row.ts";
import { orderEventsOf } from "./payment-events.ts";

/** A case that is over stays known for longer than any order of it can wait. */
const OVER_KEPT_SECONDS = 400 * 86_400;
/** A row from before sequences were kept tells nothing about an event that comes today. */
const Over = z.object({ newest: z.int().default(0) });
const ORDERS_OF_A_CASE_AT_MOST = 50;

export const dynamoOrders = (
  client: DynamoDBDocumentClient,
  { table: TableName, cipher }: { readonly table: string; readonly cipher: FieldCipher },
): Orders => ({
  async find(id) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: orderKey(id), ConsistentRead: true }));
    return Item && orderOf(cipher, Item);
  },

  async ofApplication(application) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "by-case",
        KeyConditionExpression: "caseKey = :case",
        ExpressionAttributeValues: { ":case": application },
        Limit: ORDERS_OF_A_CASE_AT_MOST,
      }),
    );
    if (Items.length === 0) return [];
    const Keys = Items.map(({ pk, sk }) => ({ pk, sk }));
    const { Responses } = await client.send(
      new BatchGetCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
    );
    return (Responses?.[TableName] ?? [])
      .map((row) => orderOf(cipher, row))
      .sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
  },

  save: (change) =>
    putAggregate(
      client,
      TableName,
      rowOf(cipher, change.order),
      orderEventsOf(change),
      change.movements.map(movementRow),
    ),

  async *due(by) {
    for (const shard of DUE_SHARDS) {
      const pages = paginateQuery(
        { client, pageSize: 100 },
        {
          TableName,
          IndexName: "due",
          KeyConditionExpression: "dueShard = :shard AND dueAt <= :by",
          ExpressionAttributeValues: { ":shard": shard, ":by": by },
        },
      );
      for await (const { Items = [] } of pages)
        if (Items.length > 0) yield Items.map(({ pk }) => String(pk).slice("order#".length));
    }
  },

  async rememberOver(purpose, sequence) {
    try {
      await client.send(
        new PutCommand({
          TableName,
          Item: {
            pk: `over#${purpose}`,
            sk: "over",
            newest: sequence,
            expiresAt: Math.ceil(Date.now() / 1000) + OVER_KEPT_SECONDS,
          },
          ConditionExpression: "attribute_not_exists(newest) OR newest < :newest",
          ExpressionAttributeValues: { ":newest": sequence },
        }),
      );
    } catch (error) {
      // Another event was newer, or this one came before.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },

  async overSince(purpose) {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: { pk: `over#${purpose}`, sk: "over" }, ConsistentRead: true }),
    );
    return Over.parse(Item ?? {}).newest;
  },
});
