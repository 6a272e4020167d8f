import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { documentClient } from "#shared/runtime/dynamo.ts";
import { env } from "#shared/runtime/env.ts";
import { dynamoMessages } from "../adapters/dynamo-messages.ts";
import { dynamoOfficers } from "../adapters/dynamo-officers.ts";
import { loadWecomApp, wecomChat } from "../adapters/wecom-chat.ts";
import { onApplicationSubmitted } from "../consumers/on-application-submitted.ts";

const { TABLE_NAME, WECOM_SECRET, WECOM_BASE_URL, WORKLIST_URL } = env({
  TABLE_NAME: z.string(),
  WECOM_SECRET: z.string(),
  WECOM_BASE_URL: z.url(),
  WORKLIST_URL: z.url(),
});
const client = documentClient();

export const handler = onApplicationSubmitted({
  officers: dynamoOfficers(client, TABLE_NAME),
  messages: dynamoMessages(client, TABLE_NAME),
  chat: wecomChat({ app: await loadWecomApp(WECOM_SECRET), baseUrl: WECOM_BASE_URL }),
  worklistUrl: WORKLIST_URL,
  now: systemClock,
});
