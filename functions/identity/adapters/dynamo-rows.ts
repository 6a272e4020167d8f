import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { isRace, putAggregate, StaleVersionError } from "#shared/runtime/outbox.ts";
import { CURRENT, hasEnded, type IdentityRows, indexes, type Row, seconds } from "./identity-rows.ts";

const AnyRow = z.looseObject({ pk: z.string(), sk: z.string() });
const Key = z.object({ pk: z.string(), sk: z.string() });

const isRefused = (error: unknown): boolean => error instanceof ConditionalCheckFailedException;

export const dynamoRows = (client: DynamoDBDocumentClient, TableName: string, now: Clock): IdentityRows => {
  const unlessRefused = async <T>(work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (isRefused(error)) return undefined;
      throw error;
    }
  };
  const absent = { ConditionExpression: "attribute_not_exists(pk)" };

  return {
    async find(pk, sk = CURRENT) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true }));
      const row: Row | undefined = Item && AnyRow.parse(Item);
      return row && !hasEnded(row, now()) ? row : undefined;
    },

    async list(pk, skPrefix, before, limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
          ExpressionAttributeValues: { ":pk": pk, ":first": skPrefix, ":last": before ?? `${skPrefix}\uffff` },
          ScanIndexForward: false,
          Limit: limit + 1,
        }),
      );
      return Items.map((row) => AnyRow.parse(row))
        .filter(({ sk }) => sk !== before)
        .slice(0, limit);
    },

    async keysBy(attribute, value) {
      const pages = paginateQuery(
        { client },
        {
          TableName,
          IndexName: indexes[attribute],
          KeyConditionExpression: "#attribute = :value",
          ExpressionAttributeNames: { "#attribute": attribute },
          ExpressionAttributeValues: { ":value": value },
        },
      );
      const keys: string[] = [];
      for await (const { Items = [] } of pages) keys.push(...Items.map((row) => Key.parse(row).pk));
      return keys;
    },

    save: (row, events) => putAggregate(client, TableName, row, events),

    async saveTogether({ aggregate, events, claim = [], free = [], put = [], remove = [] }) {
      const isFirst = aggregate.version === 1;
      try {
        await client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName,
                  Item: events.length > 0 ? { ...aggregate, outbox: events } : aggregate,
                  ...(isFirst
                    ? absent
                    : {
                        ConditionExpression: "version = :previous",
                        ExpressionAttributeValues: { ":previous": aggregate.version - 1 },
                      }),
                },
              },
              ...claim.map((Item) => ({ Put: { TableName, Item, ...absent } })),
              ...free.map((pk) => ({ ConditionCheck: { TableName, Key: { pk, sk: CURRENT }, ...absent } })),
              ...put.map((Item) => ({ Put: { TableName, Item } })),
              ...remove.map((pk) => ({ Delete: { TableName, Key: { pk, sk: CURRENT } } })),
            ],
          }),
        );
      } catch (error) {
        if (isRace(error)) throw new StaleVersionError(aggregate.pk, { cause: error });
        throw error;
      }
    },

    async rewrite({ outbox: _, ...Item }, { put = [], remove = [] } = {}) {
      try {
        await client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName,
                  Item,
                  ConditionExpression: "version = :same",
                  ExpressionAttributeValues: { ":same": Item.version },
                },
              },
              ...put.map((row) => ({ Put: { TableName, Item: row } })),
              ...remove.map((pk) => ({ Delete: { TableName, Key: { pk, sk: CURRENT } } })),
            ],
          }),
        );
        return true;
      } catch (error) {
        if (isRace(error)) return false;
        throw error;
      }
    },

    async add(Item) {
      const done = await unlessRefused(
        client.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
            ExpressionAttributeValues: { ":now": seconds(now()) },
          }),
        ),
      );
      return done !== undefined;
    },

    async addNewer(Item) {
      await unlessRefused(
        client.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression: "attribute_not_exists(pk) OR #sequence < :sequence",
            ExpressionAttributeNames: { "#sequence": "sequence" },
            ExpressionAttributeValues: { ":sequence": Item.sequence },
          }),
        ),
      );
    },

    async remove(pk, sk = CURRENT) {
      await client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    },

    async hit(pk, windowSeconds, at) {
      const Key = { pk, sk: CURRENT };
      for (;;) {
        // Mostly it is the first of its window, as a sign-in that goes well clears its counters; then this is the only write.
        const begun = await unlessRefused(
          client.send(
            new PutCommand({
              TableName,
              Item: { ...Key, hits: 1, expiresAt: seconds(at) + windowSeconds },
              ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
              ExpressionAttributeValues: { ":now": seconds(at) },
            }),
          ),
        );
        if (begun) return 1;
        const counted = await unlessRefused(
          client.send(
            new UpdateCommand({
              TableName,
              Key,
              UpdateExpression: "ADD hits :one",
              ConditionExpression: "attribute_exists(pk) AND expiresAt > :now",
              ExpressionAttributeValues: { ":one": 1, ":now": seconds(at) },
              ReturnValues: "ALL_NEW",
            }),
          ),
        );
        if (counted) return z.object({ hits: z.int() }).parse(counted.Attributes).hits;
      }
    },

    async tryRow(pk, most, at) {
      const tried = await unlessRefused(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { pk, sk: CURRENT },
            UpdateExpression: "ADD tries :one",
            ConditionExpression:
              "attribute_exists(pk) AND tries < :most AND attribute_not_exists(usedAt) AND expiresAt > :now",
            ExpressionAttributeValues: { ":one": 1, ":most": most, ":now": seconds(at) },
            ReturnValues: "ALL_NEW",
          }),
        ),
      );
      return tried && AnyRow.parse(tried.Attributes);
    },

    async use(pk, marks, at) {
      const names = Object.keys(marks);
      const done = await unlessRefused(
        client.send(
          new UpdateCommand({
            TableName,
            Key: { pk, sk: CURRENT },
            UpdateExpression: `SET ${names.map((_, i) => `#m${i} = :m${i}`).join(", ")}`,
            ConditionExpression: `attribute_exists(pk) AND expiresAt > :now AND ${names
              .map((_, i) => `attribute_not_exists(#m${i})`)
              .join(" AND ")}`,
            ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#m${i}`, name])),
            ExpressionAttributeValues: {
              ":now": seconds(at),
              ...Object.fromEntries(names.map((name, i) => [`:m${i}`, marks[name]])),
            },
          }),
        ),
      );
      return done !== undefined;
    },

    async slice(cursor, limit) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          Limit: limit,
          ConsistentRead: true,
          ...(cursor && { ExclusiveStartKey: Key.parse(positionOf(cursor)) }),
        }),
      );
      return {
        rows: Items.map((row) => AnyRow.parse(row)),
        ...(LastEvaluatedKey && { next: cursorOf(LastEvaluatedKey) }),
      };
    },
  };
};
