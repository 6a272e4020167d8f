import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { memoryStaff } from "#functions/identity/adapters/memory-staff.ts";
import { authorizer } from "#functions/identity/authorizer.ts";
import { importRegistry } from "#functions/identity/import-registry.ts";
import { hashOfSecret } from "#functions/identity/issuer/client-secret.ts";
import { issuerLambda } from "#functions/identity/issuer/issuer-lambda.ts";
import { signingKeysAt } from "#functions/identity/issuer/signing-keys.ts";
import { issuerPages } from "#functions/identity/pages/issuer-pages.ts";
import type { HttpRequest } from "#shared/runtime/endpoint.ts";
import { issuerPeople } from "#test/support/issuer-people.ts";
import { nobodyKnown } from "#test/support/nobody-known.ts";
import { payloadV2Server } from "#test/support/payload-v2-server.ts";

const ring = { id: "k1", key: "a seed of sixty-four characters, or nearly so, for the tests only", previous: [] };
const department = { department: "11440606MB2D26310W", division: "440606" };

let answer: (event: HttpRequest) => Promise<Awaited<ReturnType<ReturnType<typeof issuerLambda>>>>;
let server: Awaited<ReturnType<typeof payloadV2Server>>;
let issuer: string;
let stored = 0;
const secrets: Record<string, string> = {};

beforeAll(async () => {
  server = await payloadV2Server((event) => answer(event));
  issuer = `${server.url}/oidc`;
  const clients = memoryClients();
  const report = await importRegistry({ clients, staff: memoryStaff(), now: () => new Date().toISOString() })({
    clients: [
      { id: "portal", name: "门户", scopes: ["applications:submit", "applications:read"], channel: "portal" },
      { id: "land-bureau", name: "自然资源局", scopes: ["applications:decide", "webhooks:manage"], ...department },
    ],
  });
  for (const { id, secret = "" } of report.clients) secrets[id] = secret;
  const models = memoryOidcModels();
  const lambda = issuerLambda({
    issuer,
    clients,
    models: (name) => {
      const model = models(name);
      return {
        ...model,
        upsert: (...row) => {
          stored++;
          return model.upsert(...row);
        },
      };
    },
    accounts: issuerPeople().accounts,
    pages: issuerPages,
    keyRing: async () => ring,
    now: Date.now,
  });
  answer = (event) => lambda(event, {} as never);
});
afterAll(() => server?.close());

type Authentication = (secret: string) => client.ClientAuth;

const discover = (id: string, authentication: Authentication = client.ClientSecretBasic, secret = secrets[id] ?? "") =>
  client.discovery(new URL(issuer), id, undefined, authentication(secret), { execute: [client.allowInsecureRequests] });

const callerOf = (token: string) =>
  authorizer({ issuer, keys: createRemoteJWKSet(new URL(`${issuer}/jwks`)), ...nobodyKnown })({
    headers: { authorization: `Bearer ${token}` },
  });

const publicKeys = async () => (await (await fetch(`${issuer}/jwks`)).json()) as JSONWebKeySet;

