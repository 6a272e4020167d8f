import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";

export interface SealedRow {
  readonly pk: string;
  readonly sk: string;
  readonly keyId?: unknown;
  readonly [attribute: string]: unknown;
}

/** The rows of the table as they lie there, for the rotation of keys. */
export interface SealedRows {
  slice(
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly rows: readonly SealedRow[]; readonly next?: string }>;
  /** The same content in another form, unless someone has changed it meanwhile: then false. Nothing is announced. */
  replace(before: SealedRow, after: SealedRow): Promise<boolean>;
}

export const dynamoSealedRows = (client: DynamoDBDocumentClient, TableName: string): SealedRows => ({
  async slice(cursor, limit) {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new ScanCommand({
        TableName,
        Limit: limit,
        ...(cursor !== undefined && { ExclusiveStartKey: positionOf(cursor) }),
      }),
    );
    return { rows: Items as SealedRow[], ...(LastEvaluatedKey && { next: cursorOf(LastEvaluatedKey) }) };
  },
  async replace(before, { outbox: _, ...after }) {
    try {
      await client.send(
        new PutCommand({
          TableName,
          Item: after,
          // A row found by a hash of its own moves to the new hash: there is nothing there yet, or the same.
          ...(before.pk === after.pk && {
            ConditionExpression: "#sealed = :sealed",
            ExpressionAttributeNames: { "#sealed": "sealed" },
            ExpressionAttributeValues: { ":sealed": before.sealed },
          }),
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
    if (before.pk !== after.pk)
      await client.send(new DeleteCommand({ TableName, Key: { pk: before.pk, sk: before.sk } }));
    return true;
  },
});
