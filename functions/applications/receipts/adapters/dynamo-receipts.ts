import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { Receipts } from "../domain/ports.ts";
import { pageEndOf, receiptOf, receiptPrefix, receiptRow, sortOf } from "./receipt-row.ts";

const numberKey = (number: string) => ({ pk: `number#${number}`, sk: "case" });

/**
 * Rows beside the case's own. They follow from its events and are written by a plain put: told again, the same row is written
 * again.
 */
export const dynamoReceipts = (client: DynamoDBDocumentClient, table: string): Receipts => ({
  async note(application, receipt) {
    await client.send(new PutCommand({ TableName: table, Item: receiptRow(application, receipt) }));
  },
  async ofCase(application, { cursor, limit }) {
    const after = cursor === undefined ? undefined : pageEndOf(cursor);
    if (cursor !== undefined && after === undefined) return "bad-cursor";
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :case AND begins_with(sk, :receipt)",
        ExpressionAttributeValues: { ":case": application, ":receipt": receiptPrefix },
        Limit: limit,
        ...(after !== undefined && { ExclusiveStartKey: { pk: application, sk: after } }),
      }),
    );
    return { items: Items.map(receiptOf), ...(LastEvaluatedKey && { next: cursorOf({ at: LastEvaluatedKey.sk }) }) };
  },
  async find(application, id) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: { pk: application, sk: sortOf(id) } }));
    return Item && receiptOf(Item);
  },
  async noteNumber(number, application) {
    await client.send(new PutCommand({ TableName: table, Item: { ...numberKey(number), application } }));
  },
  async caseOf(number) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: numberKey(number) }));
    return Item && z.object({ application: z.string() }).parse(Item).application;
  },
});
