import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoChatAccounts, dynamoChatMessages } from "../adapters/dynamo-chat.ts";
import { dynamoOfficers } from "../adapters/dynamo-officers.ts";
import { dynamoTodos } from "../adapters/dynamo-todos.ts";
import { wecomCallback } from "../adapters/wecom-callback.ts";
import { loadWecomAccount } from "../adapters/wecom-chat.ts";
import { chatAnswerer } from "../http/answer-chat.ts";
import { chatCallback } from "../http/chat-callback.ts";

const { TABLE_NAME, WECOM_SECRET } = env({ TABLE_NAME: z.string(), WECOM_SECRET: z.string() });
const client = documentClient();
const { callback } = await loadWecomAccount(WECOM_SECRET);
const answer = chatCallback({
  callback: callback && wecomCallback(callback),
  answer: chatAnswerer({
    accounts: dynamoChatAccounts(client, TABLE_NAME, dynamoOfficers(client, TABLE_NAME)),
    messages: dynamoChatMessages(client, TABLE_NAME),
    todos: dynamoTodos(client, TABLE_NAME),
    now: systemClock,
  }),
});

export const handler = (request: HttpRequest) => correlated(request.requestContext.requestId, () => answer(request));
