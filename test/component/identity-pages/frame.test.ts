import { describe, expect, it } from "vitest";
import { field } from "#functions/identity/pages/fields.ts";
import { STYLE_PATH, styleHref } from "#functions/identity/pages/style.ts";
import { html } from "#shared/runtime/html.ts";
import { ID_NUMBER, PASSWORD } from "#test/support/pages-stage.ts";
import { pageBrowser } from "./page-browser.ts";
import { atHome, CLIENT, visit } from "./visits.ts";

describe("markup", () => {
  it("escapes every value, in text and in attributes", () => {
    const typed = `<script>alert("x")</script>'&`;
    expect(html`<p title="${typed}">${typed}</p>`.text).toBe(
      `<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;</p>`,
    );
  });

  it("takes markup of its own and lists as they are, and leaves nothing for nothing", () => {
    expect(html`${[html`<b>${1}</b>`, "<"]}${undefined}${null}${false}${0}`.text).toBe("<b>1</b>&lt;0");
  });

  it("is not fooled by what merely looks like markup of its own", () => {
    expect(html`${{ text: "<b>" } as unknown as string}`.text).not.toContain("<b>");
  });
});

it("a password field never holds what was typed", () => {
  const given = {
    name: "p",
    label: "密码",
    type: "password",
    autocomplete: "current-password",
    value: PASSWORD,
  } as const;
  expect(field(given).text).not.toContain(PASSWORD);
});

