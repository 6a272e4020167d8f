import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoMessages } from "../adapters/dynamo-messages.ts";
import { dynamoOfficers } from "../adapters/dynamo-officers.ts";
import { loadWecomAccount, wecomChat } from "../adapters/wecom-chat.ts";
import { onApplicationSubmitted } from "../consumers/on-application-submitted.ts";

const { TABLE_NAME, WECOM_SECRET, WORKLIST_URL } = env({
  TABLE_NAME: z.string(),
  WECOM_SECRET: z.string(),
  WORKLIST_URL: z.url(),
});
const client = documentClient();

export const handler = onApplicationSubmitted({
  officers: dynamoOfficers(client, TABLE_NAME),
  messages: dynamoMessages(client, TABLE_NAME),
  chat: wecomChat(await loadWecomAccount(WECOM_SECRET)),
  worklistUrl: WORKLIST_URL,
  now: systemClock,
});
