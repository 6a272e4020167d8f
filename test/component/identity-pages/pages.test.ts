import { describe, expect, it } from "vitest";
import { field } from "#functions/identity/pages/fields.ts";
import { html } from "#functions/identity/pages/html.ts";
import { STYLE_PATH, styleHref } from "#functions/identity/pages/style.ts";
import { CODE, COMPANY, ID_NUMBER, PASSWORD, PERSON, PHONE, pagesStage, STAFF } from "#test/support/pages-stage.ts";
import { pageBrowser } from "./page-browser.ts";

const CLIENT = "https://portal.example.gov.cn";

const visit = (asked: Parameters<ReturnType<typeof pagesStage>["open"]>[0] = {}) => {
  const stage = pagesStage();
  const browser = pageBrowser(stage.answer, stage.origin);
  const { path, cookie, uid } = stage.open(asked);
  browser.keep([cookie]);
  return { stage, browser, path, uid };
};

const atHome = (subject?: { kind: "staff"; staff: string }) => {
  const stage = pagesStage();
  const browser = pageBrowser(stage.answer, stage.origin);
  browser.keep([stage.signIn(subject)]);
  return { stage, browser };
};

const fieldIn = (page: string, name: string) => new RegExp(`<input id="${name}"[^>]*>`).exec(page)?.[0] ?? "";

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

