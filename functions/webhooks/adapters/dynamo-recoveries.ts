import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { putAggregate } from "#shared/runtime/outbox.ts";
import { later } from "../domain/delivery.ts";
import { expiryOf } from "../domain/feed.ts";
import type { RecoveryDue, RecoveryStore } from "../domain/ports.ts";
import type { Recovery } from "../domain/recovery.ts";

const RecoveryRow = z.object({
  id: z.string(),
  endpoint: z.string(),
  department: z.string(),
  version: z.int().positive(),
  fingerprint: z.string(),
  what: z.discriminatedUnion("of", [
    z.object({ of: z.literal("failed"), since: z.string() }),
    z.object({ of: z.literal("feed"), after: z.int().nonnegative(), through: z.int().nonnegative() }),
  ]),
  createdAt: z.string(),
  position: z.int().nonnegative(),
  examined: z.int().nonnegative(),
  renewed: z.int().nonnegative(),
  finishedAt: z.string().optional(),
}) satisfies z.ZodType<Recovery>;

const DueRow = z
  .object({ department: z.string(), endpoint: z.string(), id: z.string() })
  .transform(({ id, ...rest }): RecoveryDue => ({ ...rest, recovery: id }));

const keyOf = (endpoint: string, id: string) => ({ pk: `endpoint#${endpoint}`, sk: `recovery#${id}` });
const MESSAGE_IS_LOST_AFTER = 120;

export const dynamoRecoveries = (client: DynamoDBDocumentClient, TableName: string, now: Clock): RecoveryStore => ({
  async find(endpoint, id) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(endpoint, id), ConsistentRead: true }));
    return Item && RecoveryRow.parse(Item);
  },
  save: (recovery) =>
    putAggregate(
      client,
      TableName,
      {
        ...keyOf(recovery.endpoint, recovery.id),
        ...recovery,
        ...(recovery.finishedAt === undefined && {
          waitsIn: "recovery",
          waitsUntil: later(now(), MESSAGE_IS_LOST_AFTER),
        }),
        expiresAt: expiryOf(recovery.createdAt),
      },
      [],
    ),
  async *overdue(by) {
    const pages = paginateQuery(
      { client, pageSize: 100 },
      {
        TableName,
        IndexName: "waiting",
        KeyConditionExpression: "waitsIn = :recovery AND waitsUntil <= :by",
        ExpressionAttributeValues: { ":recovery": "recovery", ":by": by },
      },
    );
    for await (const { Items = [] } of pages) if (Items.length > 0) yield Items.map((item) => DueRow.parse(item));
  },
});