describe("the issuer, as an independent OpenID client sees it", () => {
  it("is discovered below its mount, with its own URLs", async () => {
    const config = await discover("portal");
    expect(config.serverMetadata()).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    });
    expect(config.serverMetadata().scopes_supported).toContain("applications:submit");
    expect(config.serverMetadata().grant_types_supported).not.toContain("implicit");
  });

  it("tells its own URLs whatever host the request claims", async () => {
    const forged = await fetch(`${issuer}/.well-known/openid-configuration`, {
      headers: { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
    });
    expect(await forged.text()).not.toContain("evil.example");
  });

  it.each([
    ["basic", client.ClientSecretBasic],
    ["post", client.ClientSecretPost],
  ])("gives a token for a client's secret (%s)", async (_name, authentication: Authentication) => {
    const config = await discover("portal", authentication);
    const tokens = await client.clientCredentialsGrant(config, { scope: "applications:submit" });
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 900, scope: "applications:submit" });

    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, createLocalJWKSet(await publicKeys()), {
      issuer,
      audience: "urn:yimen:api",
      typ: "at+jwt",
    });
    expect(protectedHeader).toEqual({
      alg: "ES256",
      typ: "at+jwt",
      kid: (await signingKeysAt(ring, Date.now())).current.kid,
    });
    expect(payload).toMatchObject({
      sub: "portal",
      client_id: "portal",
      scope: "applications:submit",
      channel: "portal",
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  });

  it("says in the token which department a client acts for, and the authorizer reads it", async () => {
    const config = await discover("land-bureau");
    const { access_token } = await client.clientCredentialsGrant(config, {
      scope: "applications:decide webhooks:manage",
      resource: "urn:yimen:api",
    });
    expect(decodeProtectedHeader(access_token).alg).toBe("ES256");
    expect(await callerOf(access_token)).toEqual({
      isAuthorized: true,
      context: { client: "land-bureau", scopes: "applications:decide webhooks:manage", ...department },
    });
  });

  it("gives no scope that is not asked for", async () => {
    const { access_token, scope } = await client.clientCredentialsGrant(await discover("portal"));
    expect(scope).toBeUndefined();
    expect((await callerOf(access_token)).context).toEqual({ client: "portal", scopes: "", channel: "portal" });
  });

  it.each([
    ["a wrong secret", "portal", () => "A".repeat(43)],
    ["the hash that is kept of the secret", "portal", () => hashOfSecret(secrets.portal ?? "")],
    ["another client's secret", "portal", () => secrets["land-bureau"] ?? ""],
    ["a client that is not registered", "nobody", () => secrets.portal ?? ""],
    ["an id longer than any key", "x".repeat(5000), () => secrets.portal ?? ""],
  ])("refuses %s", async (_what, id, secret) => {
    const basic = client.clientCredentialsGrant(await discover(id, client.ClientSecretBasic, secret()));
    await expect(basic).rejects.toMatchObject({ status: 401, cause: [{ parameters: { error: "invalid_client" } }] });
    const post = client.clientCredentialsGrant(await discover(id, client.ClientSecretPost, secret()));
    await expect(post).rejects.toMatchObject({ status: 401, error: "invalid_client" });
  });

  it.each([
    ["a scope that does not exist", { scope: "everything" }, "invalid_scope"],
    ["a scope of others", { scope: "applications:decide" }, "invalid_scope"],
    ["a scope of others among its own", { scope: "applications:read webhooks:manage" }, "invalid_scope"],
    ["another resource", { resource: "urn:other:api" }, "invalid_target"],
  ])("refuses %s", async (_what, parameters, error) => {
    const grant = client.clientCredentialsGrant(await discover("portal"), { ...parameters });
    await expect(grant).rejects.toMatchObject({ status: 400, error });
  });

  it("refuses a client without a secret", async () => {
    const config = await discover("portal", client.None);
    await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({ error: "invalid_client" });
  });

  it.each([
    ["/auth?client_id=portal&response_type=code", 400],
    ["/auth", 400],
    ["/nothing", 404],
  ])("sends nobody anywhere from %s", async (path, status) => {
    const response = await fetch(`${issuer}${path}`, { redirect: "manual" });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).not.toContain("html");
  });

  it("publishes public keys only", async () => {
    const { keys } = await publicKeys();
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  it("keeps no access token", () => expect(stored).toBe(0));
});

describe("a warm issuer", () => {
  const HOUR = 3_600_000;
  const EPOCH = 30 * 24 * HOUR;

  const warm = () => {
    let at = 700 * EPOCH + EPOCH - 3 * HOUR;
    let reads = 0;
    let broken = false;
    const lambda = issuerLambda({
      issuer: "https://api.example/oidc",
      clients: memoryClients(),
      models: memoryOidcModels(),
      accounts: issuerPeople().accounts,
      pages: issuerPages,
      now: () => at,
      keyRing: async () => {
        reads++;
        if (broken) throw new Error("Secrets Manager is out of reach");
        return ring;
      },
    });
    return {
      later: (ms: number) => {
        at += ms;
      },
      breakSecrets: (value: boolean) => {
        broken = value;
      },
      reads: () => reads,
      kids: async (): Promise<string[]> => {
        const event = { ...jwksEvent, headers: {} } as unknown as HttpRequest;
        const { body = "" } = await lambda(event, {} as never);
        return JSON.parse(body).keys.map(({ kid }: { kid: string }) => kid);
      },
    };
  };
  const jwksEvent = {
    version: "2.0",
    rawPath: "/oidc/jwks",
    rawQueryString: "",
    requestContext: { requestId: "r", http: { method: "GET", sourceIp: "127.0.0.1" } },
  };

  it("reads its seed once an hour and changes keys with the epoch", async () => {
    const it = warm();
    const before = await it.kids();
    it.later(HOUR - 1);
    expect(await it.kids()).toEqual(before);
    expect(it.reads()).toBe(1);
    it.later(1);
    expect(await it.kids()).toEqual(before);
    expect(it.reads()).toBe(2);
    it.later(HOUR);
    await it.kids();
    it.later(HOUR - 1);
    expect(await it.kids()).toEqual(before);
    it.later(1);
    const after = await it.kids();
    expect(after[0]).toBe(before[1]);
    expect(after).toContain(before[0]);
    expect(after).not.toContain(before[2]);
  });

  it("tries again after it could not read its seed", async () => {
    const it = warm();
    it.breakSecrets(true);
    await expect(it.kids()).rejects.toThrow("out of reach");
    it.breakSecrets(false);
    expect(await it.kids()).toHaveLength(3);
  });
});
