import { createServer } from "node:http";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { authorizer } from "#functions/identity/authorizer.ts";
import { Verdict } from "#shared/contracts/http/caller.ts";
import { nobodyKnown } from "#test/support/nobody-known.ts";

const issuer = "https://api.example/oidc";
const claims = { client_id: "portal", scope: "applications:submit applications:read", channel: "portal" };
const header = { alg: "ES256", typ: "at+jwt", kid: "k" };

let ours: Awaited<ReturnType<typeof generateKeyPair>>;
let theirs: Awaited<ReturnType<typeof generateKeyPair>>;
let verdictOn: (authorization: string | undefined) => Promise<unknown>;

beforeAll(async () => {
  ours = await generateKeyPair("ES256", { extractable: true });
  theirs = await generateKeyPair("ES256");
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: "k", alg: "ES256" }] });
  const handle = authorizer({ issuer, keys, ...nobodyKnown });
  verdictOn = async (authorization) => {
    const { isAuthorized, context } = await handle({ headers: authorization === undefined ? {} : { authorization } });
    expect(isAuthorized).toBe(true);
    expect(Verdict.safeParse(context).success).toBe(true);
    return context;
  };
});

/** A good token, but for what is said here; undefined leaves a claim out. */
const token = (
  changed: Record<string, unknown> = {},
  headers: object = {},
  key: typeof ours.privateKey | Uint8Array = ours.privateKey,
) =>
  new SignJWT({
    ...claims,
    iss: issuer,
    aud: "urn:yimen:api",
    sub: "portal",
    exp: Math.floor(Date.now() / 1000) + 900,
    ...changed,
  })
    .setProtectedHeader({ ...header, ...headers })
    .sign(key);

const invalid = { refusal: "request.token-invalid" };

describe("the authorizer", () => {
  it("says who is calling", async () => {
    const bearer = await token();
    const caller = { client: "portal", scopes: claims.scope, channel: "portal" };
    expect(await verdictOn(`Bearer ${bearer}`)).toEqual(caller);
    expect(await verdictOn(`bearer ${bearer}`)).toEqual(caller);
  });

  it.each([undefined, "", "Basic cG9ydGFsOnNlY3JldA==", "Bearer", "token"])(
    "reports a missing token: %s",
    async (authorization) => expect(await verdictOn(authorization)).toEqual({ refusal: "request.token-missing" }),
  );

  it.each(["Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ...", "Bearer e30.e30.", "Bearer 中"])(
    "reports garbage: %s",
    async (authorization) => expect(await verdictOn(authorization)).toEqual(invalid),
  );

  it.each<[string, () => Promise<string> | string]>([
    ["signed by someone else", () => token({}, {}, theirs.privateKey)],
    ["of another issuer", () => token({ iss: "https://evil.example/oidc" })],
    ["of no issuer", () => token({ iss: undefined })],
    ["for another audience", () => token({ aud: "urn:other:api" })],
    ["for no audience", () => token({ aud: undefined })],
    ["that has expired", () => token({ exp: Math.floor(Date.now() / 1000) - 1 })],
    ["that never expires", () => token({ exp: undefined })],
    ["that is not valid yet", () => token({ nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ["without a client", () => token({ client_id: undefined })],
    ["that is an ID token", () => token({}, { typ: "JWT" })],
    ["without a type", () => token({}, { typ: undefined })],
    ["with a key that no one published", () => token({}, { kid: "x" })],
    [
      "with no signature",
      () => new UnsecuredJWT(claims).setIssuer(issuer).setAudience("urn:yimen:api").setExpirationTime("15m").encode(),
    ],
    [
      "signed by HMAC with the public key",
      async () => {
        const secret = new TextEncoder().encode(await exportSPKI(ours.publicKey));
        return token({}, { alg: "HS256" }, secret);
      },
    ],
    [
      "whose content was changed",
      async () => {
        const [head, body = "", signature] = (await token()).split(".");
        const payload = JSON.parse(Buffer.from(body, "base64url").toString());
        const changed = Buffer.from(JSON.stringify({ ...payload, scope: "applications:decide" })).toString("base64url");
        return [head, changed, signature].join(".");
      },
    ],
    [
      "that says it is unsigned over a good signature",
      async () => {
        const [, body, signature] = (await token()).split(".");
        const head = Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url");
        return [head, body, signature].join(".");
      },
    ],
  ])("does not take a token %s", async (_what, bad) => {
    expect(await verdictOn(`Bearer ${await bad()}`)).toEqual(invalid);
  });

  it("fails, rather than refuses, while the issuer's keys are out of reach", async () => {
    const server = createServer((_, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/jwks`));
    const authorization = `Bearer ${await token()}`;
    await expect(authorizer({ issuer, keys, ...nobodyKnown })({ headers: { authorization } })).rejects.toThrow();
    server.close();
    await expect(authorizer({ issuer, keys, ...nobodyKnown })({ headers: { authorization } })).rejects.toThrow();
  });
});
