import { mkdirSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "#test/support/chromium.ts";
import { CODE, COMPANY, ID_NUMBER, NEWCOMER, PASSWORD, PERSON, PHONE, STAFF } from "#test/support/pages-stage.ts";
import { identityServer, issuersOwn } from "./identity-server.ts";

const SCREENSHOTS = new URL("../../.yimen/screenshots/", import.meta.url).pathname;

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };
type Size = keyof typeof sizes;

type Asked = Parameters<Awaited<ReturnType<typeof identityServer>>["open"]>[0];
type Step = (page: Page) => Promise<unknown>;

const signedIn = { subject: { kind: "person" as const, person: PERSON }, acr: "2" as const, at: 0 };
const send: Step = (page) => page.locator("main form button").first().click();
const phoneCode: Step = async (page) => {
  await page.getByLabel("手机号").fill(PHONE);
  await send(page);
};
const registration: Step = async (page) => {
  await page.getByLabel("姓名").fill("王小明");
  await page.getByRole("textbox", { name: "证件号码" }).fill(ID_NUMBER);
  await page.getByLabel("手机号").fill(PHONE);
  await page.waitForLoadState("load");
  for (const box of (await page.getByRole("checkbox").all()).slice(0, 2)) await box.check();
  await send(page);
};

/** Every page of an interaction: what was asked, where to begin, and how to get there. */
const interactionPages: Record<string, { readonly asked?: Asked; readonly at?: string; readonly to?: Step }> = {
  "sign-in": {},
  "sign-in-wrong": { to: send },
  "sign-in-device": { asked: { device: true } },
  "sign-in-phone": { at: "/phone" },
  "sign-in-code": { at: "/phone", to: phoneCode },
  "sign-in-choose": {
    at: "/phone",
    to: async (page) => {
      await page.getByLabel("手机号").fill("13600136000");
      await send(page);
      await page.getByLabel("验证码").fill(CODE);
      await send(page);
    },
  },
  register: { at: "/register" },
  "register-wrong": { at: "/register", to: send },
  "register-code": { at: "/register", to: registration },
  "register-done": {
    at: "/register",
    to: async (page) => {
      await registration(page);
      await page.getByLabel("验证码").fill(CODE);
      await page.getByLabel("设置密码").fill(PASSWORD);
      await send(page);
    },
  },
  reset: { at: "/reset" },
  staff: { asked: { client: { id: "desk", name: "窗口工作台", users: "staff" } } },
  "staff-code": {
    asked: { client: { id: "desk", name: "窗口工作台", users: "staff" } },
    to: async (page) => {
      await page.getByLabel("工号").fill(STAFF);
      await page.getByLabel("密码").fill(PASSWORD);
      await send(page);
    },
  },
  "staff-password": { asked: { client: { id: "desk", name: "窗口工作台", users: "staff" } }, at: "/staff/password" },
  "staff-password-code": {
    asked: { client: { id: "desk", name: "窗口工作台", users: "staff" } },
    at: "/staff/password",
    to: async (page) => {
      await page.getByLabel("工号").fill(STAFF);
      await send(page);
      await send(page);
    },
  },
  principal: { asked: { prompt: "principal", signedIn } },
  "principal-none": { asked: { prompt: "principal", signedIn }, to: send },
  consent: {
    asked: {
      prompt: "consent",
      signedIn,
      client: { id: "mini", name: "移动端小程序", users: "persons" },
      scopes: ["openid", "profile", "persons:self", "personal:read"],
      purpose: "核对证照邮寄的收件人",
    },
  },
  "step-up": { asked: { prompt: "step-up", signedIn, acr: "3" } },
  "step-up-upstream": { asked: { prompt: "step-up", signedIn, acr: "3" }, at: "/upstreams/gd" },
  "step-up-go": {
    asked: { prompt: "step-up", signedIn, acr: "3" },
    to: async (page) => {
      await page.getByRole("checkbox").check();
      await send(page);
    },
  },
};

