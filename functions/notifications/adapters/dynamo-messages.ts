import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import { type Message, statusOf } from "../domain/message.ts";
import type { MessageStore } from "../domain/ports.ts";

const MessageRow = z.object({
  event: z.string(),
  version: z.int().positive(),
  createdAt: z.string(),
  recipients: z.record(z.string(), z.enum(["sent", "failed"])),
}) satisfies z.ZodType<Message>;

/** Logs are kept at least six months. */
const KEPT_SECONDS = 200 * 86_400;

const keyOf = (event: string) => ({ pk: `message#${event}`, sk: "message" });

export const dynamoMessages = (client: DynamoDBDocumentClient, tableName: string): MessageStore => ({
  async find(event) {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: keyOf(event), ConsistentRead: true }),
    );
    return Item && MessageRow.parse(Item);
  },

  save: (message) =>
    putAggregate(
      client,
      tableName,
      {
        ...keyOf(message.event),
        ...message,
        status: statusOf(message),
        expiresAt: Math.ceil(Date.parse(message.createdAt) / 1000) + KEPT_SECONDS,
      },
      [],
    ),
});
