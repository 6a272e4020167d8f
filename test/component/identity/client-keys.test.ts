import { type CryptoKey, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorizer } from "#functions/identity/authorizer.ts";
import { tokenClients } from "#test/support/issuer-clients.ts";
import { ZHANG } from "#test/support/issuer-people.ts";
import { signedIn } from "#test/support/issuer-persons.ts";
import { type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";
import { nobodyKnown } from "#test/support/nobody-known.ts";

let stage: IssuerStage;
let privateKey: CryptoKey;
let strangeKey: CryptoKey;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256", { extractable: true });
  privateKey = pair.privateKey;
  strangeKey = (await generateKeyPair("ES256")).privateKey;
  const { x = "", y = "" } = await exportJWK(pair.publicKey);
  stage = await issuerStage({ clients: tokenClients({ keys: [{ kty: "EC", crv: "P-256", x, y }] }) });
});
afterAll(async () => {
  await stage?.close();
});

describe("a department with a key of its own", () => {
  const assertion = (over: Record<string, unknown> = {}, key = privateKey, header: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: "land-bureau",
      sub: "land-bureau",
      aud: stage.issuer,
      jti: crypto.randomUUID(),
      exp: now + 60,
      ...over,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: "ES256", ...header }).sign(key);
  };
  const ask = async (client_assertion: string) => {
    const response = await fetch(`${stage.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: "applications:decide",
        client_assertion,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  it("proves itself by private_key_jwt", async () => {
    const config = await stage.discover("land-bureau", client.PrivateKeyJwt(privateKey));
    const { access_token } = await client.clientCredentialsGrant(config, { scope: "applications:decide" });
    expect(decodeJwt(access_token)).toMatchObject({
      sub: "land-bureau",
      department: "11440606MB2D26310W",
      division: "440606",
    });
  });

  it.each([
    ["that expired", () => assertion({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ["that never expires", () => assertion({ exp: undefined })],
    ["for another audience", () => assertion({ aud: "https://other.example" })],
    ["without an audience", () => assertion({ aud: undefined })],
    ["without an id", () => assertion({ jti: undefined })],
    ["of another issuer", () => assertion({ iss: "portal" })],
    ["for another client", () => assertion({ iss: "mini-program", sub: "mini-program" })],
    ["signed by a strange key", () => assertion({}, strangeKey)],
    [
      "that is unsigned",
      async () => {
        const [, payload] = (await assertion()).split(".");
        return `${Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url")}.${payload}.`;
      },
    ],
  ])("is refused with an assertion %s", async (_what, make) => {
    const { status, body } = await ask(await make());
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: "invalid_client" });
    expect(body).not.toHaveProperty("access_token");
  });

  it("is refused when an assertion comes twice, also at the same time", async () => {
    const once = await assertion();
    expect((await ask(once)).status).toBe(200);
    expect(await ask(once)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    const twice = await assertion();
    const both = await Promise.all([ask(twice), ask(twice)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it("is refused with a secret", async () => {
    const config = await stage.discover("land-bureau", client.ClientSecretPost("A".repeat(43)));
    await expect(client.clientCredentialsGrant(config)).rejects.toMatchObject({ error: "invalid_client" });
  });
});

describe("forged tokens", () => {
  const refusal = { refusal: "request.token-invalid" };
  const verdict = async (token: string) => {
    const { context } = await authorizer({ issuer: stage.issuer, keys: stage.keys(), ...nobodyKnown } as never)({
      headers: { authorization: `Bearer ${token}` },
    });
    return context;
  };
  const forge = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    new SignJWT({
      iss: stage.issuer,
      aud: "urn:yimen:api",
      sub: ZHANG,
      client_id: "portal",
      exp: Math.floor(Date.now() / 1000) + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", ...header })
      .sign(strangeKey);

  it.each([
    ["signed by a strange key", () => forge({})],
    ["of another issuer", () => forge({ iss: "https://evil.example/oidc" })],
    ["for another audience", () => forge({ aud: "urn:other" })],
    ["that is an id token", async () => (await signedIn(stage)).tokens.id_token ?? ""],
    ["that is a refresh token", async () => (await signedIn(stage)).tokens.refresh_token ?? ""],
    [
      "without a signature",
      async () => {
        const [, payload] = (await signedIn(stage)).tokens.access_token.split(".");
        return `${Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url")}.${payload}.`;
      },
    ],
    [
      "with a changed scope",
      async () => {
        const [header, payload = "", signature] = (await signedIn(stage)).tokens.access_token.split(".");
        const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
        return `${header}.${Buffer.from(JSON.stringify({ ...claims, scope: "staff:manage" })).toString("base64url")}.${signature}`;
      },
    ],
  ])("are refused: one %s", async (_what, token) => expect(await verdict(await token())).toEqual(refusal));
});