describe("signing in", () => {
  it("answers an unknown account and a wrong password with the same page", async () => {
    const { browser, path } = visit();
    const tries = [
      { identifier: ID_NUMBER, password: "not the password" },
      { identifier: "440524188001010014", password: "not the password" },
      { identifier: "440524188001010014", password: PASSWORD },
    ];
    const pages: string[] = [];
    for (const tried of tries) {
      const { status, html: shown } = await browser.fill(path, `${path}/password`, tried);
      expect(status).toBe(422);
      pages.push(shown.replaceAll(tried.identifier, "<typed>"));
    }
    expect(new Set(pages).size).toBe(1);
  });

  it("sends a code, as far as anyone can see, to every phone alike", async () => {
    const { browser, path } = visit();
    const shown: string[] = [];
    for (const phone of [PHONE, "13700137000"]) {
      expect((await browser.fill(`${path}/phone`, `${path}/phone`, { phone })).location).toBe(`${path}/code`);
      shown.push((await browser.get(`${path}/code`)).html.replace(/1\d\d\*{4}\d{4}/, "<masked>"));
    }
    expect(new Set(shown).size).toBe(1);
  });

  it("keeps what was typed, but no secret, and leads to the field", async () => {
    const { browser, path } = visit();
    const { html: shown } = await browser.fill(path, `${path}/password`, {
      identifier: `"><i>${ID_NUMBER}`,
      password: "a wrong secret",
    });
    expect(fieldIn(shown, "identifier")).toContain(`value="&quot;&gt;&lt;i&gt;${ID_NUMBER}"`);
    expect(fieldIn(shown, "identifier")).toContain('aria-invalid="true"');
    expect(fieldIn(shown, "identifier")).toContain('aria-describedby="identifier-wrong"');
    expect(shown).toContain('<a href="#identifier">');
    expect(shown).toContain("<title>错误：登录 - ");
    expect(shown).not.toContain("a wrong secret");
    expect(shown).not.toContain("<i>");
  });

  it("asks for each thing that is missing", async () => {
    const { browser, path, stage } = visit();
    const { html: shown } = await browser.fill(path, `${path}/password`, { identifier: " ", password: "" });
    expect(shown).toContain('<a href="#identifier">');
    expect(shown).toContain('<a href="#password">');
    expect(stage.calls).toEqual([]);
  });

  it("takes a number with blanks, full-width digits and a small x for what it is; a password exactly as typed", async () => {
    const { stage, browser, path } = visit();
    await browser.fill(path, `${path}/password`, {
      identifier: "１１０１０５ 19491231 002x",
      password: `${PASSWORD} `,
    });
    expect(stage.calls.at(-1)).toEqual([
      "signInWithPassword",
      { identifier: ID_NUMBER, password: `${PASSWORD} ` },
      { source: "192.0.2.1", channel: "portal" },
    ]);
  });

  it("goes on to the client with what was proven", async () => {
    const { stage, browser, path } = visit();
    const answer = await browser.fill(path, `${path}/password`, { identifier: ID_NUMBER, password: PASSWORD });
    expect([answer.status, answer.location]).toEqual([303, `${CLIENT}/back?code=c`]);
    expect(stage.outcomes).toEqual([
      { kind: "signed-in", subject: { kind: "person", person: PERSON }, acr: "2", amr: ["pwd"] },
    ]);
  });

  it("by a code puts no number into an address or into a cookie that can be read", async () => {
    const { stage, browser, path } = visit();
    const sent = await browser.fill(`${path}/phone`, `${path}/phone`, { phone: "138 0013-8000" });
    expect([sent.status, sent.location]).toEqual([303, `${path}/code`]);
    expect(
      JSON.stringify([
        sent.headers,
        sent.cookies,
        ...sent.cookies.map((cookie) => Buffer.from(cookie, "base64").toString()),
      ]),
    ).not.toContain(PHONE);
    expect(sent.cookies[0]).toMatch(
      new RegExp(`^step=[^;]+; Path=${path}; Max-Age=900; HttpOnly; SameSite=Lax; Secure$`),
    );
    const answer = await browser.fill(`${path}/code`, `${path}/code`, { code: CODE });
    expect(answer.location).toBe(`${CLIENT}/back?code=c`);
    expect(answer.cookies).toContainEqual(expect.stringMatching(/^step=;.*Max-Age=0/));
    expect(stage.outcomes).toMatchObject([{ kind: "signed-in", amr: ["otp"] }]);
  });

  it("refuses a code that is not one, and one that is wrong, on the same page", async () => {
    const { browser, path } = visit();
    await browser.fill(`${path}/phone`, `${path}/phone`, { phone: PHONE });
    for (const code of ["12345", "1234567", "abcdef", "000000"]) {
      const answer = await browser.fill(`${path}/code`, `${path}/code`, { code });
      expect(answer.status).toBe(422);
      expect(answer.html).toContain('<a href="#code">');
      expect(fieldIn(answer.html, "code")).toContain('autocomplete="one-time-code"');
    }
  });

  it("does not take what an earlier page kept for another interaction", async () => {
    const { stage, browser, path } = visit();
    await browser.fill(`${path}/phone`, `${path}/phone`, { phone: PHONE });
    const other = stage.open();
    browser.keep([other.cookie]);
    expect(await browser.get(`${other.path}/code`)).toMatchObject({ status: 303, location: `${other.path}/phone` });
  });

  it("with a phone of several accounts asks which, and takes only one of them", async () => {
    const { stage, browser, path } = visit();
    await browser.fill(`${path}/phone`, `${path}/phone`, { phone: "13600136000" });
    expect((await browser.fill(`${path}/code`, `${path}/code`, { code: CODE })).location).toBe(`${path}/choose`);
    for (const account of ["", "2", "-1", "x"])
      expect((await browser.fill(`${path}/choose`, `${path}/choose`, { account })).status).toBe(422);
    await browser.fill(`${path}/choose`, `${path}/choose`, { account: "1" });
    expect(stage.outcomes).toMatchObject([{ subject: { person: "01KAJ0000000000000000000CC" } }]);
  });

  it("says when there were too many tries", async () => {
    const { browser, path } = visit();
    const { status, html: shown } = await browser.fill(`${path}/phone`, `${path}/phone`, { phone: "13900000000" });
    expect(status).toBe(422);
    expect(shown).toContain("尝试次数过多");
  });

  it("may be given up", async () => {
    const { stage, browser, path } = visit();
    expect((await browser.fill(path, `${path}/decline`, {})).status).toBe(303);
    expect(stage.outcomes).toEqual([{ kind: "declined" }]);
  });

  it("of another kind than is asked for is sent to what is", async () => {
    const { browser, path, stage } = visit({
      prompt: "consent",
      signedIn: { subject: { kind: "person", person: PERSON }, acr: "2" },
    });
    const answer = await browser.fill(path, `${path}/password`, { identifier: ID_NUMBER, password: PASSWORD });
    expect([answer.status, answer.location]).toEqual([303, path]);
    expect(stage.calls.map(([use]) => use)).not.toContain("signInWithPassword");
  });

  it("by an upstream ends here too", async () => {
    const { stage, browser, path } = visit();
    expect((await browser.get(`${path}/upstreams/gd`)).location).toBe(`${path}/arrived`);
    expect((await browser.get(`${path}/arrived`)).location).toBe(`${CLIENT}/back?code=c`);
    expect(stage.outcomes).toMatchObject([
      { kind: "signed-in", subject: { kind: "person", person: PERSON }, amr: ["fed"] },
    ]);
  });

  it("tells why an upstream let nobody in", async () => {
    const { browser } = visit();
    const answer = await browser.get("/account/upstreams/gd/callback?error=access_denied");
    expect(answer.status).toBe(422);
    expect(answer.html).toContain("对方平台未同意登录");
  });
});

