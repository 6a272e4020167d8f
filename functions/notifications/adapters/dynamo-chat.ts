import { createHash } from "node:crypto";
import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { eventsOf, isRace, putAggregate, StaleVersionError, untilNoRace } from "#shared/runtime/outbox.ts";
import type { ChatAccounts, ChatMessages, OfficerDirectory } from "../domain/ports.ts";

/** Accounts of the chat are not case-sensitive. */
const accountKey = (user: string) => ({ pk: `chat#${user.toLowerCase()}`, sk: "account" });
const codeKey = (code: string) => ({
  pk: `chat-code#${createHash("sha256").update(code).digest("base64url")}`,
  sk: "code",
});
const staffKey = (staff: string) => ({ pk: `staff#${staff}`, sk: "officer" });

const TRIES_AN_HOUR = 5;
/** The chat and clients repeat within minutes; what officials have said is evidence for six months. */
const KEPT_SECONDS = 200 * 86_400;
const seconds = (at: string): number => Math.ceil(Date.parse(at) / 1000);

/** `spentBy`: the account it has bound. It is kept as long as the row: the chat repeats what we are slow to answer, clients repeat what they asked. */
const CodeRow = z.object({ staff: z.string(), until: z.string(), spentBy: z.string().optional() });
type CodeRow = z.infer<typeof CodeRow>;

export const dynamoChatAccounts = (
  client: DynamoDBDocumentClient,
  TableName: string,
  officers: Pick<OfficerDirectory, "find">,
): ChatAccounts => {
  const findCode = async (code: string): Promise<CodeRow | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key: codeKey(code), ConsistentRead: true }));
    return Item && CodeRow.parse(Item);
  };

  const hasBound = async (code: CodeRow | undefined, account: string): Promise<boolean> =>
    code?.spentBy === account && (await officers.find(code.staff))?.chatUser?.toLowerCase() === account;

  const countTry = async (account: string, now: string): Promise<number> => {
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName,
        Key: { pk: `chat#${account}`, sk: `tries#${now.slice(0, 13)}` },
        UpdateExpression: "ADD tries :one SET expiresAt = :end",
        ExpressionAttributeValues: { ":one": 1, ":end": seconds(now) + 7200 },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    return Number(Attributes?.tries);
  };

  /** Throws StaleVersionError when somebody else is at the same rows. */
  const spend = async (user: string, code: string, staff: string, now: string): Promise<"bound" | "wrong-code"> => {
    const spent = {
      TableName,
      Key: codeKey(code),
      UpdateExpression: "SET spentBy = :account",
      ConditionExpression: "staff = :staff AND attribute_not_exists(spentBy)",
      ExpressionAttributeValues: { ":staff": staff, ":account": user.toLowerCase() },
    };
    const bound = {
      TableName,
      Key: staffKey(staff),
      UpdateExpression: "SET chatUser = :user",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":user": user },
    };
    const account = { TableName, Item: { ...accountKey(user), staff, boundAt: now } };
    try {
      await client.send(
        new TransactWriteCommand({ TransactItems: [{ Update: bound }, { Update: spent }, { Put: account }] }),
      );
      return "bound";
    } catch (error) {
      if (!isRace(error)) throw error;
      // Of nobody whom we know.
      const [ofOfficer] = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      if (ofOfficer?.Code === "ConditionalCheckFailed") return "wrong-code";
      throw new StaleVersionError(staff, { cause: error });
    }
  };

  return {
    /** Both sides must say so: an officer who has bound another account since is not spoken for by this one. */
    async officerOf(user) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: accountKey(user), ConsistentRead: true }));
      const bound = Item && (await officers.find(String(Item.staff)));
      if (bound?.chatUser?.toLowerCase() === user.toLowerCase()) return bound;
      const named = (await officers.find(user)) ?? (await officers.find(user.toLowerCase()));
      return named?.chatUser === undefined ? named : undefined;
    },

    async offer(code, staff, until) {
      const Item = { ...codeKey(code), staff, until, expiresAt: seconds(until) + KEPT_SECONDS };
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item,
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return until;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const kept = error.Item;
        return kept?.staff?.S === staff ? kept.until?.S : undefined;
      }
    },

    async bind(user, code, now) {
      const account = user.toLowerCase();
      if (await hasBound(await findCode(code), account)) return "bound";
      if ((await countTry(account, now)) > TRIES_AN_HOUR) return "too-many";
      return untilNoRace(async () => {
        const offered = await findCode(code);
        if (await hasBound(offered, account)) return "bound";
        if (!offered || offered.spentBy !== undefined || offered.until <= now) return "wrong-code";
        return spend(user, code, offered.staff, now);
      });
    },
  };
};

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
      if (!(error instanceof StaleVersionError)) throw error;
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
