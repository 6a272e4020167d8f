import { describe, expect, it } from "vitest";
import type { Accounts } from "#functions/identity/accounts/accounts.ts";
import { accept } from "#shared/kernel/decision.ts";
import { CODE, ID_NUMBER, PASSWORD, PERSON, PHONE } from "#test/support/pages-stage.ts";
import { CLIENT, fieldIn, visit } from "./visits.ts";

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

  it("dates the sign-in from before anything was looked at, however long that took", async () => {
    let seconds = 1_800_000_000;
    const accounts = new Proxy({} as Accounts, {
      get: () => async () => {
        seconds += 5;
        return accept({ person: PERSON, assurance: { level: 2, method: "face", at: "" }, amr: ["pwd"] });
      },
    });
    const now = () => new Date(seconds * 1000).toISOString();
    const { stage, browser, path } = visit({}, { accounts, now });
    const typed = { identifier: ID_NUMBER, password: PASSWORD };
    expect((await browser.fill(path, `${path}/password`, typed)).status).toBe(303);
    expect(stage.outcomes).toMatchObject([{ kind: "signed-in", at: 1_800_000_000 }]);
    expect(seconds).toBe(1_800_000_005);
  });

  it("goes on to the client with what was proven", async () => {
    const { stage, browser, path } = visit();
    const answer = await browser.fill(path, `${path}/password`, { identifier: ID_NUMBER, password: PASSWORD });
    expect([answer.status, answer.location]).toEqual([303, `${CLIENT}/back?code=c`]);
    expect(stage.outcomes).toMatchObject([
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
      signedIn: { subject: { kind: "person", person: PERSON }, acr: "2", at: 0 },
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
