import { accountKeyUpstream } from "#functions/identity/upstreams/account-key-upstream.ts";
import { oidcUpstream } from "#functions/identity/upstreams/oidc-upstream.ts";
import { OutsideSettings } from "#functions/identity/upstreams/outside-settings.ts";
import type { Upstream } from "#functions/identity/upstreams/upstreams.ts";
import { residents } from "#local/demo-city/residents.ts";
import type { Running } from "#local/outside/http-server.ts";
import { startProvincialOidc } from "#local/outside/provincial-oidc.ts";
import { startProvincialUserCentre } from "#local/outside/provincial-user-centre.ts";
import { systemClock } from "#shared/kernel/clock.ts";

export const CITY = "http://city.example";
export const callbackOf = (name: string): string => `${CITY}/account/upstreams/${name}/callback`;

const SECRET = "a secret of the province and the city";

/** The provincial platform as an OpenID provider, and its settings as an operator would write them. */
export const oidcProvince = async () => {
  const server = await startProvincialOidc({
    users: residents,
    client: { id: "yimen", secret: SECRET, redirectUri: callbackOf("province") },
    port: 0,
  });
  return { server, settings: oidcSettings(server.url) };
};

export const oidcSettings = (issuer: string) =>
  settingsOf("oidc", {
    kind: "oidc",
    name: "province",
    label: "省统一身份认证",
    issuer,
    clientId: "yimen",
    clientSecret: SECRET,
    scope: "openid profile identity",
    fields: { level: "verified_level" },
    assurance: { L1: 1, L2: 2, L3: 3 },
  });

/** The same as a user centre with account keys. */
export const accountKeyProvince = async (digest: "sha256" | "sm3" = "sm3") => {
  const app = { id: "city-01", secret: SECRET, redirectUrl: callbackOf("user-centre") };
  const server = await startProvincialUserCentre({ users: residents, app, digest, port: 0 });
  return { server, settings: accountKeySettings(server.url, { signature: `hmac-${digest}` }) };
};

export const accountKeySettings = (url: string, more: Record<string, unknown> = {}) =>
  settingsOf("account-key", {
    kind: "account-key",
    name: "user-centre",
    label: "省用户中心",
    authorizeUrl: `${url}/authorize`,
    tokenUrl: `${url}/api/token`,
    userUrl: `${url}/api/user`,
    appId: "city-01",
    appSecret: SECRET,
    answer: { keyInvalid: ["10002"] },
    fields: {},
    boundBy: { parameter: "bindCode", field: "bindCode" },
    assurance: { "1": 1, "2": 2, "3": 3 },
    ...more,
  });

type Settings = OutsideSettings["upstreams"][number];
const settingsOf = <K extends Settings["kind"]>(kind: K, written: unknown): Extract<Settings, { kind: K }> => {
  const [settings] = OutsideSettings.parse({ upstreams: [written] }).upstreams;
  if (settings?.kind !== kind) throw new Error("other settings than were written");
  return settings as Extract<Settings, { kind: K }>;
};

export const upstreamOf = (settings: Settings): Upstream =>
  settings.kind === "oidc"
    ? oidcUpstream(settings, { callback: callbackOf(settings.name), now: systemClock, timeoutMs: 20_000 })
    : accountKeyUpstream(settings, { callback: callbackOf(settings.name), now: systemClock, timeoutMs: 20_000 });

export const misbehave = async ({ url }: Running, mode: string): Promise<void> => {
  const answer = await fetch(`${url}/misbehave`, { method: "POST", body: JSON.stringify({ mode }) });
  if (!answer.ok) throw new Error(await answer.text());
};
