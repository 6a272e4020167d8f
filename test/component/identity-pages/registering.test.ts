import { describe, expect, it } from "vitest";
import { CODE, ID_NUMBER, PASSWORD, PHONE } from "#test/support/pages-stage.ts";
import { fieldIn, visit } from "./visits.ts";

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
