import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { BLOCK_AT_MOST, type Block, expiryOf, type Position } from "../domain/feed.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { blockOf } from "./feed-event.ts";

const BlockRow = z.object({ first: z.int().positive(), at: z.string(), bodies: z.array(z.string()) });
const ClaimRow = z.object({ after: z.int().nonnegative(), source: z.string() });
const TailRow = z.object({ sk: z.string(), tail: z.int().nonnegative() });

const pad = (position: Position): string => String(position).padStart(12, "0");
const logOf = (department: string): string => `feed#${department}`;
const blockKey = (department: string, first: Position) => ({ pk: logOf(department), sk: `block#${pad(first)}` });
const claimKey = (department: string, source: string, id: string) => ({
  pk: `claim#${id}`,
  sk: `${department}#${source}`,
});
/** All logs there are, each with a position at which it has once ended. */
const TAILS = "feeds";

/** A block that old is soon gone, and one before it may go later: the noted tail counts too. */
const OLD_MS = 20 * 86_400_000;

export const dynamoFeedLog = (client: DynamoDBDocumentClient, TableName: string, now: Clock): FeedLog => {
  const unlessThere = async (put: PutCommand): Promise<Record<string, unknown> | undefined> => {
    try {
      await client.send(put);
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return error.Item ?? {};
      throw error;
    }
  };
  const absent = { TableName, ConditionExpression: "attribute_not_exists(pk)" };

  const lastBlock = async (department: string) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :block)",
        ExpressionAttributeValues: { ":pk": logOf(department), ":block": "block#" },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    return Items[0] && BlockRow.parse(Items[0]);
  };
  const endOf = (block: { first: Position; bodies: readonly string[] } | undefined): Position =>
    block ? block.first + block.bodies.length - 1 : 0;

  const noted = async (department: string): Promise<Position> => {
    const Key = { pk: TAILS, sk: department };
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    if (Item) return TailRow.parse(Item).tail;
    await unlessThere(new PutCommand({ ...absent, Item: { ...Key, tail: 0 } }));
    return 0;
  };

  return {
    async claim(department, { id, source }, after, at) {
      const Item = { ...claimKey(department, source, id), after, source, expiresAt: expiryOf(at) };
      const there = await unlessThere(
        new PutCommand({ ...absent, Item, ReturnValuesOnConditionCheckFailure: "ALL_OLD" }),
      );
      if (!there) return { mine: true, after };
      // The document client leaves the item of an error as it came over the wire.
      const { after: known } = z.object({ after: z.object({ N: z.string() }) }).parse(there);
      return { mine: false, after: Number(known.N) };
    },

    async claimsOf(department, id) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :department)",
          ExpressionAttributeValues: { ":pk": `claim#${id}`, ":department": `${department}#` },
        }),
      );
      return Items.map((item) => ({ id, ...ClaimRow.parse(item) }));
    },

    async tail(department) {
      const last = await lastBlock(department);
      if (last && Date.parse(last.at) > Date.parse(now()) - OLD_MS) return endOf(last);
      return Math.max(endOf(last), await noted(department));
    },

    async put(department, { first, at, bodies }) {
      const Item = { ...blockKey(department, first), first, at, bodies, expiresAt: expiryOf(at) };
      return (await unlessThere(new PutCommand({ ...absent, Item }))) === undefined;
    },

    /** A query answers 1 MB at most, which five full blocks can exceed: fewer than `limit` mean the end only after the last page. */
    async read(department, after, limit) {
      const pages = paginateQuery(
        // Those that begin so far back may end before: one of them at most holds the position.
        { client, pageSize: limit + BLOCK_AT_MOST - 1 },
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :last",
          ExpressionAttributeValues: {
            ":pk": logOf(department),
            ":from": blockKey(department, Math.max(1, after + 2 - BLOCK_AT_MOST)).sk,
            ":last": "block#~",
          },
        },
      );
      const blocks: Block[] = [];
      for await (const { Items = [] } of pages) {
        const rows = Items.map((item) => BlockRow.parse(item)).filter((row) => endOf(row) > after);
        blocks.push(...rows.map(blockOf));
        if (blocks.length >= limit) break;
      }
      return blocks.slice(0, limit);
    },

    async noteTails() {
      let logs = 0;
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": TAILS },
        },
      );
      for await (const { Items = [] } of pages)
        for (const { sk: department, tail } of Items.map((item) => TailRow.parse(item))) {
          logs += 1;
          const end = endOf(await lastBlock(department));
          if (end <= tail) continue;
          const Item = { pk: TAILS, sk: department, tail: end };
          await unlessThere(
            new PutCommand({
              TableName,
              Item,
              ConditionExpression: "tail < :end",
              ExpressionAttributeValues: { ":end": end },
            }),
          );
        }
      return logs;
    },
  };
};