const accountPages: Record<string, { readonly at: string; readonly to?: Step }> = {
  account: { at: "/account" },
  sessions: { at: "/account/sessions" },
  "sessions-ended": { at: "/account/sessions", to: (page) => page.locator("main li button").last().click() },
  mandates: { at: "/account/mandates", to: (page) => page.locator("main summary").first().click() },
  "mandate-new": { at: "/account/mandates/new" },
  "mandate-new-wrong": { at: "/account/mandates/new", to: send },
  "mandate-confirm": {
    at: "/account/mandates/new",
    to: async (page) => {
      await page.getByLabel("受托人的账户编号").fill("01KAJ0000000000000000000BB");
      await page.getByLabel("全部事项").check();
      await page.getByLabel("有效期至").fill("2027-06-30");
      await send(page);
    },
  },
  organisations: { at: "/account/organisations" },
  "organisation-new": { at: "/account/organisations/new" },
  "organisation-new-wrong": { at: "/account/organisations/new", to: send },
  organisation: { at: `/account/organisations/${COMPANY}`, to: (page) => page.locator("main summary").last().click() },
  "organisation-wrong": {
    at: `/account/organisations/${COMPANY}`,
    to: (page) => page.getByRole("button", { name: "保存" }).click(),
  },
  wards: { at: "/account/wards" },
  "ward-new": { at: "/account/wards/new" },
  "ward-new-wrong": { at: "/account/wards/new", to: send },
  consents: { at: "/account/consents" },
  "access-log": { at: "/account/access-log" },
  security: { at: "/account/security" },
  "security-wrong": { at: "/account/security", to: send },
  "security-phone": {
    at: "/account/security",
    to: async (page) => {
      await page.getByLabel("新手机号").fill("13700137000");
      await page.getByRole("button", { name: "发送验证码" }).click();
    },
  },
  data: { at: "/account/data" },
  "data-wrong": { at: "/account/data", to: (page) => page.getByRole("button", { name: "注销账户" }).click() },
  "not-found": { at: "/account/nothing" },
  "upstream-declined": { at: "/account/upstreams/gd/callback" },
  "interaction-over": { at: "/interaction/ended" },
};

/** As somebody sees them whom the province has signed in for the first time. */
const newcomersPages: typeof accountPages = {
  "newcomer-security": { at: "/account/security" },
  "newcomer-data": { at: "/account/data" },
  "newcomer-close": {
    at: "/account/data",
    to: async (page) => {
      await page.getByRole("button", { name: "发送验证码" }).click();
      await page.getByRole("button", { name: "注销账户" }).click();
    },
  },
};

