import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

const Pem = z.string().includes("-----BEGIN ");

const WechatSettings = z.object({
  baseUrl: z.url().default("https://api.mch.weixin.qq.com"),
  mchid: z.string().min(1),
  appid: z.string().min(1),
  apiV3Key: z.string().length(32),
  /** Serial number of the merchant's own certificate. */
  serial: z.string().min(1),
  privateKey: Pem,
  /** Public-key mode (微信支付公钥); while migrating, both modes occur. */
  publicKey: z.object({ id: z.string().startsWith("PUB_KEY_ID_"), pem: Pem }).optional(),
  /** Platform certificates or keys known beforehand, by serial; others are fetched. */
  platformKeys: z.record(z.string(), Pem).default({}),
});
export type WechatSettings = z.infer<typeof WechatSettings>;

const AlipaySettings = z.object({
  gateway: z.url().default("https://openapi.alipay.com/gateway.do"),
  appId: z.string().min(1),
  sellerId: z.string().min(1),
  privateKey: Pem,
  alipayPublicKey: Pem,
});
export type AlipaySettings = z.infer<typeof AlipaySettings>;

const UnionPaySettings = z.object({
  baseUrl: z.url().default("https://gateway.95516.com"),
  /** Where bills are fetched (fileTransfer); a host of its own [M]. */
  fileUrl: z.url().default("https://filedownload.95516.com"),
  merId: z.string().regex(/^\w{15}$/),
  certId: z.string().min(1),
  privateKey: Pem,
  /** Certificates whose signatures are taken, or of those who may issue such. */
  trusted: z.array(Pem).min(1),
});
export type UnionPaySettings = z.infer<typeof UnionPaySettings>;

const TreasurySettings = z.object({
  baseUrl: z.url(),
  /** Code of the collecting unit (执收单位编码). */
  unit: z.string().min(1),
  privateKey: Pem,
  /** The treasury's. */
  publicKey: Pem,
});
export type TreasurySettings = z.infer<typeof TreasurySettings>;

const ProviderSettings = z.object({
  wechat: WechatSettings.optional(),
  alipay: AlipaySettings.optional(),
  unionpay: UnionPaySettings.optional(),
  nontax: TreasurySettings.optional(),
});
export type ProviderSettings = z.infer<typeof ProviderSettings>;

/** What an operator writes into the secret `Payments/Providers`. A provider left out is not offered. */
export const readProviderSettings = (text: string): ProviderSettings => {
  const read = ProviderSettings.safeParse(JSON.parse(text));
  // Only where it is wrong: the values are secret.
  if (!read.success)
    throw new Error(`the provider settings are wrong at ${read.error.issues.map(({ path }) => path.join(".")).join()}`);
  return read.data;
};

export const loadProviderSettings = async (secretId: string): Promise<ProviderSettings> => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return readProviderSettings(SecretString ?? "{}");
};
