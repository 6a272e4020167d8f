import { describe, expect, it } from "vitest";
import { AccessedThing } from "#shared/contracts/http/identity/fields.ts";
import { identityStage } from "#test/support/accounts-stage.ts";
import { CODE, ID_NUMBER, PASSWORD, PERSON, pagesStage, STAFF } from "#test/support/pages-stage.ts";
import { pageBrowser } from "./page-browser.ts";
import { atHome } from "./visits.ts";

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
    expect(stage.calls.at(-1)?.slice(0, 3)).toMatchObject(["withdrawConsent", { person: PERSON }, "notices"]);
    await browser.fill("/account/consents", "/account/consents/give", { purpose: "notices" });
    expect(stage.calls.at(-1)?.slice(0, 3)).toMatchObject([
      "giveConsent",
      { person: PERSON },
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
    const change = { current: PASSWORD, wanted: "another long one" };
    expect(stage.calls.at(-1)).toMatchObject(["changePassword", PERSON, change, { session: expect.any(String) }]);
  });

  it("says in Chinese what was looked at and why, whatever it was", async () => {
    const stage = identityStage();
    const person = await stage.person();
    const purposes = ["supervision", "sending", "settling", "own-copy", "statutory-notice"];
    for (const [i, what] of AccessedThing.options.entries())
      await stage.accounts.recordAccess(person, {
        id: `entry-${i}`,
        at: stage.clock(),
        by: { client: "land-bureau" },
        purpose: purposes[i % purposes.length] ?? "",
        what,
      });
    const { browser } = atHome({ kind: "person", person }, { accounts: stage.accounts });
    const { html } = await browser.get("/account/access-log");
    const cells = [...html.matchAll(/data-name="(?:用途|内容)"><div>([^<]*)</g)].map(([, text]) => text);
    expect(cells).toHaveLength(2 * AccessedThing.options.length);
    expect(cells.filter((text) => /[a-z]/.test(text ?? ""))).toEqual([]);
  });

  it("changes the phone after it was proven", async () => {
    const { browser, stage } = atHome();
    const sent = await browser.fill("/account/security", "/account/security/phone", { phone: "13700137000" });
    expect(sent.location).toBe("/account/security/phone/code");
    await browser.fill("/account/security/phone/code", "/account/security/phone/code", {
      code: CODE,
      current: PASSWORD,
    });
    const change = { phone: "13700137000", code: CODE, current: PASSWORD };
    expect(stage.calls.at(-1)).toMatchObject(["changePhone", { person: PERSON }, change, {}]);
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

  it("closes the account by password and a clear word", async () => {
    const { browser } = atHome();
    expect((await browser.fill("/account/data", "/account/data/close", { current: PASSWORD })).status).toBe(422);
    expect((await browser.fill("/account/data", "/account/data/close", { current: "wrong", sure: "yes" })).status).toBe(
      422,
    );
    const closed = await browser.fill("/account/data", "/account/data/close", { current: PASSWORD, sure: "yes" });
    expect(closed).toMatchObject({ status: 200, html: expect.stringContaining("所有设备都已退出登录") });
  });
});
