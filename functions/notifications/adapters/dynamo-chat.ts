import { createHash } from "node:crypto";
import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { eventsOf, putAggregate, StaleVersionError } from "#shared/runtime/outbox.ts";
import type { ChatAccounts, ChatMessages, OfficerDirectory } from "../domain/ports.ts";

/** Accounts of the chat are not case-sensitive. */
const accountKey = (user: string) => ({ pk: `chat#${user.toLowerCase()}`, sk: "account" });
const codeKey = (code: string) => ({
  pk: `chat-code#${createHash("sha256").update(code).digest("base64url")}`,
  sk: "code",
});
const staffKey = (staff: string) => ({ pk: `staff#${staff}`, sk: "officer" });

const TRIES_AN_HOUR = 5;
const seconds = (at: string): number => Math.ceil(Date.parse(at) / 1000);

export const dynamoChatAccounts = (
  client: DynamoDBDocumentClient,
  TableName: string,
  officers: Pick<OfficerDirectory, "find">,
): ChatAccounts => ({
  /** Both sides must say so: an officer who has bound another account since is not spoken for by this one. */
  async officerOf(user) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: accountKey(user), ConsistentRead: true }));
    const bound = Item && (await officers.find(String(Item.staff)));
    if (bound?.chatUser?.toLowerCase() === user.toLowerCase()) return bound;
    const named = (await officers.find(user)) ?? (await officers.find(user.toLowerCase()));
    return named?.chatUser === undefined ? named : undefined;
  },

  async offer(code, staff, until) {
    await client.send(
      new PutCommand({ TableName, Item: { ...codeKey(code), staff, until, expiresAt: seconds(until) } }),
    );
  },

  async bind(user, code, now) {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName,
        Key: { pk: `chat#${user.toLowerCase()}`, sk: `tries#${now.slice(0, 13)}` },
        UpdateExpression: "ADD tries :one SET expiresAt = :end",
        ExpressionAttributeValues: { ":one": 1, ":end": seconds(now) + 7200 },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    if (Number(Attributes?.tries) > TRIES_AN_HOUR) return "too-many";
    const { Item } = await client.send(new GetCommand({ TableName, Key: codeKey(code), ConsistentRead: true }));
    if (!Item || String(Item.until) <= now) return "wrong-code";
    const staff = String(Item.staff);
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Delete: { TableName, Key: codeKey(code), ConditionExpression: "attribute_exists(pk)" } },
            { Put: { TableName, Item: { ...accountKey(user), staff, boundAt: now } } },
            {
              Update: {
                TableName,
                Key: staffKey(staff),
                UpdateExpression: "SET chatUser = :user",
                ConditionExpression: "attribute_exists(pk)",
                ExpressionAttributeValues: { ":user": user },
              },
            },
          ],
        }),
      );
      return "bound";
    } catch (error) {
      // Spent at the same moment, or of nobody whom we know.
      if (error instanceof TransactionCanceledException) return "wrong-code";
      throw error;
    }
  },
});

/** The chat repeats within minutes; officials' answers are evidence for six months. */
const KEPT_SECONDS = 200 * 86_400;

export const dynamoChatMessages = (client: DynamoDBDocumentClient, TableName: string): ChatMessages => {
  const idOf = (id: string): string => derivedId("chat-message", id);
  const keyOf = (id: string) => ({ pk: `chat-message#${idOf(id)}`, sk: "message" });
  const find = async (id: string): Promise<string | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(id), ConsistentRead: true }));
    return Item && String(Item.reply);
  };
  const save = async (id: string, reply: string, at: string, events: Parameters<typeof putAggregate>[3]) => {
    const row = { ...keyOf(id), version: 1, reply, at, expiresAt: seconds(at) + KEPT_SECONDS };
    try {
      await putAggregate(client, TableName, row, events);
      return reply;
    } catch (error) {
      if (!(error instanceof StaleVersionError || error instanceof ConditionalCheckFailedException)) throw error;
      return (await find(id)) ?? reply;
    }
  };
  return {
    find,
    answered: (id, reply, at) => save(id, reply, at, []),
    claimAsked: (id, reply, at, { officer, ...claim }) =>
      save(
        id,
        reply,
        at,
        eventsOf(
          {
            source: "/notifications",
            subject: idOf(id),
            version: 1,
            at,
            extensions: { department: officer.department, division: officer.division },
          },
          [{ contract: ClaimAskedV1, data: { ...claim, staff: officer.staff } }],
        ),
      ),
  };
};
