import { type DynamoDBDocumentClient, GetCommand, paginateQuery, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Shipments } from "../domain/ports.ts";
import type { Patience } from "../domain/watch-shipment.ts";
import { cloudEventsOf, readingEventsOf } from "./shipment-events.ts";
import {
  DIFFERENCES,
  differenceOf,
  pageEndOf,
  rowOf,
  SHIPMENT,
  stateOf,
  toSendOf,
  WATCH_SHARDS,
} from "./shipment-row.ts";

interface List<T> {
  readonly index: string;
  readonly partition: string;
  readonly sort: string;
  readonly read: (row: unknown) => T;
}

const TO_SEND = { index: "to-send", partition: "sendKey", sort: "sendAt", read: toSendOf } as const;
const DIFFERING = {
  index: "differences",
  partition: "differenceKey",
  sort: "differenceAt",
  read: differenceOf,
} as const;

const LOOKED_AT_ONCE = 50;

export const dynamoShipments = (
  client: DynamoDBDocumentClient,
  { table, cipher, patience }: { readonly table: string; readonly cipher: FieldCipher; readonly patience: Patience },
): Shipments => {
  /** One page of one partition: one query, no count. */
  const page = async <T>(
    list: List<T>,
    partition: string,
    { cursor, limit }: PageRequest,
    only: { readonly department?: string; readonly within?: string } = {},
  ): Promise<Page<T> | BadCursor> => {
    const after = cursor === undefined ? undefined : pageEndOf(cursor);
    if (cursor !== undefined && !after) return "bad-cursor";
    const filters = [
      ...(only.department !== undefined ? ["department = :department"] : []),
      ...(only.within !== undefined ? ["begins_with(division, :subtree)"] : []),
    ];
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: list.index,
        KeyConditionExpression: "#partition = :partition",
        ...(filters.length > 0 && { FilterExpression: filters.join(" AND ") }),
        ExpressionAttributeNames: { "#partition": list.partition },
        ExpressionAttributeValues: {
          ":partition": partition,
          ...(only.department !== undefined && { ":department": only.department }),
          ...(only.within !== undefined && { ":subtree": subtreePrefix(only.within) }),
        },
        Limit: limit,
        ...(after && {
          ExclusiveStartKey: { pk: after.pk, sk: SHIPMENT, [list.partition]: partition, [list.sort]: after.at },
        }),
      }),
    );
    return {
      items: Items.map(list.read),
      ...(LastEvaluatedKey && { next: cursorOf({ pk: LastEvaluatedKey.pk, at: LastEvaluatedKey[list.sort] }) }),
    };
  };

  return {
    async find(id) {
      const { Item } = await client.send(
        new GetCommand({ TableName: table, Key: { pk: id, sk: SHIPMENT }, ConsistentRead: true }),
      );
      return Item && stateOf(cipher, Item);
    },
    save: (change) => putAggregate(client, table, rowOf(cipher, patience, change.state), cloudEventsOf(change)),
    toSend: (department, division, request) => page(TO_SEND, department, request, { within: division }),
    differences: (of, request) =>
      of === "everyone"
        ? page(DIFFERING, DIFFERENCES, request)
        : page(DIFFERING, DIFFERENCES, request, { department: of.department, within: of.division }),
    async *toLookAt(by) {
      for (const shard of WATCH_SHARDS) {
        const pages = paginateQuery(
          { client, pageSize: LOOKED_AT_ONCE },
          {
            TableName: table,
            IndexName: "watch",
            KeyConditionExpression: "watchShard = :shard AND watchAt <= :by",
            ExpressionAttributeValues: { ":shard": shard, ":by": by },
          },
        );
        for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map(({ pk }) => String(pk));
      }
    },
    async recordReading(reading) {
      const { id, shipment, at, client: by, officer, purpose } = reading;
      await putAggregate(
        client,
        table,
        { pk: shipment.id, sk: `reading#${id}`, version: 1, at, client: by, officer, purpose },
        readingEventsOf(reading),
      );
    },
  };
};
