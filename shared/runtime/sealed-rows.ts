import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { cursorOf, positionOf } from "./dynamo.ts";
import { logger } from "./logger.ts";

export interface SealedRow {
  readonly pk: string;
  readonly sk: string;
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

/**
 * @param guards attributes of which at least one is another after every change of a row, such as its version or what is sealed in it;
 *   those that a row has must be as they were when it is replaced
 */
export const dynamoSealedRows = (
  client: DynamoDBDocumentClient,
  TableName: string,
  guards: readonly string[] = ["sealed"],
): SealedRows => ({
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
    const held = guards.filter((guard) => before[guard] !== undefined);
    try {
      await client.send(
        new PutCommand({
          TableName,
          Item: after,
          // A row found by a hash of its own moves to the new hash: there is nothing there yet, or the same.
          ...(before.pk === after.pk && {
            ConditionExpression: held.map((_guard, index) => `#g${index} = :g${index}`).join(" AND "),
            ExpressionAttributeNames: Object.fromEntries(held.map((guard, index) => [`#g${index}`, guard])),
            ExpressionAttributeValues: Object.fromEntries(held.map((guard, index) => [`:g${index}`, before[guard]])),
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

const Order = z.object({
  /** Where the slice before ended; left out, from the beginning. */
  cursor: z.string().optional(),
  /** Rows looked at in this slice. */
  limit: z.int().min(1).max(1000).default(500),
});

export interface RotationSlice {
  readonly seen: number;
  /** Sealed and found anew, by the current key. */
  readonly rewritten: number;
  /** Changed by someone else meanwhile; when any are left, run it once more from the beginning. */
  readonly left: number;
  /** Give it as `cursor` to go on; absent at the end. */
  readonly next?: string;
}

/**
 * Brings what is sealed, and what it is found by, from previous keys to the current one; a slice at a time, so that it may
 * be stopped and gone on with. Run to the end with nothing rewritten and nothing left, no row needs a previous key.
 * @param rewrite undefined for a row that needs nothing; false for one that someone else has changed meanwhile
 */
export const rotateSlices =
  <Row>(
    rows: {
      slice(
        cursor: string | undefined,
        limit: number,
      ): Promise<{ readonly rows: readonly Row[]; readonly next?: string }>;
    },
    rewrite: (row: Row) => Promise<boolean | undefined>,
  ) =>
  async (payload: unknown): Promise<RotationSlice> => {
    const { cursor, limit } = Order.parse(payload ?? {});
    const slice = await rows.slice(cursor, limit);
    let rewritten = 0;
    let left = 0;
    for (const row of slice.rows) {
      const done = await rewrite(row);
      if (done === true) rewritten++;
      if (done === false) left++;
    }
    logger.info("keys.rotated", { seen: slice.rows.length, rewritten, left, done: slice.next === undefined });
    return { seen: slice.rows.length, rewritten, left, ...(slice.next && { next: slice.next }) };
  };

/** @param resealed the row under the current key; undefined when it needs none */
export const rotateRows = ({
  rows,
  resealed,
}: {
  readonly rows: SealedRows;
  readonly resealed: (row: SealedRow) => SealedRow | undefined;
}) =>
  rotateSlices(rows, async (row) => {
    const after = resealed(row);
    return after && rows.replace(row, after);
  });
