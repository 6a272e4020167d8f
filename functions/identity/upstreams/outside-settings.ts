import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

/** Other machines are only spoken to over TLS. */
const Address = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || LOOPBACK.test(hostname);
}, "not https");

/** Part of a path, and what an account's link is kept under: it never changes once people have come from there. */
const Name = z.string().regex(/^[a-z0-9-]{1,32}$/);

const Level = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

const common = {
  name: Name,
  label: z.string().min(1),
  /** What each of the upstream's levels means on our scale. No national table of levels is known; one that is not here means 0. */
  assurance: z.record(z.string(), Level),
};

const OidcUpstream = z.strictObject({
  ...common,
  kind: z.literal("oidc"),
  issuer: Address,
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scope: z.string().default("openid profile"),
  /** Which claims hold what. */
  fields: z.strictObject({
    name: z.string().default("name"),
    idNumber: z.string().default("id_number"),
    level: z.string().default("acr"),
  }),
});
export type OidcUpstream = z.infer<typeof OidcUpstream>;

/** How requests and answers are signed: HMAC over the sorted `key=value` pairs. SM3 is GB/T 32905. */
const Signature = z.enum(["hmac-sha256", "hmac-sm3"]);

const AccountKeyUpstream = z.strictObject({
  ...common,
  kind: z.literal("account-key"),
  authorizeUrl: Address,
  tokenUrl: Address,
  userUrl: Address,
  appId: z.string().min(1),
  appSecret: z.string().min(16),
  signature: Signature.default("hmac-sha256"),
  /** Off only for an upstream that cannot sign its answers; TLS is then all there is. */
  answersSigned: z.boolean().default(true),
  /** What the upstream calls the parameters it takes. */
  parameters: z
    .strictObject({
      appId: z.string().default("appId"),
      redirect: z.string().default("redirectUrl"),
      state: z.string().default("state"),
      accountKey: z.string().default("accountKey"),
      accessToken: z.string().default("accessToken"),
      timestamp: z.string().default("timestamp"),
      nonce: z.string().default("nonce"),
      sign: z.string().default("sign"),
    })
    .prefault({}),
  /** Where things stand in its answers, and which codes mean what. */
  answer: z
    .strictObject({
      code: z.string().default("code"),
      data: z.string().default("data"),
      accessToken: z.string().default("accessToken"),
      sign: z.string().default("sign"),
      success: z.array(z.string()).default(["0"]),
      keyInvalid: z.array(z.string()).default([]),
    })
    .prefault({}),
  fields: z.strictObject({
    subject: z.string().default("userId"),
    name: z.string().default("userName"),
    idNumber: z.string().default("certNo"),
    level: z.string().default("authLevel"),
  }),
  /**
   * An upstream that takes a value with the authorize request and tells it again with the access token binds the account key
   * to this browser, as PKCE does. Without it, a key stolen before its use can be spent by the thief.
   */
  boundBy: z.strictObject({ parameter: z.string(), field: z.string() }).optional(),
});
export type AccountKeyUpstream = z.infer<typeof AccountKeyUpstream>;

const WecomSignIn = z.strictObject({
  /** The API; a private deployment (政务微信) is at the customer's host. */
  baseUrl: Address,
  /** The page a browser is sent to: connect/oauth2/authorize inside the chat, wwlogin/sso/login at a desk. */
  authorizeUrl: Address,
  corpid: z.string().min(1),
  corpsecret: z.string().min(1),
  agentid: z.coerce.number().int(),
});
export type WecomSignIn = z.infer<typeof WecomSignIn>;

const SmsGateway = z.strictObject({
  url: Address,
  appId: z.string().min(1),
  secret: z.string().min(16),
  /** The operator's numbers of our templates; a template that is not here goes by our own name. */
  templates: z.record(z.string(), z.string()).default({}),
});
export type SmsGateway = z.infer<typeof SmsGateway>;

const Verifier = z.strictObject({
  url: Address,
  appId: z.string().min(1),
  secret: z.string().min(16),
  /** Its results are JWS, ES256: whoever reads one later can check it too. */
  issuer: z.string().min(1),
  publicKey: z.looseObject({ kty: z.literal("EC"), crv: z.literal("P-256"), x: z.string(), y: z.string() }),
});
export type Verifier = z.infer<typeof Verifier>;

/** The outside world as an operator sets it up. What is left out is not offered. */
export const OutsideSettings = z.strictObject({
  upstreams: z
    .array(z.discriminatedUnion("kind", [OidcUpstream, AccountKeyUpstream]))
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, "two upstreams have the same name")
    .default([]),
  staffSignIn: WecomSignIn.optional(),
  sms: SmsGateway.optional(),
  verifier: Verifier.optional(),
});
export type OutsideSettings = z.infer<typeof OutsideSettings>;

/** Reads them from AWS Secrets Manager, once per cold start. A mistake in them fails the first call, naming the field. */
export const loadOutsideSettings = async (secretId: string): Promise<OutsideSettings> => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return OutsideSettings.parse(JSON.parse(SecretString ?? "{}"));
};
