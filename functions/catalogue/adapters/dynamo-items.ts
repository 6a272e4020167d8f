import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { Item as ItemDocument } from "#shared/contracts/http/items.ts";
import { subtreePrefix } from "#shared/kernel/divisions.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Item } from "../domain/item.ts";
import type { ItemStore, ItemSummary, Position } from "../domain/ports.ts";
import { itemEvents } from "./item-events.ts";

/** A published version is kept as the document that is served: neither ever changes. */
const Row = ItemDocument satisfies z.ZodType<Item>;
const SummaryRow = ItemDocument.pick({
  code: true,
  version: true,
  name: true,
  kind: true,
  department: true,
  division: true,
  handling: true,
  limits: true,
  applicants: true,
}) satisfies z.ZodType<ItemSummary>;
const PositionRow = z.object({ division: z.string(), code: z.string() });

const CURRENT = "current";
const LIST = "by-division";
/** A city has some 10,000 items at most and reads a page at a time: one partition of the index carries that. */
const LISTED = "item";

const keyOf = (code: string) => `item#${code}`;
const versionKey = (version: number) => `v#${String(version).padStart(5, "0")}`;
const placeOf = ({ division, code }: Position) => `${division}#${code}`;

/**
 * The row `current` holds the version in force, whole. Before it is overwritten, a copy of it is put at `v#<version>`: what
 * that copy says follows from the row alone, so a crash in between or a second attempt changes nothing that anyone reads.
 */
export const dynamoItems = (client: DynamoDBDocumentClient, tableName: string): ItemStore => {
  const read = async (code: string, sk: string): Promise<Item | undefined> => {
    const { Item: row } = await client.send(
      new GetCommand({ TableName: tableName, Key: { pk: keyOf(code), sk }, ConsistentRead: true }),
    );
    return row && Row.parse(row);
  };

  return {
    current: (code) => read(code, CURRENT),

    async version(code, version) {
      const current = await read(code, CURRENT);
      if (!current || current.version <= version) return current?.version === version ? current : undefined;
      return read(code, versionKey(version));
    },

    async list({ within, after, limit }) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: LIST,
          KeyConditionExpression: `listed = :listed${within ? " AND begins_with(place, :prefix)" : ""}`,
          ExpressionAttributeValues: { ":listed": LISTED, ...(within && { ":prefix": subtreePrefix(within) }) },
          Limit: limit,
          ...(after && {
            ExclusiveStartKey: { pk: keyOf(after.code), sk: CURRENT, listed: LISTED, place: placeOf(after) },
          }),
        }),
      );
      const items = Items.map((row) => SummaryRow.parse(row));
      return {
        items,
        ...(LastEvaluatedKey && { next: PositionRow.parse(items.at(-1)) }),
      };
    },

    async publish(item, at) {
      const previous = await read(item.code, CURRENT);
      if (previous && previous.version === item.version - 1)
        await client.send(
          new PutCommand({
            TableName: tableName,
            Item: { pk: keyOf(item.code), sk: versionKey(previous.version), ...previous },
          }),
        );
      await putAggregate(
        client,
        tableName,
        { pk: keyOf(item.code), sk: CURRENT, listed: LISTED, place: placeOf(item), publishedAt: at, ...item },
        itemEvents(item, at),
      );
    },
  };
};
