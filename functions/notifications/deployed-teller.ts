import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoDesks, dynamoNotices } from "./adapters/dynamo-desks.ts";
import { dynamoOfficers } from "./adapters/dynamo-officers.ts";
import { dynamoTodos } from "./adapters/dynamo-todos.ts";
import { loadWecomAccount, wecomChat } from "./adapters/wecom-chat.ts";
import { PaceText } from "./deployed-pace.ts";
import { officialsTeller } from "./telling/tell-officials.ts";

/** What every function needs that tells officials something, from the environment. */
export const deployedTeller = async (client: DynamoDBDocumentClient) => {
  const { TABLE_NAME, WECOM_SECRET, WORKLIST_URL, PACE } = env({
    TABLE_NAME: z.string(),
    WECOM_SECRET: z.string(),
    WORKLIST_URL: z.url(),
    PACE: PaceText,
  });
  const deps = {
    officers: dynamoOfficers(client, TABLE_NAME),
    notices: dynamoNotices(client, TABLE_NAME),
    desks: dynamoDesks(client, TABLE_NAME),
    todos: dynamoTodos(client, TABLE_NAME),
    chat: wecomChat(await loadWecomAccount(WECOM_SECRET)),
    pace: PACE,
    worklistUrl: WORKLIST_URL,
    now: systemClock,
  };
  return { ...deps, teller: officialsTeller(deps) };
};
