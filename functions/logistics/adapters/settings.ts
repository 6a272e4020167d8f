import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";

/** What is agreed with trackers and carriers; without a part of it, that part is not offered. */
export const Settings = z.object({
  kuaidi100: z
    .object({
      url: z.url().default("https://poll.kuaidi100.com/poll"),
      key: z.string().min(1),
      /** Where it pushes to, when that is not this API: it calls plain http unless agreed otherwise. */
      callbackUrl: z.url().optional(),
    })
    .optional(),
  sf: z
    .object({
      /** Of the path it pushes to. */
      pushSecret: z.string().min(24),
      /** Addresses or ranges it pushes from; none means nobody. */
      allowedAddresses: z.array(z.string()).default([]),
      /** To place orders with it; left out, waybills are typed. */
      orders: z
        .object({
          url: z.url().default("https://bspgw.sf-express.com/std/service"),
          partnerId: z.string().min(1),
          checkword: z.string().min(1),
          monthlyCard: z.string().optional(),
          expressType: z.int().default(1),
        })
        .optional(),
    })
    .optional(),
  ems: z
    .object({
      authenticate: z.string().min(8),
      /** Versions of the interface that are understood; any unless told. */
      versions: z.array(z.string()).default([]),
    })
    .optional(),
});
export type Settings = z.infer<typeof Settings>;

/** Reads the secret once per cold start. */
export const loadSettings = async (secretId: string): Promise<Settings> => {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: secretId }));
  return Settings.parse(JSON.parse(SecretString ?? "{}"));
};
