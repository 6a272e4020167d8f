import * as client from "openid-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import { readMe } from "#shared/contracts/http/identity.ts";
import { hasChromium, launchChromium } from "#test/support/chromium.ts";
import { clientOf, testCity } from "#test/support/city.ts";
import { clientSite } from "../browser/client-site.ts";

/** openid-client on the other side, Chromium for the person, the city from the synthesised templates between them. */
describe.skipIf(!hasChromium())("an independent OpenID client", () => {
  let city: City;
  let site: Awaited<ReturnType<typeof clientSite>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [city, site, browser] = await Promise.all([testCity(), clientSite(), launchChromium()]);
    page = await browser.newPage({ locale: "zh-CN", javaScriptEnabled: false });
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await city?.stop();
  });

  const discover = (id: string, authentication: client.ClientAuth = client.None()) =>
    client.discovery(new URL(city.issuer), id, undefined, authentication, { execute: [client.allowInsecureRequests] });

  const me = (token: string) => fetch(`${city.url}${readMe.path}`, { headers: { authorization: `Bearer ${token}` } });

  const signIn = async (resident: City["residents"][number]) => {
    await page.getByLabel("证件号码或手机号").fill(resident.idNumber);
    await page.getByLabel("密码").fill(resident.password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
  };

  /** A click waits until the next page begins; what counts what is on it needs all of it. */
  const send = async () => {
    await page.locator("form button[type=submit]").first().click();
    await page.waitForLoadState("load");
  };

  const resident = () => {
    const [first] = city.residents;
    if (!first) throw new Error("the demo city has no residents");
    return first;
  };

  let app: client.Configuration;
  let tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>;

  it("signs a person in by authorization code and PKCE, and reads their account masked", async () => {
    app = await discover("app-citizen");
    const verifier = client.randomPKCECodeVerifier();
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    const callback = `${site.origin}/callback`;
    const url = client.buildAuthorizationUrl(app, {
      redirect_uri: callback,
      scope: "openid offline_access persons:self",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
      prompt: "consent",
    });
    await page.goto(url.href);
    await signIn(resident());
    for (let step = 0; step < 4 && !page.url().startsWith(callback); step++) await send();
    const home = new URL(page.url());
    expect(home.href).toMatch(/\/callback\?/);

    tokens = await client.authorizationCodeGrant(app, home, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const answer = await me(tokens.access_token);
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain("梁**");
    expect(text).not.toContain(resident().idNumber);
    expect(text).not.toContain(resident().phone);

    await expect(
      client.authorizationCodeGrant(app, home, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
      }),
    ).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("refreshes once with each refresh token; a second use ends the whole family", async () => {
    const signedIn = await codeGrant();
    const renewed = await client.refreshTokenGrant(app, signedIn.refresh_token ?? "");
    expect((await me(renewed.access_token)).status).toBe(200);
    await expect(client.refreshTokenGrant(app, signedIn.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(client.refreshTokenGrant(app, renewed.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it("lets a terminal in by the device flow", async () => {
    const started = await client.initiateDeviceAuthorization(app, { scope: "openid persons:self" });
    await page.goto(started.verification_uri_complete ?? started.verification_uri);
    for (let step = 0; step < 4 && !(await page.getByRole("heading", { name: /已|完成|成功/ }).count()); step++)
      await send();
    const granted = await client.pollDeviceAuthorizationGrant(app, { ...started, interval: 1 });
    expect((await me(granted.access_token)).status).toBe(200);
  });

  it("gives a channel tokens for itself, and none for a wrong secret", async () => {
    const { id, secret } = clientOf(city, "channel-portal");
    const granted = await client.clientCredentialsGrant(await discover(id, client.ClientSecretBasic(secret)), {
      scope: "applications:read",
    });
    expect(granted.scope).toBe("applications:read");
    await expect(
      client.clientCredentialsGrant(await discover(id, client.ClientSecretBasic("x".repeat(43))), {}),
    ).rejects.toMatchObject({ status: 401, cause: [{ parameters: { error: "invalid_client" } }] });
  });

  it("signs the person out, and asks again for the next sign-in", async () => {
    const { id_token = "" } = await codeGrant();
    const url = client.buildEndSessionUrl(app, {
      id_token_hint: id_token,
      post_logout_redirect_uri: `${site.origin}/`,
    });
    await page.goto(url.href);
    await send();
    await page.waitForURL(`${site.origin}/**`);
    await page.goto(`${city.url}/account`);
    expect(await page.textContent("h1")).toBe("登录");
  });

  it("was refused no call that its functions made", () => expect(city.cloud.deniedCalls()).toEqual([]));

  /** Another code through the session that the browser has. */
  const codeGrant = async () => {
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const url = client.buildAuthorizationUrl(app, {
      redirect_uri: `${site.origin}/callback`,
      scope: "openid offline_access persons:self",
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      prompt: "consent",
    });
    await page.goto(url.href);
    for (let step = 0; step < 4 && !page.url().startsWith(site.origin); step++) await send();
    return client.authorizationCodeGrant(app, new URL(page.url()), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      idTokenExpected: true,
    });
  };
});
