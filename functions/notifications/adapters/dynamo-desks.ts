import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import { type Desk, type Notice, waitingOrder } from "../domain/desk.ts";
import type { DeskStore, NoticeStore } from "../domain/ports.ts";
import { dueKeys, dueRows } from "./due-index.ts";
import { logKeys } from "./log-index.ts";

const Card = z.object({
  title: z.string(),
  description: z.string(),
  url: z.string(),
  urgent: z.boolean(),
  claim: z.string().optional(),
});
const Outgoing = z.object({ card: Card, events: z.array(z.string()), since: z.string() });
const DeskRow = z.object({
  staff: z.string(),
  version: z.int().positive(),
  state: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("quiet") }),
    z.object({ kind: z.literal("waiting"), until: z.string(), outgoing: Outgoing.optional() }),
    z.object({ kind: z.literal("sending"), until: z.string(), outgoing: Outgoing }),
  ]),
  lastSentAt: z.string().optional(),
  day: z.string().optional(),
  sentToday: z.int(),
  failures: z.int(),
  restsFrom: z.string().optional(),
}) satisfies z.ZodType<Desk>;
const NoticeRow = z.object({
  staff: z.string(),
  event: z.string(),
  at: z.string(),
  case: z.string().optional(),
  department: z.string().optional(),
  card: Card,
}) satisfies z.ZodType<Notice>;

const pkOf = (staff: string): string => `desk#${staff}`;

export const dynamoDesks = (client: DynamoDBDocumentClient, TableName: string): DeskStore => ({
  async find(staff) {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: { pk: pkOf(staff), sk: "desk" }, ConsistentRead: true }),
    );
    return Item && DeskRow.parse(Item);
  },

  save: (desk) =>
    putAggregate(
      client,
      TableName,
      {
        pk: pkOf(desk.staff),
        sk: "desk",
        ...desk,
        ...(desk.state.kind !== "quiet" && dueKeys("desks", desk.staff, desk.state.until)),
      },
      [],
    ),

  async *due(by) {
    for await (const rows of dueRows(client, TableName, "desks", by)) yield rows.map(({ staff }) => String(staff));
  },
});

/** Logs are kept at least six months. */
const KEPT_SECONDS = 200 * 86_400;
/** Settled at the same time; DynamoDB takes more, connections do not. */
const AT_ONCE = 25;

export const dynamoNotices = (client: DynamoDBDocumentClient, TableName: string): NoticeStore => {
  const keyOf = (staff: string, event: string) => ({ pk: pkOf(staff), sk: `notice#${event}` });
  return {
    async add(notice) {
      const Item = {
        ...keyOf(notice.staff, notice.event),
        ...notice,
        recipient: `staff:${notice.staff}`,
        status: "waiting",
        channel: "chat",
        title: notice.card.title,
        dueShard: `waiting#${notice.staff}`,
        dueAt: waitingOrder(notice),
        ...logKeys(notice, `staff:${notice.staff}`),
        expiresAt: Math.ceil(Date.parse(notice.at) / 1000) + KEPT_SECONDS,
      };
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "waiting";
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return error.Item?.status?.S === "waiting" ? "waiting" : "settled";
      }
    },

    async waiting(staff, limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: "due",
          KeyConditionExpression: "dueShard = :desk",
          ExpressionAttributeValues: { ":desk": `waiting#${staff}` },
          Limit: limit,
        }),
      );
      return Items.map((item) => NoticeRow.parse(item));
    },

    async settle(staff, events, { status, at, ...how }) {
      const settle = async (event: string) => {
        try {
          await client.send(
            new UpdateCommand({
              TableName,
              Key: keyOf(staff, event),
              UpdateExpression: "SET #status = :status, settledAt = :at, how = :how REMOVE dueShard, dueAt",
              ConditionExpression: "#status = :waiting",
              ExpressionAttributeNames: { "#status": "status" },
              ExpressionAttributeValues: { ":status": status, ":at": at, ":how": how, ":waiting": "waiting" },
            }),
          );
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
        }
      };
      for (let start = 0; start < events.length; start += AT_ONCE)
        await Promise.all(events.slice(start, start + AT_ONCE).map(settle));
    },
  };
};
