import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { putAggregate, StaleVersionError } from "#shared/runtime/outbox.ts";
import { type PersonMessage, pendingChannels, type Recipient } from "../domain/person-message.ts";
import type { LogEntry, MessageKey, MessageLog, PersonMessages, PreferenceStore } from "../domain/ports.ts";
import { templateOf } from "../domain/templates.ts";
import { dueKeys, dueRows } from "./due-index.ts";
import { logKeyOf, logKeys } from "./log-index.ts";
import { preferencesKey, preferencesOf, preferencesRow } from "./preferences-row.ts";

const State = z.discriminatedUnion("status", [
  z.object({ status: z.literal("pending") }),
  z.object({ status: z.literal("sent"), at: z.string() }),
  z.object({ status: z.literal("failed"), at: z.string(), reason: z.string() }),
]);
const MessageRow = z.object({
  recipient: z.object({ kind: z.enum(["natural", "legal"]), id: z.string() }),
  event: z.string(),
  at: z.string(),
  version: z.int().positive(),
  case: z.string().optional(),
  department: z.string().optional(),
  template: z.string(),
  templateVersion: z.int().positive(),
  params: z.record(z.string(), z.string()),
  statutory: z.boolean(),
  channels: z.object({ sms: State.optional(), wechat: State.optional() }),
  attempts: z.int(),
  nextAt: z.string().optional(),
  readAt: z.string().optional(),
}) satisfies z.ZodType<PersonMessage>;

/** People find their messages for two years, as long as they may go to court about most of them. */
const KEPT_SECONDS = 730 * 86_400;

const pkOf = ({ kind, id }: Recipient): string => `inbox#${kind}#${id}`;
const keyOf = ({ recipient, at, event }: MessageKey) => ({ pk: pkOf(recipient), sk: `${at}#${event}` });

const statusOf = (message: PersonMessage): string => {
  if (pendingChannels(message).length > 0) return "pending";
  return Object.values(message.channels).some((state) => state?.status === "failed") ? "failed" : "sent";
};

const rowOf = (message: PersonMessage) => ({
  ...keyOf(message),
  ...message,
  // The log and the sweep's index read these without knowing the rest.
  status: statusOf(message),
  title: templateOf(message.template, message.templateVersion)?.title ?? message.template,
  ...(message.nextAt !== undefined && dueKeys("people", message.event, message.nextAt)),
  ...logKeys(message, `${message.recipient.kind}:${message.recipient.id}#${message.event}`),
  expiresAt: Math.ceil(Date.parse(message.at) / 1000) + KEPT_SECONDS,
});

export const dynamoPersonMessages = (client: DynamoDBDocumentClient, TableName: string): PersonMessages => ({
  async add(message) {
    try {
      await putAggregate(client, TableName, rowOf(message), []);
      return true;
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      return false;
    }
  },

  async find(key) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(key), ConsistentRead: true }));
    return Item && MessageRow.parse(Item);
  },

  save: (message) => putAggregate(client, TableName, rowOf(message), []),

  async page(recipient, { limit, cursor }) {
    const pk = pkOf(recipient);
    const sk = cursor === undefined ? undefined : positionOf(cursor)?.sk;
    if (cursor !== undefined && (typeof sk !== "string" || sk === "")) return undefined;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": pk },
        ScanIndexForward: false,
        Limit: limit,
        ...(sk !== undefined && { ExclusiveStartKey: { pk, sk } }),
      }),
    );
    return {
      items: Items.map((item) => MessageRow.parse(item)),
      ...(LastEvaluatedKey && { next: cursorOf({ sk: LastEvaluatedKey.sk }) }),
    };
  },

  async *due(by) {
    const Due = MessageRow.pick({ recipient: true, event: true, at: true });
    for await (const rows of dueRows(client, TableName, "people", by)) yield rows.map((row) => Due.parse(row));
  },
});

export const dynamoPreferences = (
  client: DynamoDBDocumentClient,
  TableName: string,
  cipher: FieldCipher,
): PreferenceStore => ({
  async find(person) {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: preferencesKey(person), ConsistentRead: true }),
    );
    return Item && preferencesOf(cipher, Item);
  },
  async save(person, preferences) {
    await client.send(new PutCommand({ TableName, Item: preferencesRow(cipher, person, preferences) }));
  },
});

const LogRow = z.object({
  recipient: z.union([z.string(), z.object({ kind: z.string(), id: z.string() })]),
  event: z.string(),
  at: z.string(),
  title: z.string(),
  status: z.string(),
  channel: z.string().optional(),
  channels: z.record(z.string(), State).optional(),
});

export const dynamoMessageLog = (client: DynamoDBDocumentClient, TableName: string): MessageLog => ({
  async ofCase(department, id, { limit, cursor }) {
    const logKey = logKeyOf(department, id);
    const position = cursor === undefined ? undefined : positionOf(cursor);
    const Position = z.object({ pk: z.string().min(1), sk: z.string().min(1), loggedAt: z.string().min(1) });
    const start = Position.safeParse(position);
    if (cursor !== undefined && !start.success) return undefined;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: "log",
        KeyConditionExpression: "logKey = :case",
        ExpressionAttributeValues: { ":case": logKey },
        ScanIndexForward: false,
        Limit: limit,
        ...(start.success && { ExclusiveStartKey: { ...start.data, logKey } }),
      }),
    );
    return {
      items: Items.map((item): LogEntry => {
        const { recipient, channel, channels = {}, ...row } = LogRow.parse(item);
        return {
          ...row,
          recipient: typeof recipient === "string" ? recipient : `${recipient.kind}:${recipient.id}`,
          ways: {
            ...(channel ? { [channel]: row.status } : { inbox: "sent" }),
            ...Object.fromEntries(Object.entries(channels).map(([way, state]) => [way, state.status])),
          },
        };
      }),
      ...(LastEvaluatedKey && {
        next: cursorOf({ pk: LastEvaluatedKey.pk, sk: LastEvaluatedKey.sk, loggedAt: LastEvaluatedKey.loggedAt }),
      }),
    };
  },
});
