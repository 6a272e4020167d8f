import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoTodos } from "../adapters/dynamo-todos.ts";
import { onTasksChanged } from "../consumers/on-tasks-changed.ts";

const { TABLE_NAME } = env({ TABLE_NAME: z.string() });

export const handler = onTasksChanged({
  todos: dynamoTodos(documentClient(), TABLE_NAME),
  pause: (attempt) => wait(Math.random() * 20 * 2 ** Math.min(attempt, 6)),
});