describe("staff", () => {
  const staffClient = { client: { id: "desk", name: "窗口工作台", users: "staff" as const } };

  it("sign in by number, password and code", async () => {
    const { stage, browser, path } = visit(staffClient);
    expect((await browser.fill(path, `${path}/staff`, { staff: STAFF, password: PASSWORD })).location).toBe(
      `${path}/staff/code`,
    );
    await browser.fill(`${path}/staff/code`, `${path}/staff/code`, { code: CODE });
    expect(stage.outcomes).toEqual([
      { kind: "signed-in", subject: { kind: "staff", staff: STAFF }, acr: "2", amr: ["pwd", "otp"] },
    ]);
  });

  it("are told the same of an unknown number and a wrong password", async () => {
    const { browser, path } = visit(staffClient);
    const pages = [];
    for (const [staff, password] of [
      [STAFF, "wrong"],
      ["nobody", PASSWORD],
    ] as const)
      pages.push((await browser.fill(path, `${path}/staff`, { staff, password })).html.replaceAll(staff, "<typed>"));
    expect(pages[0]).toBe(pages[1]);
  });

  it("cannot sign in where persons do, nor persons where staff do", async () => {
    const persons = visit();
    await persons.browser.fill(persons.path, `${persons.path}/staff`, { staff: STAFF, password: PASSWORD });
    await persons.browser.get(`${persons.path}/wecom`);
    expect((await persons.browser.get(`${persons.path}/arrived`)).location).toBe(persons.path);
    expect(persons.stage.outcomes).toEqual([]);
    const staff = visit(staffClient);
    const answer = await staff.browser.fill(staff.path, `${staff.path}/password`, {
      identifier: ID_NUMBER,
      password: PASSWORD,
    });
    expect(answer.location).toBe(staff.path);
    expect(staff.stage.outcomes).toEqual([]);
  });

  it("arrive by the government chat", async () => {
    const { stage, browser, path } = visit(staffClient);
    await browser.get(`${path}/wecom`);
    await browser.get(`${path}/arrived`);
    expect(stage.outcomes).toMatchObject([{ subject: { kind: "staff", staff: STAFF } }]);
  });

  it("have an account page of their own, and none of a person's", async () => {
    const { browser } = atHome({ kind: "staff", staff: STAFF });
    expect((await browser.get("/account")).html).toContain(STAFF);
    expect((await browser.get("/account/consents")).location).toBe("/account");
  });
});

