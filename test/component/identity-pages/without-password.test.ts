import { describe, expect, it } from "vitest";
import { identityStage, justNow, origin, zhang } from "#test/support/accounts-stage.ts";
import { atHome, fieldIn } from "./visits.ts";

/** Somebody whom the province signed in, at their account page: no password, no phone. */
const fromTheProvince = async () => {
  const stage = identityStage();
  const { name, idNumber } = zhang;
  const linked = await stage.accounts.linkUpstream({ name, idNumber, upstream: "gd", assurance: 3 }, origin);
  if (!linked.ok) throw new Error(linked.refusal.code);
  const { person } = linked.value;
  const { browser } = atHome({ kind: "person", person }, { accounts: stage.accounts });
  const registerPhone = async () => {
    await browser.fill("/account/security", "/account/security/phone", { phone: zhang.phone });
    const code = stage.sent.at(-1)?.code ?? "";
    const page = "/account/security/phone/code";
    const registered = await browser.fill(page, page, { code });
    stage.later(2);
    return registered;
  };
  return { stage, person, browser, registerPhone };
};

describe("an account without a password", () => {
  it("without a phone is told to register one, not to reset a password that nobody could reset", async () => {
    const { browser, registerPhone } = await fromTheProvince();
    const security = await browser.get("/account/security");
    expect(security.html).not.toContain("忘记密码");
    expect(security.html).not.toContain("修改密码");
    expect(security.html).toContain("登记手机号");
    const data = await browser.get("/account/data");
    expect(fieldIn(data.html, "current")).toBe("");
    expect(data.html).toContain('<a href="/account/security">登记手机号</a>');
    expect((await registerPhone()).location).toBe("/account/security");
    expect((await browser.get("/account/security")).html).toMatch(/忘记密码.*138\*\*\*\*8000/);
  });

  it("gets another phone by a code to each of the two: who found the browser open has the new one only", async () => {
    const { stage, person, browser, registerPhone } = await fromTheProvince();
    await registerPhone();
    const sent = await browser.fill("/account/security", "/account/security/phone", { phone: "13512345678" });
    const page = "/account/security/phone/code";
    expect(sent.location).toBe(page);
    const [toOwn, toNew] = stage.sent.slice(-2);
    expect([toOwn?.phone, toNew?.phone]).toEqual([zhang.phone, "13512345678"]);
    const { html } = await browser.get(page);
    expect(html).toContain("138****8000");
    const [code = "", present = ""] = [toNew?.code, toOwn?.code];
    const other = present === "000000" ? "000001" : "000000";
    const change = (typed: object) => browser.fill(page, page, { code, ...typed });
    expect((await change({})).html).toContain("请输入 6 位数字验证码");
    expect((await change({ present: other })).html).toContain("原手机号收到的验证码不正确");
    expect(await stage.accounts.account(person)).toMatchObject({ phone: "138****8000" });
    expect((await change({ present })).location).toBe("/account/security");
    expect(await stage.accounts.account(person)).toMatchObject({ phone: "135****5678" });
  });

  it("gets another phone once the mistyped code of the two is put right: the other is asked for no second time", async () => {
    const { stage, person, browser, registerPhone } = await fromTheProvince();
    await registerPhone();
    await browser.fill("/account/security", "/account/security/phone", { phone: "13512345678" });
    const page = "/account/security/phone/code";
    const [toOwn, toNew] = stage.sent.slice(-2);
    const [code = "", present = ""] = [toNew?.code, toOwn?.code];
    const other = code === "000000" ? "000001" : "000000";
    const change = (typed: object) => browser.fill(page, page, { present, ...typed });
    expect((await change({ code: other })).html).toContain("验证码不正确或已失效");
    expect(await stage.accounts.account(person)).toMatchObject({ phone: "138****8000" });
    expect((await change({ code })).location).toBe("/account/security");
    expect(await stage.accounts.account(person)).toMatchObject({ phone: "135****5678" });
  });

  it("is closed by a code to its own phone and a clear word, and signed out everywhere", async () => {
    const { stage, person, browser, registerPhone } = await fromTheProvince();
    await registerPhone();
    const sent = await browser.fill("/account/data", "/account/data/close/send", {});
    const page = "/account/data/close/code";
    expect(sent.location).toBe(page);
    const { phone, code = "" } = stage.sent.at(-1) ?? {};
    expect(phone).toBe(zhang.phone);
    const close = (typed: object) => browser.fill(page, page, { code, sure: "yes", ...typed });
    expect((await close({ sure: "" })).html).toContain("请确认您知道注销不能恢复");
    expect((await close({ code: code === "000000" ? "000001" : "000000" })).status).toBe(422);
    expect(await stage.accounts.account(person)).toBeDefined();
    expect((await close({})).html).toContain("账户已注销");
    expect(await stage.accounts.account(person)).toBeUndefined();
    expect(stage.ended).toEqual([person]);
  });

  it("is sent no more codes than any phone, and nothing without one", async () => {
    const { stage, person, browser, registerPhone } = await fromTheProvince();
    expect(await stage.accounts.startOwnCode(justNow(person), "close-account", origin)).toMatchObject({
      refusal: { code: "person.no-phone" },
    });
    await registerPhone();
    const ask = () => browser.fill("/account/data", "/account/data/close/send", {});
    expect((await ask()).status).toBe(303);
    const again = await ask();
    expect(again.status).toBe(422);
    expect(again.html).toContain("尝试次数过多");
  });
});
