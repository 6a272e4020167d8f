import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { Task } from "#shared/contracts/events/parts.ts";
import { isRace, StaleVersionError } from "#shared/runtime/outbox.ts";
import type { TodoStore } from "../domain/ports.ts";
import { entryOf, orderKey, poolOf, type Todo, type TodoEntry } from "../domain/todo.ts";
import { dueKeys, dueRows } from "./due-index.ts";

const about = {
  source: z.string(),
  subject: z.string(),
  case: z.string().optional(),
  number: z.string().optional(),
  item: z.string().optional(),
};
const TodoRow = z.object({
  ...about,
  sequence: z.int().positive(),
  department: z.string().optional(),
  division: z.string().optional(),
  changedAt: z.string(),
  tasks: z.array(Task.extend({ since: z.string() })),
  lookAt: z.string().optional(),
  toldLate: z.string().optional(),
}) satisfies z.ZodType<Todo>;
const EntryRow = z.object({
  order: z.string(),
  entry: Task.extend({ ...about, division: z.string().optional(), since: z.string() }) satisfies z.ZodType<TodoEntry>,
});

/** Nothing waits there any more; kept against late repeats, longer than the bus keeps events for replay (90 days). */
const KEPT_SECONDS = 400 * 86_400;

const pkOf = ({ source, subject }: Pick<Todo, "source" | "subject">): string => `todo#${source}#${subject}`;

type Writes = NonNullable<TransactWriteCommandInput["TransactItems"]>;

/** One row a subject, which is also its first line in the list, and one row for each further line. */
export const dynamoTodos = (client: DynamoDBDocumentClient, TableName: string): TodoStore => {
  const lineOf = (todo: Todo, index: number) => {
    const task = todo.tasks[index];
    return task && { poolKey: poolOf(todo, task), order: orderKey(todo, index), entry: entryOf(todo, task) };
  };

  const furtherLines = (before: Todo | undefined, after: Todo): Writes => {
    const pk = pkOf(after);
    const rows = Math.max(before?.tasks.length ?? 0, after.tasks.length);
    return Array.from({ length: Math.max(rows - 1, 0) }, (_, i) => {
      const Key = { pk, sk: `task#${i + 1}` };
      const line = lineOf(after, i + 1);
      return line ? { Put: { TableName, Item: { ...Key, ...line } } } : { Delete: { TableName, Key } };
    });
  };

  return {
    async find(key) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { pk: pkOf(key), sk: "todo" }, ConsistentRead: true }),
      );
      return Item && TodoRow.parse(Item);
    },

    async save(before, after) {
      const put = {
        TableName,
        Item: {
          pk: pkOf(after),
          sk: "todo",
          ...after,
          ...lineOf(after, 0),
          ...(after.lookAt !== undefined && dueKeys("late", after.subject, after.lookAt)),
          ...(after.tasks.length === 0 && {
            expiresAt: Math.ceil(Date.parse(after.changedAt) / 1000) + KEPT_SECONDS,
          }),
        },
        ...(before
          ? {
              ConditionExpression: "#sequence = :seen",
              ExpressionAttributeNames: { "#sequence": "sequence" },
              ExpressionAttributeValues: { ":seen": before.sequence },
            }
          : { ConditionExpression: "attribute_not_exists(pk)" }),
      };
      const others = furtherLines(before, after);
      try {
        if (others.length === 0) await client.send(new PutCommand(put));
        else await client.send(new TransactWriteCommand({ TransactItems: [{ Put: put }, ...others] }));
      } catch (error) {
        if (isRace(error)) throw new StaleVersionError(put.Item.pk, { cause: error });
        throw error;
      }
    },

    async page(pool, { after = "", limit }) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: "pools",
          KeyConditionExpression: "poolKey = :pool AND #order > :after",
          ExpressionAttributeNames: { "#order": "order" },
          // A key condition's value is never empty; every order begins with a digit.
          ExpressionAttributeValues: { ":pool": pool, ":after": after || "0" },
          Limit: limit,
        }),
      );
      return {
        lines: Items.map((item) => EntryRow.parse(item)),
        more: LastEvaluatedKey !== undefined && Items.length > 0,
      };
    },

    async *late(by) {
      for await (const rows of dueRows(client, TableName, "late", by))
        yield rows.map(({ source, subject }) => ({ source: String(source), subject: String(subject) }));
    },

    async looked(todo) {
      const { lookAt, toldLate, sequence } = todo;
      const due = lookAt !== undefined && { lookAt, ...dueKeys("late", todo.subject, lookAt) };
      const set = Object.entries({ ...(toldLate !== undefined && { toldLate }), ...due });
      const sets = set.map(([name]) => `${name} = :${name}`).join(", ");
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: { pk: pkOf(todo), sk: "todo" },
            UpdateExpression: `${sets && `SET ${sets}`} ${due ? "" : "REMOVE lookAt, dueShard, dueAt"}`,
            ConditionExpression: "#sequence = :seen",
            ExpressionAttributeNames: { "#sequence": "sequence" },
            ExpressionAttributeValues: {
              ":seen": sequence,
              ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
            },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
};
