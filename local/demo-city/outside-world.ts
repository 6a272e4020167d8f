import { randomBytes } from "node:crypto";
import { startCarriers } from "../outside/carriers.ts";
import type { Running } from "../outside/http-server.ts";
import { startPersonVerifier } from "../outside/person-verifier.ts";
import { startProvincialOidc } from "../outside/provincial-oidc.ts";
import { startProvincialUserCentre } from "../outside/provincial-user-centre.ts";
import { startSmsGateway } from "../outside/sms-gateway.ts";
import { type PaymentProviders, startPaymentProviders } from "./payment-providers.ts";
import { residents } from "./residents.ts";

export interface WecomAccess {
  readonly baseUrl: string;
  readonly corpid: string;
  readonly corpsecret: string;
  readonly agentid: number;
}

export interface OutsideWorld {
  /** Base addresses, for people and scripts. */
  readonly addresses: PaymentProviders["addresses"] & {
    /** Carriers and who tracks them, each able to move a parcel on. */
    readonly kuaidi100: string;
    readonly sf: string;
    readonly ems: string;
    readonly sms: string;
    readonly verifier: string;
    /** The provincial platform as an OpenID provider, and as a user centre with account keys. */
    readonly province: string;
    readonly userCentre: string;
  };
  /** What an operator writes into the secret `Identity/Outside`. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What an operator writes into the secret `Payments/Providers`. */
  readonly payments: Readonly<Record<string, unknown>>;
  /** What an operator writes into the secret `Logistics/Outside`. */
  readonly carriers: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

const newSecret = (): string => randomBytes(32).toString("base64url");

/**
 * Whoever identity speaks with: the text message gateway, the person verifier and the province, with the residents of the demo
 * city as their customers; whoever takes money, and whoever carries parcels.
 * @param city where browsers see the platform, without a trailing slash
 */
export const startOutsideWorld = async (city: string, wecom: WecomAccess): Promise<OutsideWorld> => {
  const [appId, appSecret] = ["yimen", newSecret()];
  const provinceClient = { id: "yimen", secret: newSecret() };
  const centreApp = { id: "city-440600", secret: newSecret() };
  const callback = (name: string) => `${city}/account/upstreams/${name}/callback`;

  const starting = [
    startSmsGateway({ appId, secret: appSecret, port: 0 }),
    startPersonVerifier({ appId, secret: appSecret, people: residents, port: 0 }),
    startProvincialOidc({
      users: residents,
      client: { ...provinceClient, redirectUri: callback("province") },
      port: 0,
    }),
    startProvincialUserCentre({
      users: residents,
      app: { ...centreApp, redirectUrl: callback("user-centre") },
      port: 0,
    }),
    startPaymentProviders(),
    startCarriers(city),
  ] as const;
  const [sms, verifier, province, userCentre, money, carriers] = await Promise.all(starting).catch(
    async (error: unknown) => {
      for (const server of await Promise.allSettled(starting))
        if (server.status === "fulfilled") await server.value.stop();
      throw error;
    },
  );
  const running: readonly Pick<Running, "stop">[] = [sms, verifier, province, userCentre, money, carriers];

  return {
    addresses: {
      sms: sms.url,
      verifier: verifier.url,
      province: province.url,
      userCentre: userCentre.url,
      ...money.addresses,
      ...carriers.addresses,
    },
    payments: money.settings,
    carriers: carriers.settings,
    settings: {
      upstreams: [
        {
          kind: "oidc",
          name: "province",
          label: "省统一身份认证平台",
          issuer: province.url,
          clientId: provinceClient.id,
          clientSecret: provinceClient.secret,
          scope: "openid profile identity",
          fields: { name: "name", idNumber: "id_number", level: "verified_level" },
          assurance: { L1: 1, L2: 2, L3: 3 },
        },
        {
          kind: "account-key",
          name: "user-centre",
          label: "省统一用户中心",
          authorizeUrl: `${userCentre.url}/authorize`,
          tokenUrl: `${userCentre.url}/api/token`,
          userUrl: `${userCentre.url}/api/user`,
          appId: centreApp.id,
          appSecret: centreApp.secret,
          signature: "hmac-sm3",
          answer: { keyInvalid: ["10002"] },
          fields: { subject: "userId", name: "userName", idNumber: "certNo", level: "authLevel" },
          boundBy: { parameter: "bindCode", field: "bindCode" },
          assurance: { "1": 1, "2": 2, "3": 3 },
        },
      ],
      staffSignIn: { ...wecom, authorizeUrl: `${wecom.baseUrl}/connect/oauth2/authorize` },
      sms: { url: sms.url, appId, secret: appSecret },
      verifier: { url: verifier.url, appId, secret: appSecret, issuer: verifier.issuer, publicKey: verifier.publicKey },
    },
    async stop() {
      for (const server of running) await server.stop();
    },
  };
};
