import { createHash } from "node:crypto";
import { type DynamoDBDocumentClient, paginateQuery } from "@aws-sdk/lib-dynamodb";

/** Spread over more than one key: a partition of an index takes 1,000 writes a second. */
const SHARDS = 4;

/** The keys of the sparse index `due` for what has to be looked at by then. */
export const dueKeys = (queue: string, id: string, at: string): { dueShard: string; dueAt: string } => ({
  dueShard: `${queue}#${(createHash("sha256").update(id).digest()[0] ?? 0) % SHARDS}`,
  dueAt: at,
});

const SWEPT_AT_ONCE = 100;

/** What is due by then, a page at a time. */
export async function* dueRows(
  client: DynamoDBDocumentClient,
  TableName: string,
  queue: string,
  by: string,
): AsyncGenerator<Record<string, unknown>[]> {
  for (let shard = 0; shard < SHARDS; shard++) {
    const pages = paginateQuery(
      { client, pageSize: SWEPT_AT_ONCE },
      {
        TableName,
        IndexName: "due",
        KeyConditionExpression: "dueShard = :shard AND dueAt <= :by",
        ExpressionAttributeValues: { ":shard": `${queue}#${shard}`, ":by": by },
      },
    );
    for await (const { Items = [] } of pages) if (Items.length > 0) yield Items;
  }
}
