import { createServer } from "node:http";
import { createLocalJWKSet, createRemoteJWKSet, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { authorizer } from "#functions/identity/authorizer.ts";
import { Verdict } from "#shared/contracts/http/caller.ts";

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
  const handle = authorizer({ issuer, keys });
  verdictOn = async (authorization) => {
    const { isAuthorized, context } = await handle({ headers: authorization === undefined ? {} : { authorization } });
    expect(isAuthorized).toBe(true);
    expect(Verdict.safeParse(context).success).toBe(true);
    return context;
  };
});

const draft = (more: object = {}) =>
  new SignJWT({ ...claims, ...more })
    .setProtectedHeader(header)
    .setIssuer(issuer)
    .setAudience("urn:yimen:api")
    .setSubject("portal")
    .setExpirationTime("15m");

const invalid = { refusal: "request.token-invalid" };

describe("the authorizer", () => {
  it("says who is calling", async () => {
    const token = await draft().sign(ours.privateKey);
    const caller = { client: "portal", scopes: claims.scope, channel: "portal" };
    expect(await verdictOn(`Bearer ${token}`)).toEqual(caller);
    expect(await verdictOn(`bearer ${token}`)).toEqual(caller);
  });

  it.each([undefined, "", "Basic cG9ydGFsOnNlY3JldA==", "Bearer", "token"])(
    "reports a missing token: %s",
    async (authorization) => expect(await verdictOn(authorization)).toEqual({ refusal: "request.token-missing" }),
  );

  it.each(["Bearer ", "Bearer x", "Bearer a.b.c", "Bearer ...", `Bearer ${"x".repeat(5000)}`, "Bearer e30.e30.", "Bearer 中"])(
    "reports garbage: %.20s",
    async (authorization) => expect(await verdictOn(authorization)).toEqual(invalid),
  );

  it.each<[string, () => Promise<string> | string]>([
    ["signed by someone else", () => draft().sign(theirs.privateKey)],
    ["of another issuer", () => draft().setIssuer("https://evil.example/oidc").sign(ours.privateKey)],
    ["for another audience", () => draft().setAudience("urn:other:api").sign(ours.privateKey)],
    ["that has expired", () => draft().setExpirationTime("1s ago").sign(ours.privateKey)],
    ["that never expires", () => draft({ exp: undefined }).setExpirationTime(undefined as never).sign(ours.privateKey)],
    ["that is not valid yet", () => draft().setNotBefore("1h").sign(ours.privateKey)],
    ["without a client", () => draft({ client_id: undefined }).sign(ours.privateKey)],
    ["that is an ID token", () => draft().setProtectedHeader({ ...header, typ: "JWT" }).sign(ours.privateKey)],
    ["without a type", () => draft().setProtectedHeader({ alg: "ES256", kid: "k" }).sign(ours.privateKey)],
    ["with a key that no one published", () => draft().setProtectedHeader({ ...header, kid: "x" }).sign(ours.privateKey)],
    [
      "with no signature",
      () => new UnsecuredJWT(claims).setIssuer(issuer).setAudience("urn:yimen:api").setExpirationTime("15m").encode(),
    ],
    [
      "signed by HMAC with the public key",
      async () => {
        const secret = new TextEncoder().encode(await exportSPKI(ours.publicKey));
        return draft().setProtectedHeader({ ...header, alg: "HS256" }).sign(secret);
      },
    ],
    [
      "whose content was changed",
      async () => {
        const [head, body = "", signature] = (await draft().sign(ours.privateKey)).split(".");
        const payload = JSON.parse(Buffer.from(body, "base64url").toString());
        const changed = Buffer.from(JSON.stringify({ ...payload, scope: "applications:decide" })).toString("base64url");
        return [head, changed, signature].join(".");
      },
    ],
    [
      "that says it is unsigned over a good signature",
      async () => {
        const [, body, signature] = (await draft().sign(ours.privateKey)).split(".");
        const head = Buffer.from(JSON.stringify({ ...header, alg: "none" })).toString("base64url");
        return [head, body, signature].join(".");
      },
    ],
  ])("does not take a token %s", async (_what, token) => {
    expect(await verdictOn(`Bearer ${await token()}`)).toEqual(invalid);
  });

  it("fails, rather than refuses, while the issuer's keys are out of reach", async () => {
    const server = createServer((_, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${port}/jwks`));
    const authorization = `Bearer ${await draft().sign(ours.privateKey)}`;
    await expect(authorizer({ issuer, keys })({ headers: { authorization } })).rejects.toThrow();
    server.close();
    await expect(authorizer({ issuer, keys })({ headers: { authorization } })).rejects.toThrow();
  });
});
