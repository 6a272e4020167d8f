import * as z from "zod";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { dynamoTodos } from "../adapters/dynamo-todos.ts";
import { taskEndpoints } from "../http/list-tasks.ts";

const { TABLE_NAME, WORKLIST_URL } = env({ TABLE_NAME: z.string(), WORKLIST_URL: z.string() });

export const handler = httpLambda([
  ...taskEndpoints({ todos: dynamoTodos(documentClient(), TABLE_NAME), worklistUrl: WORKLIST_URL }),
]);