describe("registering", () => {
  const typed = {
    name: "王小明",
    idNumber: "110105 19491231 002x",
    phone: PHONE,
    "consent-account": "yes",
    "consent-sensitive-data": "yes",
  };

  it("proves the phone, then opens the account with the consents and their wording", async () => {
    const { stage, browser, path } = visit();
    expect(
      (await browser.fill(`${path}/register`, `${path}/register`, { ...typed, "consent-notices": "yes" })).location,
    ).toBe(`${path}/register/code`);
    const weak = await browser.fill(`${path}/register/code`, `${path}/register/code`, {
      code: CODE,
      password: "123456",
    });
    expect(weak.status).toBe(422);
    expect(weak.html).not.toContain("123456");
    const done = await browser.fill(`${path}/register/code`, `${path}/register/code`, {
      code: CODE,
      password: PASSWORD,
    });
    expect(done.location).toBe(path);
    expect(stage.calls.at(-1)).toEqual([
      "register",
      {
        name: "王小明",
        idNumber: ID_NUMBER,
        phone: PHONE,
        password: PASSWORD,
        proof: { challenge: `challenge-register-${PHONE}`, code: CODE },
        consents: ["account", "sensitive-data", "notices"].map((purpose) => ({
          purpose,
          textVersion: `${purpose}-2026-11`,
        })),
      },
      { source: "192.0.2.1", channel: "portal" },
    ]);
    expect((await browser.get(path)).html).toContain("注册申请已提交");
  });

  it.each([
    ["name", { name: " " }],
    ["idNumber", { idNumber: "110105194912310021" }],
    ["idNumber", { idNumber: "110105194902310029" }],
    ["phone", { phone: "" }],
    ["phone", { phone: "12345" }],
    ["consent-account", { "consent-account": "" }],
    ["consent-sensitive-data", { "consent-sensitive-data": "" }],
  ])("refuses a bad %s and keeps the rest", async (field, bad) => {
    const { browser, path } = visit();
    const { status, html: shown } = await browser.fill(`${path}/register`, `${path}/register`, { ...typed, ...bad });
    expect(status).toBe(422);
    expect(shown.match(/<li><a href="#[\w-]+">/g)).toEqual([`<li><a href="#${field}">`]);
    if (field !== "name") expect(fieldIn(shown, "name")).toContain('value="王小明"');
  });

  it("ticks no consent beforehand", async () => {
    const { browser, path } = visit();
    const { html: shown } = await browser.get(`${path}/register`);
    expect(shown.match(/type="checkbox"/g)).toHaveLength(4);
    expect(shown).not.toContain("checked");
  });
});

describe("a forgotten password", () => {
  it("is set anew with a code sent to the account's phone", async () => {
    const { stage, browser, path } = visit();
    await browser.fill(`${path}/reset`, `${path}/reset`, { idNumber: ID_NUMBER, phone: PHONE });
    const done = await browser.fill(`${path}/reset/code`, `${path}/reset/code`, { code: CODE, password: PASSWORD });
    expect(done.location).toBe(path);
    expect(stage.calls.at(-1)).toMatchObject([
      "resetPassword",
      { idNumber: ID_NUMBER, phone: PHONE, code: CODE, wanted: PASSWORD },
      {},
    ]);
  });
});