describe("every page", () => {
  it("is sent with exactly these headers", async () => {
    const { browser, path } = visit();
    const { headers } = await browser.get(path);
    expect(headers).toEqual({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${CLIENT}; frame-ancestors 'none'; base-uri 'none'`,
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), microphone=(), geolocation=()",
    });
  });

  it("names no client's address where no client waits", async () => {
    const { headers } = await atHome().browser.get("/account/consents");
    expect(headers["content-security-policy"]).toContain("form-action 'self';");
  });

  it("has no script and no style of its own, and says its language and its title", async () => {
    const { browser, path } = visit();
    for (const page of ["", "/phone", "/register", "/reset"]) {
      const shown = (await browser.get(path + page)).html;
      expect(shown).toMatch(/^<!doctype html>\n<html lang="zh-CN">/);
      expect(shown).toMatch(/<title>[^<]+ - 统一身份认证<\/title>/);
      expect(shown).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:/i);
    }
  });

  it("takes its stylesheet from us, which may be kept for good", async () => {
    const { browser } = visit();
    expect(styleHref.startsWith(`${STYLE_PATH}?v=`)).toBe(true);
    const style = await browser.get(styleHref);
    expect([style.status, style.headers["content-type"], style.headers["cache-control"]]).toEqual([
      200,
      "text/css; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]);
  });

  it("says so when there is none, when an interaction is over and when something fails", async () => {
    const { stage, browser, path } = visit();
    expect(await browser.get("/account/nothing")).toMatchObject({ status: 404 });
    expect(await browser.get("/interaction/ended")).toMatchObject({ status: 410 });
    stage.interactions.pending = async () => {
      throw new Error(`${ID_NUMBER} is at fault`);
    };
    const failed = await browser.get(path);
    expect(failed.status).toBe(500);
    expect(failed.html).toContain("request-1");
    expect(failed.html).not.toContain(ID_NUMBER);
  });

  it("is nobody else's: another browser with the address gets nothing", async () => {
    const { stage, path } = visit();
    const other = pageBrowser(stage.answer, stage.origin);
    expect((await other.get(path)).status).toBe(410);
    expect((await other.fill(path, `${path}/password`, { identifier: ID_NUMBER, password: PASSWORD })).status).toBe(
      403,
    );
    expect(stage.calls).toEqual([]);
  });
});

describe("a form", () => {
  const good = { identifier: ID_NUMBER, password: PASSWORD };

  const refused: [string, (page: ReturnType<typeof visit>, token: string) => Promise<{ status: number }>][] = [
    ["without a token", ({ browser, path }) => browser.post(`${path}/password`, good)],
    [
      "with an invented token",
      ({ browser, path }) => browser.post(`${path}/password`, { csrf: "A".repeat(43), ...good }),
    ],
    [
      "with a token of another browser",
      async ({ stage, browser, path }) => {
        const other = pageBrowser(stage.answer, stage.origin);
        const theirs = stage.open();
        other.keep([theirs.cookie]);
        return browser.post(`${path}/password`, { csrf: other.tokenIn((await other.get(theirs.path)).html), ...good });
      },
    ],
    [
      "with a token of another interaction of the same browser",
      async ({ stage, browser, path }) => {
        const mine = [...browser.jar];
        const other = stage.open();
        browser.keep([other.cookie]);
        const csrf = browser.tokenIn((await browser.get(other.path)).html);
        browser.keep(mine.map(([name, value]) => `${name}=${value}`));
        return browser.post(`${path}/password`, { csrf, ...good });
      },
    ],
    [
      "from another site",
      ({ browser, path }, csrf) =>
        browser.post(`${path}/password`, { csrf, ...good }, { origin: "https://evil.example" }),
    ],
    [
      "from an origin that is hidden",
      ({ browser, path }, csrf) => browser.post(`${path}/password`, { csrf, ...good }, { origin: "null" }),
    ],
    [
      "from another site, by the browser's other word",
      ({ browser, path }, csrf) =>
        browser.post(`${path}/password`, { csrf, ...good }, { "sec-fetch-site": "cross-site" }),
    ],
    [
      "whose browser gave its cookie away",
      ({ browser, path }, csrf) => {
        browser.jar.delete("__Host-forms");
        return browser.post(`${path}/password`, { csrf, ...good });
      },
    ],
    [
      "in another encoding",
      ({ browser, path, stage }, csrf) =>
        browser.raw(
          "POST",
          `${path}/password`,
          { origin: stage.origin, "content-type": "text/plain" },
          new URLSearchParams({ csrf, ...good }).toString(),
        ),
    ],
    [
      "that is far too long",
      ({ browser, path }, csrf) => browser.post(`${path}/password`, { csrf, ...good, more: "x".repeat(20_001) }),
    ],
  ];

  it.each(refused)("is refused %s, and nothing is done", async (_how, send) => {
    const page = visit();
    const token = page.browser.tokenIn((await page.browser.get(page.path)).html);
    expect((await send(page, token)).status).toBe(403);
    expect(page.stage.calls).toEqual([]);
    expect(page.stage.outcomes).toEqual([]);
  });

  it("of a page made for this browser is taken", async () => {
    const { stage, browser, path } = visit();
    expect((await browser.fill(path, `${path}/password`, good)).status).toBe(303);
    expect(stage.outcomes).toHaveLength(1);
  });

  it("of an account is void with the session it was made in", async () => {
    const { stage, browser } = atHome();
    const csrf = browser.tokenIn((await browser.get("/account/sessions")).html);
    browser.keep([stage.signIn()]);
    expect((await browser.post("/account/sessions/end", { csrf, session: "g1" })).status).toBe(403);
  });

  it.each([
    "sessions/end",
    "sessions/end-others",
    "mandates/revoke",
    "consents/give",
    "consents/withdraw",
    "security/password",
    "security/phone",
    "security/phone/code",
    "data/export",
    "data/close",
    "data/close/send",
    "data/close/code",
  ])("posted to /account/%s needs its token too", async (action) => {
    const { stage, browser } = atHome();
    await browser.get("/account");
    const before = stage.calls.length;
    expect((await browser.post(`/account/${action}`, { current: PASSWORD, sure: "yes" })).status).toBe(403);
    expect(stage.calls).toHaveLength(before);
  });

  it("has a cookie that no script and no other host can touch", async () => {
    const { browser, path } = visit();
    const { cookies } = await browser.get(path);
    expect(cookies).toEqual([
      expect.stringMatching(/^__Host-forms=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
  });
});
