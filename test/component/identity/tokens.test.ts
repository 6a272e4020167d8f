import { jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenClients } from "#test/support/issuer-clients.ts";
import { ZHANG } from "#test/support/issuer-people.ts";
import { nobody, signedIn } from "#test/support/issuer-persons.ts";
import { authorization, GOODBYE, type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";
import { logoutListener } from "#test/support/logout-listener.ts";

let stage: IssuerStage;
let heard: Awaited<ReturnType<typeof logoutListener>>;

beforeAll(async () => {
  heard = await logoutListener();
  stage = await issuerStage({
    clients: tokenClients({
      logoutUri: heard.url(),
      keys: [{ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }],
    }),
  });
});
afterAll(async () => {
  await stage?.close();
  heard?.close();
});

describe("refresh tokens", () => {
  it("are good once each; a used one ends the whole family", async () => {
    const { config, tokens } = await signedIn(stage, "spa");
    const first = tokens.refresh_token ?? "";
    const { refresh_token: second = "" } = await client.refreshTokenGrant(config, first);
    const { refresh_token: third = "" } = await client.refreshTokenGrant(config, second);
    expect(new Set([first, second, third]).size).toBe(3);
    const refused = { error: "invalid_grant" };
    await expect(client.refreshTokenGrant(config, first)).rejects.toMatchObject(refused);
    await expect(client.refreshTokenGrant(config, third)).rejects.toMatchObject(refused);
    await expect(client.refreshTokenGrant(config, second)).rejects.toMatchObject(refused);
  });

  it("used by two at the same instant end for both", async () => {
    const { config, tokens } = await signedIn(stage, "spa");
    const used = tokens.refresh_token ?? "";
    const both = await Promise.allSettled([
      client.refreshTokenGrant(config, used),
      client.refreshTokenGrant(config, used),
    ]);
    const given = both.flatMap((one) => (one.status === "fulfilled" ? [one.value.refresh_token ?? ""] : []));
    expect(given.length).toBeLessThanOrEqual(1);
    for (const token of given)
      await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("are of no use to another client", async () => {
    const { tokens } = await signedIn(stage, "spa");
    const theft = client.refreshTokenGrant(await stage.discover("portal"), tokens.refresh_token ?? "");
    await expect(theft).rejects.toMatchObject({ error: "invalid_grant" });
    const config = await stage.discover("spa");
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).resolves.toHaveProperty("access_token");
  });

  it("give no more than was granted", async () => {
    const { config, tokens } = await signedIn(stage, "spa");
    const more = client.refreshTokenGrant(config, tokens.refresh_token ?? "", { scope: "openid persons:self" });
    await expect(more).rejects.toMatchObject({ error: "invalid_scope" });
  });

  it("can be given back by their client, with all that hangs on them", async () => {
    const { config, tokens } = await signedIn(stage, "spa");
    const { refresh_token = "" } = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    await client.tokenRevocation(await stage.discover("portal"), refresh_token).catch(() => undefined);
    const { refresh_token: next = "" } = await client.refreshTokenGrant(config, refresh_token);
    await client.tokenRevocation(config, next);
    await expect(client.refreshTokenGrant(config, next)).rejects.toMatchObject({ error: "invalid_grant" });
  });
});

describe("signing out", () => {
  const subject = { kind: "person", person: ZHANG } as const;
  const endSession = (config: client.Configuration, parameters: Record<string, string>) =>
    client.buildEndSessionUrl(config, parameters);

  it("asks, ends the session and its tokens, tells the clients and goes back to the one that asked", async () => {
    const { config, browser, tokens } = await signedIn(stage);
    const { tokens: ofSpa } = await signedIn(stage, "spa", {}, browser);
    heard.tokens.length = 0;
    const url = endSession(config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: GOODBYE,
      state: "s-1",
    });
    const { response } = await browser.open(url, nobody);
    expect(response?.headers.get("content-security-policy")).toContain("form-action 'self' https://portal.example");
    const { at } = await browser.submit((await response?.text()) ?? "", { logout: "yes" }, nobody);
    expect(at.href).toBe(`${GOODBYE}?state=s-1`);

    expect(heard.tokens).toHaveLength(1);
    const { payload, protectedHeader } = await jwtVerify(heard.tokens[0] ?? "", stage.keys(), {
      issuer: stage.issuer,
      audience: "portal",
      typ: "logout+jwt",
      algorithms: ["ES256"],
      requiredClaims: ["iat", "exp", "jti", "sid", "events"],
    });
    expect(protectedHeader.alg).toBe("ES256");
    expect(payload).toMatchObject({
      sub: ZHANG,
      sid: tokens.claims()?.sid,
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    expect(payload).not.toHaveProperty("nonce");

    const refused = { error: "invalid_grant" };
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject(refused);
    const spa = await stage.discover("spa");
    await expect(client.refreshTokenGrant(spa, ofSpa.refresh_token ?? "")).rejects.toMatchObject(refused);
    const again = await authorization(config, { prompt: "none" });
    expect((await browser.open(again.url, nobody)).at.searchParams.get("error")).toBe("login_required");
  });

  it("leaves alone who presses no", async () => {
    const { config, browser, tokens } = await signedIn(stage, "spa");
    const { response } = await browser.open(endSession(config, {}), nobody);
    await browser.submit((await response?.text()) ?? "", {}, nobody);
    const again = await authorization(config, { prompt: "none" });
    expect((await browser.open(again.url, nobody)).at.searchParams.has("code")).toBe(true);
    expect(tokens.refresh_token).toBeDefined();
  });

  it("sends nobody to an address that is not registered", async () => {
    const { config, browser, tokens } = await signedIn(stage);
    const url = endSession(config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: "https://evil.example",
    });
    const { response } = await browser.open(url, nobody);
    expect(response?.status).toBe(400);
    const unnamed = endSession(config, { post_logout_redirect_uri: "https://evil.example" });
    unnamed.searchParams.delete("client_id");
    const { response: page } = await browser.open(unnamed, nobody);
    const { at } = await browser.submit((await page?.text()) ?? "", { logout: "yes" }, nobody);
    expect(at.host).toBe(new URL(stage.issuer).host);
  });

  it("is not done for someone by a page of others", async () => {
    const { browser, config } = await signedIn(stage, "spa");
    const forged = await browser.request(`${stage.issuer}/session/end/confirm`, {
      method: "POST",
      body: new URLSearchParams({ logout: "yes", xsrf: "guessed" }),
    });
    expect(forged.status).toBe(400);
    const again = await authorization(config, { prompt: "none" });
    expect((await browser.open(again.url, nobody)).at.searchParams.has("code")).toBe(true);
  });

  it("on the account page tells the clients too, and is done even when one does not listen", async () => {
    const { browser, tokens, config } = await signedIn(stage);
    const visit = browser.visit(new URL(`${stage.url}/account`));
    const { session = "" } = (await stage.interactions.signedIn(visit)) ?? {};
    heard.tokens.length = 0;
    heard.answerWith(500);
    expect(await stage.interactions.endSession(subject, session)).toBe(true);
    heard.answerWith(200);
    expect(heard.tokens).toHaveLength(1);
    expect((await jwtVerify(heard.tokens[0] ?? "", stage.keys(), { audience: "portal" })).payload.sid).toBe(
      tokens.claims()?.sid,
    );
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });
});