describe("somebody signed in", () => {
  const signedIn = { subject: { kind: "person" as const, person: PERSON }, acr: "2" as const };

  it("chooses whom to act for, out of those they may", async () => {
    const { stage, browser, path } = visit({ prompt: "principal", signedIn });
    expect((await browser.get(path)).html).toContain("佛山市三水区一门早茶店（演示）");
    for (const principal of ["", "legal:11440606MB2D26310W", "x", "natural:<i>"])
      expect((await browser.fill(path, `${path}/principal`, { principal })).status).toBe(422);
    expect(stage.outcomes).toEqual([]);
    await browser.fill(path, `${path}/principal`, { principal: `legal:${COMPANY}` });
    expect(stage.outcomes).toEqual([{ kind: "principal", principal: { kind: "legal", id: COMPANY } }]);
  });

  it("agrees to what a client asks for; to unmasked data only by a tick of its own", async () => {
    const asked = { prompt: "consent", signedIn, scopes: ["profile", "personal:read"], purpose: "核对收件人" } as const;
    const plain = visit(asked);
    const page = await plain.browser.get(plain.path);
    expect(page.html).toContain("核对收件人");
    expect(page.html).not.toContain("checked");
    await plain.browser.fill(plain.path, `${plain.path}/consent`, { answer: "allow" });
    expect(plain.stage.outcomes).toEqual([{ kind: "consented", refusedScopes: ["personal:read"] }]);
    const full = visit(asked);
    await full.browser.fill(full.path, `${full.path}/consent`, { answer: "allow", unmask: "yes" });
    expect(full.stage.outcomes).toEqual([{ kind: "consented" }]);
    for (const answer of ["refuse", ""]) {
      const none = visit(asked);
      await none.browser.fill(none.path, `${none.path}/consent`, { answer });
      expect(none.stage.outcomes).toEqual([{ kind: "declined" }]);
    }
  });

  it("escapes what a client calls itself and why it asks", async () => {
    const { browser, path } = visit({
      prompt: "consent",
      signedIn,
      client: { id: "x", name: "<img src=x>", users: "persons" },
      scopes: ["personal:read", "<b>"],
      purpose: "<script>",
    });
    expect((await browser.get(path)).html).not.toMatch(/<img|<script|<b>&|<b><\/li>/);
  });

  it("proves more about themselves at a verifier, after agreeing to it", async () => {
    const { stage, browser, path } = visit({ prompt: "step-up", signedIn, acr: "3" });
    expect((await browser.fill(path, `${path}/step-up`, { method: "face" })).html).toContain('<a href="#agree">');
    expect((await browser.fill(path, `${path}/step-up`, { method: "face", agree: "yes" })).location).toBe(
      `${path}/step-up/go`,
    );
    expect((await browser.get(`${path}/step-up/go`)).html).toContain(
      `href="${stage.origin}${path}/verified?ticket=t-face"`,
    );
    expect((await browser.get(`${path}/verified?ticket=t-other`)).status).toBe(422);
    await browser.get(`${path}/verified?ticket=t-face`);
    expect(stage.outcomes).toEqual([{ kind: "stepped-up", acr: "3", amr: ["face"] }]);
  });

  it("is not raised by an upstream that knows too little of them", async () => {
    const { stage, browser, path } = visit({ prompt: "step-up", signedIn, acr: "3" });
    await browser.get(`${path}/upstreams/gd`);
    expect((await browser.get(`${path}/arrived`)).status).toBe(422);
    expect(stage.outcomes).toEqual([]);
  });

  it("is not raised by somebody else who arrives from an upstream", async () => {
    const { stage, browser, path } = visit({
      prompt: "step-up",
      signedIn: { subject: { kind: "person", person: "01KAJ0000000000000000000CC" }, acr: "1" },
      acr: "2",
    });
    await browser.get(`${path}/upstreams/gd`);
    expect((await browser.get(`${path}/arrived`)).html).toContain("属于另一个人");
    expect(stage.outcomes).toEqual([]);
  });
});