describe.skipIf(!hasChromium())("the identity pages in Chromium", () => {
  let server: Awaited<ReturnType<typeof identityServer>>;
  let browser: Browser;
  let context: BrowserContext | undefined;
  /** What the browser complained of: refused styles, scripts, forms. */
  const complaints: string[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchChromium();
  });
  beforeEach(async () => {
    server = await identityServer();
  });
  afterEach(async () => {
    await context?.close();
    context = undefined;
    await server.close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  const open = async (size: Size, { scripts = true } = {}): Promise<Page> => {
    context = await browser.newContext({ viewport: sizes[size], locale: "zh-CN", javaScriptEnabled: scripts });
    const page = await context.newPage();
    page.on("console", (message) => {
      const isOurAnswer = message.text().startsWith("Failed to load resource: the server responded");
      if (["error", "warning"].includes(message.type()) && !isOurAnswer) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    return page;
  };

  const begin = async (page: Page, asked?: Asked, at = ""): Promise<string> => {
    const { uid, path } = server.open(asked);
    await page.context().addCookies([{ name: "_interaction", value: uid, url: server.url + path, httpOnly: true }]);
    await page.goto(server.url + path + at);
    return path;
  };

  const signIn = (page: Page, person = PERSON) => {
    const [name = "", value = ""] = server.signIn({ kind: "person", person }).split("=");
    return page.context().addCookies([{ name, value, url: server.url, httpOnly: true }]);
  };

  /** Looks at a page at every width. */
  const examine = async (page: Page, name: string) => {
    // A click waits until the next page begins; what counts or looks through a page needs all of it.
    await page.waitForLoadState("load");
    expect(await page.getByRole("heading", { level: 1 }).count(), "headings of level 1").toBe(1);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      await page.screenshot({ path: `${SCREENSHOTS}${name}.${size}.png`, fullPage: true });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(
        grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
        size,
      ).toEqual([]);
      const overflow = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overflow, `wider than the window at ${size} width`).toBe(0);
    }
  };

  it.each(Object.entries(interactionPages))("%s has no serious fault", async (name, { asked, at, to }) => {
    const page = await open("desktop");
    await begin(page, asked, at);
    await to?.(page);
    await examine(page, name);
  });

  it.each(Object.entries(accountPages))("%s has no serious fault", async (name, { at, to }) => {
    const page = await open("desktop");
    await signIn(page);
    await page.goto(server.url + at);
    await to?.(page);
    await examine(page, name);
  });

  it.each(Object.entries(newcomersPages))("%s has no serious fault", async (name, { at, to }) => {
    const page = await open("desktop");
    await signIn(page, NEWCOMER);
    await page.goto(server.url + at);
    await to?.(page);
    await examine(page, name);
  });

  it("asks of who arrives for the first time what an account needs, and lets them on to the client", async () => {
    await server.close();
    server = await identityServer(NEWCOMER);
    const page = await open("phone");
    await begin(page, undefined, "/upstreams/gd");
    await send(page);
    await examine(page, "newcomer-agree");
    for (const box of await page.getByRole("checkbox").all()) await box.check();
    await send(page);
    await page.waitForURL(`${server.clientOrigin}/back?code=c`);
  });

  it.each(Object.keys(issuersOwn))("the issuer's own page %s has no serious fault", async (name) => {
    const page = await open("desktop");
    await page.goto(`${server.url}/issuer/${name}`);
    await examine(page, `issuer-${name}`);
  });

  it("leads through signing in by keyboard alone, errors included", async () => {
    const page = await open("desktop");
    await begin(page);
    const focused = () => page.evaluate("(document.activeElement.id || document.activeElement.textContent).trim()");
    const tabTo = async (wanted: string) => {
      for (let i = 0; i < 20 && (await focused()) !== wanted; i++) await page.keyboard.press("Tab");
      expect(await focused()).toBe(wanted);
      const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
      expect(outline, `focus on ${wanted} is seen`).toBe("solid");
    };

    await page.keyboard.press("Tab");
    expect(await focused()).toBe("跳到主要内容");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("main");

    await tabTo("identifier");
    await page.keyboard.type(ID_NUMBER);
    await tabTo("password");
    await page.keyboard.type("not the password");
    await page.keyboard.press("Enter");

    await page.waitForURL(/\/password$/);
    expect(await page.title()).toMatch(/^错误：/);
    expect(await page.evaluate("document.activeElement.className")).toBe("errors");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("identifier");
    expect(await page.inputValue("#identifier")).toBe(ID_NUMBER);

    await tabTo("password");
    await page.keyboard.type(PASSWORD);
    await tabTo("登录");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${server.clientOrigin}/**`);
    expect(await page.textContent("h1")).toBe("欢迎回到门户");
  });

  it("reaches its own account page without JavaScript, on a phone, from registration to signing out a device", async () => {
    const page = await open("phone", { scripts: false });
    await page.goto(`${server.url}/account`);
    await page.getByRole("link", { name: "注册账户" }).click();
    await registration(page);
    await page.getByLabel("验证码").fill(CODE);
    await page.getByLabel("设置密码").fill(PASSWORD);
    await send(page);
    expect(await page.getByRole("status").textContent()).toContain("注册申请已提交");

    await page.getByRole("link", { name: "短信登录" }).click();
    await phoneCode(page);
    await page.getByLabel("验证码").fill("000000");
    await send(page);
    expect(await page.getByRole("alert").textContent()).toContain("验证码不正确");
    await page.getByLabel("验证码").fill(CODE);
    await send(page);
    await page.waitForURL(`${server.url}/account`);

    await page.getByRole("link", { name: "设备与登录" }).click();
    await page.getByRole("button", { name: /^退出\s*：应用或设备/ }).click();
    expect(await page.getByRole("status").textContent()).toContain("已让该设备退出登录");
    await page.reload();
    expect(await page.getByRole("status").count()).toBe(0);

    await page.getByRole("link", { name: "委托" }).click();
    await page.locator("main summary").first().click();
    await page.getByRole("button", { name: "确认撤销委托" }).click();
    expect(await page.getByRole("status").textContent()).toContain("立即生效");
  });

  it("reloads and goes back after a form without sending it twice", async () => {
    const page = await open("desktop");
    await begin(page, {}, "/phone");
    const sent = () => server.calls.filter(([use]) => use === "startPhoneChallenge").length;
    const before = sent();
    await phoneCode(page);
    await page.waitForURL(/\/code$/, { waitUntil: "load" });
    await page.reload();
    await page.goBack();
    await page.goForward();
    expect(page.url()).toMatch(/\/code$/);
    expect(sent()).toBe(before + 1);
  });

  it("is sent nowhere but to the client that waits, even by a redirect", async () => {
    const page = await open("desktop");
    await begin(page, { formTargets: [] });
    await page.getByLabel("证件号码或手机号").fill(ID_NUMBER);
    await page.getByLabel("密码").fill(PASSWORD);
    const refused = page.waitForEvent("console", (message) => message.text().includes("form-action"));
    await send(page);
    await refused;
    expect(new URL(page.url()).origin).toBe(server.url);
    complaints.splice(0);
  });

  it("stands in nobody's frame", async () => {
    const page = await open("desktop");
    const { path } = server.open();
    await page.goto(server.clientOrigin);
    const refused = page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await page.setContent(`<iframe src="${server.url}${path}"></iframe>`);
    await refused;
    complaints.splice(0);
  });
});
