import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

const Sms = z.strictObject({
  url: z.url(),
  appId: z.string().min(1),
  secret: z.string().min(1),
  /** What the operator calls our templates (`paid`, `paid.2` for its second version), where it is not `progress.<our name>`. */
  templates: z.record(z.string(), z.string()).default({}),
});
export type SmsSettings = z.infer<typeof Sms>;

const Wechat = z.strictObject({
  baseUrl: z.url().default("https://api.weixin.qq.com"),
  appid: z.string().min(1),
  secret: z.string().min(1),
  /** Our templates' counterparts there, and under which of its keys each of our blanks goes. */
  templates: z.record(z.string(), z.strictObject({ id: z.string(), fields: z.record(z.string(), z.string()) })),
  /** Page of the mini-program or address that a message leads to. */
  page: z.string().optional(),
});
export type WechatSettings = z.infer<typeof Wechat>;

/** What the secret `Notifications/People` holds; a way that is not set up is not offered. */
export const PeopleSettings = z.strictObject({
  /** Our client of the issuer, with persons:contact. */
  service: z.strictObject({ clientId: z.string(), clientSecret: z.string() }).optional(),
  sms: Sms.optional(),
  wechat: Wechat.optional(),
});

export const loadPeopleSettings = async (secretId: string): Promise<z.infer<typeof PeopleSettings>> => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return PeopleSettings.parse(JSON.parse(SecretString ?? "{}"));
};
