import { decodeProtectedHeader, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signingKeysAt } from "#functions/identity/issuer/signing-keys.ts";
import { signInClients } from "#test/support/issuer-clients.ts";
import { ZHANG } from "#test/support/issuer-people.ts";
import { noted, untouched, willing } from "#test/support/issuer-persons.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage, ring } from "#test/support/issuer-stage.ts";

let stage: IssuerStage;
beforeAll(async () => {
  stage = await issuerStage({ clients: signInClients });
});
afterAll(() => stage?.close());

describe("a sign-in by code with PKCE", () => {
  it.each(["portal", "spa"])("gives tokens of the person (%s)", async (id) => {
    const config = await stage.discover(id);
    const request = await authorization(config, { scope: "openid profile persons:self" });
    const { seen, person } = noted();
    const { at } = await stage.browser().open(request.url, person);
    expect(at.href).toMatch(CALLBACK);
    expect(at.searchParams.get("iss")).toBe(stage.issuer);
    expect(seen).toMatchObject([
      {
        prompt: "sign-in",
        acr: "0",
        client: { id, users: "persons" },
        formTargets: ["https://portal.example"],
        device: false,
      },
    ]);

    const tokens = await request.done(at);
    expect(tokens).toMatchObject({ token_type: "bearer", expires_in: 900, scope: "persons:self" });
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, stage.keys(), {
      issuer: stage.issuer,
      audience: "urn:yimen:api",
      typ: "at+jwt",
    });
    const { kid } = (await signingKeysAt(ring, Date.now())).current;
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid });
    expect(payload).toMatchObject({
      sub: ZHANG,
      client_id: id,
      scope: "persons:self",
      act_for: { kind: "natural", id: ZHANG },
      acr: "2",
      ...(id === "portal" && { channel: "portal" }),
    });
    expect(payload).not.toHaveProperty("ground");
    expect(decodeProtectedHeader(tokens.id_token ?? "").kid).toBe(kid);
    expect(tokens.claims()).toMatchObject({ sub: ZHANG, acr: "2", amr: ["pwd"], name: "张*" });
    expect(tokens.claims()).not.toHaveProperty("phone_number");
  });

  it("puts nothing personal into any address", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config, { scope: "openid profile phone" });
    const { at } = await stage.browser().open(request.url, willing);
    expect(at.search).not.toContain(ZHANG);
  });

  it.each([
    ["no PKCE", { code_challenge: "", code_challenge_method: "" }],
    ["plain PKCE", { code_challenge_method: "plain" }],
  ])("refuses a request with %s", async (_what, parameters) => {
    const { url } = await authorization(await stage.discover("portal"), parameters);
    for (const [name, value] of Object.entries(parameters)) if (!value) url.searchParams.delete(name);
    const { at } = await stage.browser().open(url, untouched);
    expect(at.searchParams.get("error")).toBe("invalid_request");
    expect(at.searchParams.has("code")).toBe(false);
  });

  it("refuses another verifier, and the code stays good for its owner", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config);
    const { at } = await stage.browser().open(request.url, willing);
    const wrong = request.done(at, { pkceCodeVerifier: client.randomPKCECodeVerifier() });
    await expect(wrong).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(request.done(at)).resolves.toHaveProperty("access_token");
  });

  it("refuses a code in the hands of another client", async () => {
    const request = await authorization(await stage.discover("portal"));
    const { at } = await stage.browser().open(request.url, willing);
    const thief = await stage.discover("spa");
    const theft = client.authorizationCodeGrant(thief, at, {
      pkceCodeVerifier: request.verifier,
      expectedState: at.searchParams.get("state") ?? "",
    });
    await expect(theft).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it.each([
    ["somewhere else", "https://evil.example/callback"],
    ["a longer path", `${CALLBACK}/../evil`],
    ["another scheme", CALLBACK.replace("https:", "http:")],
    ["a query of its own", `${CALLBACK}?next=https://evil.example`],
    ["a host that begins the same", "https://portal.example.evil.example/callback"],
    ["a user before the host", "https://portal.example@evil.example/callback"],
    ["nowhere", ""],
  ])("sends nobody to %s", async (_what, redirect_uri) => {
    const { url } = await authorization(await stage.discover("portal"), { redirect_uri });
    const { at, response } = await stage.browser().open(url, untouched);
    expect(at.host).toBe(new URL(stage.issuer).host);
    expect(response?.status).toBe(400);
    expect(response?.headers.get("location")).toBeNull();
    expect(await response?.text()).not.toContain("evil.example");
  });

  it("refuses a code that comes from another issuer (mix-up)", async () => {
    const request = await authorization(await stage.discover("portal"));
    const { at } = await stage.browser().open(request.url, willing);
    at.searchParams.set("iss", "https://evil.example");
    const refusal = { cause: { message: expect.stringContaining('"iss"') } };
    await expect(request.done(at)).rejects.toMatchObject(refusal);
    at.searchParams.delete("iss");
    await expect(request.done(at)).rejects.toMatchObject(refusal);
  });

  it("ends everything when a code is used twice", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config, { scope: "openid" });
    const { at } = await stage.browser().open(request.url, willing);
    const tokens = await request.done(at);
    await expect(request.done(at)).rejects.toMatchObject({ error: "invalid_grant" });
    const refresh = client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    await expect(refresh).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("gives tokens once to two who bring a code at the same time, and ends them", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config);
    const { at } = await stage.browser().open(request.url, willing);
    const both = await Promise.allSettled([request.done(at), request.done(at)]);
    const given = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(given.length).toBeLessThanOrEqual(1);
    for (const { refresh_token = "" } of given)
      await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("lets programs in a browser read tokens at their own origin only", async () => {
    const ask = (origin: string) =>
      fetch(`${stage.issuer}/token`, {
        method: "POST",
        headers: { origin },
        body: new URLSearchParams({ grant_type: "authorization_code", client_id: "app", code: "c", redirect_uri: "r" }),
      });
    expect((await ask("null")).headers.get("access-control-allow-origin")).not.toBe("null");
    const asSpa = async (origin: string) => {
      const body = new URLSearchParams({ grant_type: "refresh_token", client_id: "spa", refresh_token: "t" });
      const response = await fetch(`${stage.issuer}/token`, { method: "POST", headers: { origin }, body });
      return { read: response.headers.get("access-control-allow-origin"), body: await response.json() };
    };
    expect((await asSpa("https://portal.example")).read).toBe("https://portal.example");
    expect((await asSpa("https://evil.example")).read).not.toBe("https://evil.example");
  });

  it("tells the client that the person declined", async () => {
    const { url } = await authorization(await stage.discover("portal"));
    const { at } = await stage.browser().open(url, () => ({ kind: "declined" }));
    expect(at.searchParams.get("error")).toBe("access_denied");
  });

  it.each([
    ["persons:self webhooks:manage", "a scope of departments"],
    ["openid everything", "a scope that is none"],
    ["openid mandates:manage", "a scope it was not registered for"],
  ])("refuses %s, %s", async (scope) => {
    const { url } = await authorization(await stage.discover("portal"), { scope });
    const { at } = await stage.browser().open(url, untouched);
    expect(at.searchParams.get("error")).toBe("invalid_scope");
  });

  it("writes little", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config, { scope: "openid profile persons:self" });
    stage.writes.length = 0;
    const { at } = await stage.browser().open(request.url, willing);
    const tokens = await request.done(at);
    expect(stage.writes).toEqual([
      "put Interaction",
      "put Interaction",
      "delete Interaction",
      "put Grant",
      "put AuthorizationCode",
      "put Session",
      "consume AuthorizationCode",
      "put RefreshToken",
    ]);
    stage.writes.length = 0;
    await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(stage.writes).toEqual(["consume RefreshToken", "put RefreshToken"]);
  });
});