describe("the account page", () => {
  it("sends whoever is not signed in to sign in", async () => {
    const stage = pagesStage();
    const browser = pageBrowser(stage.answer, stage.origin);
    for (const page of ["", "/sessions", "/mandates", "/consents", "/access-log", "/security", "/data"])
      expect(await browser.get(`/account${page}`)).toMatchObject({ status: 303, location: "/oidc/auth?users=persons" });
    expect((await browser.get("/account/staff")).location).toBe("/oidc/auth?users=staff");
  });

  it("shows the profile masked, and drops what the sign-in left in the address", async () => {
    const { browser } = atHome();
    expect((await browser.get("/account?code=abc&iss=x")).location).toBe("/account");
    const { html: shown } = await browser.get("/account");
    for (const value of ["王**", "1****************X", "138****8000"]) expect(shown).toContain(value);
    expect(shown).not.toContain(ID_NUMBER);
  });

  it("does not lead round in a circle whoever gives up signing in to it", async () => {
    const stage = pagesStage();
    const browser = pageBrowser(stage.answer, stage.origin);
    expect(await browser.get("/account?error=access_denied&error_description=%3Cb%3E")).toMatchObject({ status: 200 });
  });

  it("ends a session and says so once", async () => {
    const { browser, stage } = atHome();
    expect((await browser.fill("/account/sessions", "/account/sessions/end", { session: "g1" })).location).toBe(
      "/account/sessions",
    );
    expect(await stage.interactions.sessionsOf({ kind: "person", person: PERSON })).toHaveLength(1);
    expect((await browser.get("/account/sessions")).html).toContain("已让该设备退出登录");
    expect((await browser.get("/account/sessions")).html).not.toContain("已让该设备退出登录");
  });

  it("revokes a mandate; of one that is not there it says so", async () => {
    const { browser } = atHome();
    const gone = await browser.fill("/account/mandates", "/account/mandates/revoke", { mandate: "none" });
    expect(gone.status).toBe(422);
    await browser.fill("/account/mandates", "/account/mandates/revoke", { mandate: "01KAJ0000000000000000000M1" });
    const { html: shown } = await browser.get("/account/mandates");
    expect(shown).toContain("委托已撤销，立即生效");
    expect(shown).toContain("已撤销</span>");
  });

  it("withdraws a consent and gives it again, in the wording shown", async () => {
    const { browser, stage } = atHome();
    await browser.fill("/account/consents", "/account/consents/withdraw", { purpose: "notices" });
    expect(stage.calls.at(-1)?.slice(0, 3)).toEqual(["withdrawConsent", PERSON, "notices"]);
    await browser.fill("/account/consents", "/account/consents/give", { purpose: "notices" });
    expect(stage.calls.at(-1)?.slice(0, 3)).toEqual([
      "giveConsent",
      PERSON,
      { purpose: "notices", textVersion: "notices-2026-11" },
    ]);
    const before = stage.calls.filter(([use]) => use === "giveConsent").length;
    for (const purpose of ["account", "guardian", "constructor", ""])
      await browser.fill("/account/consents", "/account/consents/give", { purpose });
    expect(stage.calls.filter(([use]) => use === "giveConsent")).toHaveLength(before);
  });

  it("says who looked, when and why, page by page", async () => {
    const { browser } = atHome();
    const { html: shown } = await browser.get("/account/access-log");
    for (const text of [
      "三水区自然资源局审批系统",
      STAFF,
      "核对申请人身份",
      '<time datetime="2026-11-20T01:30:00.000Z">2026年11月20日',
    ])
      expect(shown).toContain(text);
    expect(shown).toContain('href="/account/access-log?cursor=older"');
    expect((await browser.get("/account/access-log?cursor=older")).html).not.toContain("更早的记录");
    expect((await browser.get("/account/access-log?cursor=forged")).location).toBe("/account/access-log");
  });

  it("changes the password, ends the other sessions, and never shows either password", async () => {
    const { browser, stage } = atHome();
    const wrong = await browser.fill("/account/security", "/account/security/password", {
      current: "wrong one",
      password: "another long one",
    });
    expect(wrong.status).toBe(422);
    expect(wrong.html).not.toMatch(/wrong one|another long one/);
    await browser.fill("/account/security", "/account/security/password", {
      current: PASSWORD,
      password: "another long one",
    });
    expect(await stage.interactions.sessionsOf({ kind: "person", person: PERSON })).toEqual([
      expect.objectContaining({ current: true }),
    ]);
  });

  it("changes the phone after it was proven", async () => {
    const { browser, stage } = atHome();
    const sent = await browser.fill("/account/security", "/account/security/phone", { phone: "13700137000" });
    expect(sent.location).toBe("/account/security/phone/code");
    await browser.fill("/account/security/phone/code", "/account/security/phone/code", { code: CODE });
    expect(stage.calls.at(-1)).toMatchObject(["changePhone", PERSON, { phone: "13700137000", code: CODE }, {}]);
  });

  it("hands over one's own data as a file that is nowhere kept", async () => {
    const { browser } = atHome();
    const file = await browser.fill("/account/data", "/account/data/export", {});
    expect(file.headers).toMatchObject({
      "content-disposition": 'attachment; filename="my-data.json"',
      "cache-control": "no-store",
    });
    expect(JSON.parse(file.html)).toMatchObject({ idNumber: ID_NUMBER });
  });

  it("closes the account by password and a clear word, and signs out everywhere", async () => {
    const { browser, stage } = atHome();
    expect((await browser.fill("/account/data", "/account/data/close", { current: PASSWORD })).status).toBe(422);
    expect((await browser.fill("/account/data", "/account/data/close", { current: "wrong", sure: "yes" })).status).toBe(
      422,
    );
    expect(
      (await browser.fill("/account/data", "/account/data/close", { current: PASSWORD, sure: "yes" })).status,
    ).toBe(200);
    expect(await stage.interactions.sessionsOf({ kind: "person", person: PERSON })).toEqual([]);
  });
});
