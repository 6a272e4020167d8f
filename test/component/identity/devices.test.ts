import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenClients } from "#test/support/issuer-clients.ts";
import { ZHANG } from "#test/support/issuer-people.ts";
import { nobody, signsIn } from "#test/support/issuer-persons.ts";
import { type IssuerStage, issuerStage, type Person } from "#test/support/issuer-stage.ts";

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

let stage: IssuerStage;

beforeAll(async () => {
  stage = await issuerStage({
    clients: tokenClients({ keys: [{ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }] }),
  });
});
afterAll(async () => {
  await stage?.close();
});

describe("the device flow", () => {
  const begin = async () => {
    const config = await stage.discover("terminal");
    const device = await client.initiateDeviceAuthorization(config, { scope: "openid persons:self" });
    return { config, device };
  };
  const poll = (config: client.Configuration, device: client.DeviceAuthorizationResponse) =>
    client.genericGrantRequest(config, DEVICE, { device_code: device.device_code });

  const typeIn = async (userCode: string, person: Person = signsIn, browser = stage.browser()) => {
    const { response } = await browser.open(new URL(`${stage.issuer}/device`), nobody);
    return { browser, ...(await browser.submit((await response?.text()) ?? "", { user_code: userCode }, person)) };
  };

  it("signs a terminal in by a code typed into someone's own browser", async () => {
    const { config, device } = await begin();
    expect(device.user_code).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
    await expect(poll(config, device)).rejects.toMatchObject({ error: "authorization_pending" });
    const { browser, response } = await typeIn(device.user_code.toLowerCase());
    const page = (await response?.text()) ?? "";
    expect(page).toContain("自助终端");
    expect(page).toContain(device.user_code);
    let asked: boolean | undefined;
    const done = await browser.submit(page, {}, (pending) => {
      asked = pending.device;
      return signsIn(pending);
    });
    expect(asked).toBe(true);
    expect(done.response?.status).toBe(200);
    const tokens = await poll(config, device);
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      sub: ZHANG,
      channel: "terminal",
      acr: "2",
      scope: "persons:self",
    });
    await expect(poll(config, device)).rejects.toMatchObject({ error: "invalid_grant" });
    const family = client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    await expect(family).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("tells the terminal of a person who declines", async () => {
    const { config, device } = await begin();
    const { browser, response } = await typeIn(device.user_code);
    await browser.submit((await response?.text()) ?? "", { abort: "yes" }, nobody);
    await expect(poll(config, device)).rejects.toMatchObject({ error: "access_denied" });
  });

  it("shows the page again after a code that is none, without repeating what was typed", async () => {
    const { response } = await typeIn(`"><script>alert(1)</script>`);
    const page = (await response?.text()) ?? "";
    expect(response?.status).toBe(200);
    expect(page).toContain("没有这个设备码");
    expect(page).not.toContain("alert(1)");
  });

  it("outlives the browser it was let in by, and ends on the account page", async () => {
    const { config, device } = await begin();
    const { browser, response } = await typeIn(device.user_code);
    await browser.submit((await response?.text()) ?? "", {}, signsIn);
    const tokens = await poll(config, device);
    const { response: page } = await browser.open(new URL(`${stage.issuer}/session/end`), nobody);
    await browser.submit((await page?.text()) ?? "", { logout: "yes" }, nobody);
    const { refresh_token = "" } = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    const subject = { kind: "person", person: ZHANG } as const;
    const grants = (await stage.interactions.sessionsOf(subject)).filter(
      ({ kind, clients }) => kind === "grant" && clients[0]?.name === "自助终端",
    );
    expect(grants.length).toBeGreaterThan(0);
    for (const { id } of grants) expect(await stage.interactions.endSession(subject, id)).toBe(true);
    await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
  });

  it("is for clients registered for it", async () => {
    await expect(client.initiateDeviceAuthorization(await stage.discover("spa"), {})).rejects.toMatchObject({
      error: "invalid_request",
    });
  });
});
