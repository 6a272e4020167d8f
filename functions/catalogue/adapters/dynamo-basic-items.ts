import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ItemDefinition } from "#shared/contracts/http/catalogue/item.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { BasicItem } from "../domain/basic-item.ts";
import type { BasicItems } from "../domain/ports.ts";

const { kind, level } = ItemDefinition.shape;

const Document = z.object({
  basicCode: z.string(),
  name: z.string(),
  kind,
  levels: z.array(level),
  revision: z.int().positive(),
  department: z.string().optional(),
  retired: z.object({ since: z.string(), reason: z.string() }).optional(),
  changedAt: z.string(),
  changedBy: z.object({ client: z.string(), staff: z.string().optional() }),
  reason: z.string().optional(),
  key: z.object({ key: z.string(), print: z.string() }).optional(),
}) satisfies z.ZodType<BasicItem>;
const Row = z.object({ summary: Document });

const LISTED = "basic";
const keyOf = (basicCode: string) => ({ pk: `basic#${basicCode}`, sk: "current" });

/** A directory item is small: its list shows it whole. */
export const dynamoBasicItems = (client: DynamoDBDocumentClient, TableName: string): BasicItems => ({
  async find(basicCode) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(basicCode), ConsistentRead: true }));
    return Item && Row.parse(Item).summary;
  },
  save: (item) =>
    putAggregate(
      client,
      TableName,
      { ...keyOf(item.basicCode), version: item.revision, listed: LISTED, place: item.basicCode, summary: item },
      [],
    ),
  async list({ after, limit }) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "by-division",
        KeyConditionExpression: "listed = :listed",
        ExpressionAttributeValues: { ":listed": LISTED },
        Limit: limit,
        ...(after !== undefined && { ExclusiveStartKey: { ...keyOf(after), listed: LISTED, place: after } }),
      }),
    );
    const items = Items.map((row) => Row.parse(row).summary);
    const last = items.at(-1);
    return { items, ...(LastEvaluatedKey && last && { next: last.basicCode }) };
  },
});
