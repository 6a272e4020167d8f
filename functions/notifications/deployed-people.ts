import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { systemClock } from "#shared/kernel/clock.ts";
import { env } from "#shared/runtime/env.ts";
import { fieldCipher, loadKeyRing } from "#shared/runtime/key-ring.ts";
import { serviceClient } from "#shared/runtime/service-client.ts";
import { dynamoPersonMessages, dynamoPreferences } from "./adapters/dynamo-person-messages.ts";
import { loadPeopleSettings } from "./adapters/people-settings.ts";
import { smsChannel } from "./adapters/sms-channel.ts";
import { wechatChannel } from "./adapters/wechat-channel.ts";
import { PaceText } from "./deployed-pace.ts";
import { peopleTeller } from "./telling/tell-people.ts";

/** What every function needs that tells people something, from the environment. */
export const deployedPeople = async (client: DynamoDBDocumentClient) => {
  const { TABLE_NAME, PEOPLE_SECRET, FIELD_KEYS_SECRET, API_URL, ISSUER, PACE } = env({
    TABLE_NAME: z.string(),
    PEOPLE_SECRET: z.string(),
    FIELD_KEYS_SECRET: z.string(),
    API_URL: z.string(),
    ISSUER: z.string(),
    PACE: PaceText,
  });
  const { service, sms, wechat } = await loadPeopleSettings(PEOPLE_SECRET);
  const preferences = dynamoPreferences(client, TABLE_NAME, fieldCipher(await loadKeyRing(FIELD_KEYS_SECRET)));
  const personMessages = dynamoPersonMessages(client, TABLE_NAME);
  const contacts =
    service && serviceClient({ ...service, apiUrl: API_URL, issuer: ISSUER, scopes: ["persons:contact"] });
  return {
    personMessages,
    people: peopleTeller({
      messages: personMessages,
      preferences,
      channels: {
        ...(sms && contacts && { sms: smsChannel(sms, contacts) }),
        ...(wechat && { wechat: wechatChannel(wechat, preferences) }),
      },
      pace: PACE,
      now: systemClock,
    }),
  };
};
