import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { dynamoChatAccounts } from "../adapters/dynamo-chat.ts";
import { dynamoOfficers } from "../adapters/dynamo-officers.ts";
import { dynamoMessageLog, dynamoPersonMessages, dynamoPreferences } from "../adapters/dynamo-person-messages.ts";
import { dynamoTodos } from "../adapters/dynamo-todos.ts";
import { taskEndpoints } from "../http/list-tasks.ts";
import { messageEndpoints } from "../http/messages.ts";
import { startChatBindingEndpoint } from "../http/start-chat-binding.ts";

const { TABLE_NAME, WORKLIST_URL, FIELD_KEYS_SECRET } = env({
  TABLE_NAME: z.string(),
  WORKLIST_URL: z.string(),
  FIELD_KEYS_SECRET: z.string(),
});
const client = documentClient();
const cipher = fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET));
const accounts = dynamoChatAccounts(client, TABLE_NAME, dynamoOfficers(client, TABLE_NAME));

export const handler = httpLambda([
  ...taskEndpoints({ todos: dynamoTodos(client, TABLE_NAME), worklistUrl: WORKLIST_URL }),
  ...messageEndpoints({
    messages: dynamoPersonMessages(client, TABLE_NAME),
    preferences: dynamoPreferences(client, TABLE_NAME, cipher),
    log: dynamoMessageLog(client, TABLE_NAME),
    now: systemClock,
  }),
  startChatBindingEndpoint({ accounts, cipher, now: systemClock }),
]);
