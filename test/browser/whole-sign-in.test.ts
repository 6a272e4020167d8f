import { mkdirSync } from "node:fs";
import * as client from "openid-client";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { memoryStaff } from "#functions/identity/adapters/memory-staff.ts";
import { importRegistry } from "#functions/identity/import-registry.ts";
import { issuerLambda } from "#functions/identity/issuer/issuer-lambda.ts";
import { warmInteractions } from "#functions/identity/issuer/warm-interactions.ts";
import { identityPages } from "#functions/identity/pages/identity-pages.ts";
import { issuerPages } from "#functions/identity/pages/issuer-pages.ts";
import { identityStage, ring, zhang } from "#test/support/accounts-stage.ts";
import { hasChromium, launchChromium } from "#test/support/chromium.ts";
import { authorization } from "#test/support/issuer-stage.ts";
import { payloadV2Server } from "#test/support/payload-v2-server.ts";
import { clientSite } from "./client-site.ts";

/** The pages, the issuer and the accounts as they are deployed, at one address; only their places are in memory. */
const wholeIdentity = async () => {
  const site = await clientSite();
  const callback = `${site.origin}/callback`;
  const { accounts, sent } = identityStage();
  const clients = memoryClients();
  const report = await importRegistry({ clients, staff: memoryStaff(), now: () => new Date().toISOString() })({
    clients: [
      {
        id: "portal",
        name: "互联网政务服务门户",
        scopes: ["persons:self"],
        channel: "portal",
        grants: ["authorization_code"],
        redirectUris: [callback],
        firstParty: true,
      },
    ],
  });
  let answer: Parameters<typeof payloadV2Server>[0] = async () => ({ statusCode: 503 });
  const server = await payloadV2Server((event) => answer(event));
  const parts = {
    issuer: `${server.url}/oidc`,
    clients,
    models: memoryOidcModels(),
    accounts,
    pages: issuerPages,
    keyRing: async () => ring,
    now: Date.now,
  };
  const issuer = issuerLambda(parts);
  const pages = identityPages({
    accounts,
    interactions: warmInteractions(parts),
    outside: {
      upstreams: [],
      staffSignIn: false,
      arrival: async () => undefined,
    } as unknown as Parameters<typeof identityPages>[0]["outside"],
    clients,
    ring,
    origin: server.url,
    now: () => new Date().toISOString(),
  });
  answer = (event) => (event.rawPath.startsWith("/oidc/") ? issuer(event, {} as never) : pages(event));
  return {
    url: server.url,
    issuer: parts.issuer,
    sent,
    callback,
    secret: report.clients[0]?.secret ?? "",
    async close() {
      await server.close();
      await site.close();
    },
  };
};

describe.skipIf(!hasChromium())("a person in Chromium, the whole way", () => {
  let identity: Awaited<ReturnType<typeof wholeIdentity>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(".yimen/screenshots", { recursive: true });
    [identity, browser] = await Promise.all([wholeIdentity(), launchChromium()]);
    page = await browser.newPage({ viewport: { width: 390, height: 780 }, locale: "zh-CN", javaScriptEnabled: false });
  });
  afterAll(async () => {
    await browser?.close();
    await identity?.close();
  });

  const lastCode = () => identity.sent.findLast(({ code }) => code)?.code ?? "";
  const portal = () =>
    client.discovery(new URL(identity.issuer), "portal", undefined, client.ClientSecretBasic(identity.secret), {
      execute: [client.allowInsecureRequests],
    });

  it("registers, signs in, and an independent client gets tokens", async () => {
    const begun = await authorization(await portal(), { redirect_uri: identity.callback });
    await page.goto(begun.url.href);
    await page.getByRole("link", { name: "注册账户" }).click();
    await page.getByLabel("姓名").fill(zhang.name);
    await page.getByRole("textbox", { name: "证件号码" }).fill(zhang.idNumber);
    await page.getByLabel("手机号").fill(zhang.phone);
    // A click waits until the next page begins; what counts needs all of it.
    await page.waitForLoadState("load");
    for (const box of (await page.getByRole("checkbox").all()).slice(0, 2)) await box.check();
    await page.getByRole("button", { name: "下一步：验证手机" }).click();
    await page.getByLabel("验证码").fill(lastCode());
    await page.getByLabel("设置密码").fill(zhang.password);
    await page.getByRole("button", { name: "继续" }).click();
    expect(await page.getByRole("status").textContent()).toContain("注册申请已提交");

    await page.getByLabel("证件号码或手机号").fill(zhang.idNumber);
    await page.getByLabel("密码").fill("not the password");
    await page.getByRole("button", { name: "登录", exact: true }).click();
    expect(await page.getByRole("alert").textContent()).toContain("登录信息不正确");
    await page.getByLabel("密码").fill(zhang.password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.waitForURL(`${identity.callback}?**`);

    const tokens = await begun.done(new URL(page.url()));
    expect(tokens.claims()).toMatchObject({ sub: expect.stringMatching(/^[0-9A-Z]{26}$/), acr: expect.any(String) });
  });

  it("finds the account page without signing in again, and ends the portal's session there", async () => {
    await page.goto(`${identity.url}/account`);
    expect(page.url()).toBe(`${identity.url}/account`);
    expect(await page.textContent("main")).toContain("张**");
    await page.screenshot({ path: ".yimen/screenshots/whole-account.phone.png", fullPage: true });

    await page.getByRole("link", { name: "设备与登录" }).click();
    await page.waitForLoadState("load");
    await page.screenshot({ path: ".yimen/screenshots/whole-sessions.phone.png", fullPage: true });
    expect(await page.textContent("main")).toContain("互联网政务服务门户");
    expect(await page.getByText("当前", { exact: true }).count()).toBe(1);
  });

  it("signs out, and is asked to sign in again", async () => {
    await page.getByRole("link", { name: "退出登录" }).click();
    await page.getByRole("button", { name: "退出登录" }).click();
    expect(await page.textContent("h1")).toBe("已退出登录");
    await page.goto(`${identity.url}/account`);
    expect(await page.textContent("h1")).toBe("登录");
    expect(page.url()).toMatch(/\/interaction\/[\w-]+$/);
  });

  it("who gives up signing in to the account page is not led round in a circle", async () => {
    await page.getByRole("button", { name: "取消，返回原来的网站" }).click();
    expect(await page.textContent("h1")).toBe("没有登录");
  });
});
