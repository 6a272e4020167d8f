import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import Provider, { type Adapter, type AdapterPayload, type KoaContextWithOIDC } from "oidc-provider";
import { sendPage, sendTo } from "./html.ts";
import { listen, type Running, readText, sendJson } from "./http-server.ts";
import { misbehaviours } from "./misbehaviour.ts";
import { type ProvincialUser, provincialLoginPage } from "./provincial-users.ts";

export interface ProvincialOidcOptions {
  readonly users: readonly ProvincialUser[];
  readonly client: { readonly id: string; readonly secret: string; readonly redirectUri: string };
  /** 0 for a free port. */
  readonly port: number;
}

/**
 * A provincial identity platform as a real OpenID provider: oidc-provider with a login page and keys of its own. `url` is the
 * issuer; `POST {url}/misbehave` spoils what it answers.
 */
export const startProvincialOidc = async ({ users, client, port }: ProvincialOidcOptions): Promise<Running> => {
  const own = await generateKeyPair("ES256", { extractable: true });
  const stranger = await generateKeyPair("ES256", { extractable: true });
  const ownJwk: JWK = { ...(await exportJWK(own.privateKey)), use: "sig", alg: "ES256", kid: "province-1" };
  const misbehaviour = misbehaviours([
    "500",
    "slow",
    "down",
    "no-id-number",
    "bad-id-number",
    "unknown-level",
    "tampered-user-info",
    "other-subject",
    "wrong-nonce",
    "wrong-audience",
    "foreign-key",
    "wrong-issuer",
  ]);
  type Mode = NonNullable<ReturnType<typeof misbehaviour.next>>["mode"];
  let mode: Mode | undefined;
  let provider: Provider | undefined;

  const claimsOf = (user: ProvincialUser, use: string) => ({
    sub: user.subject,
    name: user.name,
    ...(mode !== "no-id-number" && { id_number: mode === "bad-id-number" ? "449900198504120011" : user.idNumber }),
    ...(mode === "tampered-user-info" && use === "userinfo" && { id_number: otherThan(user, users).idNumber }),
    verified_level: mode === "unknown-level" ? "L9" : user.level,
  });

  const resigned = (idToken: string, more: Record<string, unknown>, key: CryptoKey): Promise<string> =>
    new SignJWT({ ...decodeJwt(idToken), ...more })
      .setProtectedHeader({ alg: "ES256", kid: "province-1", typ: "JWT" })
      .sign(key);

  const spoil = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const body = ctx.body as Record<string, string>;
    const location: string | undefined = ctx.response.get("location");
    if (mode === "wrong-issuer" && location?.startsWith(client.redirectUri)) {
      const back = new URL(location);
      back.searchParams.set("iss", "https://another-province.example");
      ctx.set("location", back.href);
    }
    if (ctx.path === "/me" && mode === "other-subject") ctx.body = { ...body, sub: "gd-9999" };
    if (ctx.path !== "/token" || !body.id_token) return;
    if (mode === "wrong-nonce") body.id_token = await resigned(body.id_token, { nonce: "another" }, own.privateKey);
    if (mode === "wrong-audience") body.id_token = await resigned(body.id_token, { aud: "another" }, own.privateKey);
    if (mode === "foreign-key") body.id_token = await resigned(body.id_token, {}, stranger.privateKey);
  };

  const logIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!provider) return sendJson(response, 503, {});
    const { uid } = await provider.interactionDetails(request, response);
    if (request.method === "GET") return sendPage(response, 200, provincialLoginPage(users, `/login/${uid}`));
    const form = new URLSearchParams(await readText(request));
    const user = users.find(({ subject }) => subject === form.get("user"));
    if (form.get("do") !== "sign-in" || !user)
      return sendTo(response, await provider.interactionResult(request, response, { error: "access_denied" }));
    const grant = new provider.Grant({ accountId: user.subject, clientId: client.id });
    grant.addOIDCScope("openid profile identity");
    const result = { login: { accountId: user.subject, remember: false }, consent: { grantId: await grant.save() } };
    return sendTo(response, await provider.interactionResult(request, response, result));
  };

  const server = await listen(port, async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/misbehave" && request.method === "POST") {
      misbehaviour.set(JSON.parse(await readText(request)));
      return sendJson(response, 200, {});
    }
    const wrong = misbehaviour.next();
    mode = wrong?.mode;
    if (mode === "slow") await pause(wrong?.milliseconds);
    if (mode === "down") return void response.destroy();
    if (mode === "500") return sendJson(response, 500, {});
    if (pathname.startsWith("/login/")) return logIn(request, response);
    await provider?.callback()(request, response);
  });

  provider = new Provider(server.url, {
    adapter: mapAdapter(),
    jwks: { keys: [ownJwk] },
    cookies: {
      keys: [randomBytes(32).toString("hex")],
      // Cookies know hosts, not ports: the platform's own issuer on this machine must not meet ours.
      names: { session: "province_session", interaction: "province_interaction", resume: "province_resume" },
    },
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [client.redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    scopes: ["openid"],
    claims: { openid: ["sub"], profile: ["name"], identity: ["id_number", "verified_level"] },
    conformIdTokenClaims: false,
    findAccount: async (_ctx, sub) => {
      const user = users.find(({ subject }) => subject === sub);
      return user && { accountId: sub, claims: async (use) => claimsOf(user, use) };
    },
    interactions: { url: (_ctx, { uid }) => `/login/${uid}` },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    renderError: (ctx, out) => {
      ctx.type = "json";
      ctx.body = out;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    await spoil(ctx as KoaContextWithOIDC);
  });
  return server;
};

const otherThan = (user: ProvincialUser, users: readonly ProvincialUser[]): ProvincialUser =>
  users.find(({ subject }) => subject !== user.subject) ?? user;

/** What the provider keeps, for as long as this process lives. */
const mapAdapter = (): ((model: string) => Adapter) => {
  const rows = new Map<string, AdapterPayload>();
  return (model) => {
    const by = async (matches: (payload: AdapterPayload) => boolean) =>
      [...rows].find(([key, payload]) => key.startsWith(`${model} `) && matches(payload))?.[1];
    return {
      upsert: async (id, payload) => void rows.set(`${model} ${id}`, payload),
      find: async (id) => rows.get(`${model} ${id}`),
      findByUid: (uid) => by((payload) => payload.uid === uid),
      findByUserCode: (code) => by((payload) => payload.userCode === code),
      async consume(id) {
        const payload = rows.get(`${model} ${id}`);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void rows.delete(`${model} ${id}`),
      async revokeByGrantId(grantId) {
        for (const [key, payload] of rows) if (payload.grantId === grantId) rows.delete(key);
      },
    };
  };
};
