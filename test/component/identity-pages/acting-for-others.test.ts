import { describe, expect, it } from "vitest";
import { newId } from "#shared/kernel/ids.ts";
import {
  type IdentityStage,
  identityStage,
  justNow,
  li,
  residentId,
  wang,
  zhang,
} from "#test/support/accounts-stage.ts";
import { atHome } from "./visits.ts";

const USCC = "91440300708461136T";
const ITEM = "11440606MB2D26310W244010400100101".slice(0, 31);

/** Somebody at their account page, with the real rules behind it. */
const at = (stage: IdentityStage, person: string) =>
  atHome({ kind: "person", person }, { accounts: stage.accounts }).browser;

const inAYear = new Date(Date.now() + 200 * 24 * 3600_000).toISOString().slice(0, 10);

const company = { uscc: USCC, name: "示例科技有限公司", kind: "enterprise" } as const;
const withCompany = async () => {
  const stage = identityStage();
  const boss = await stage.person(zhang);
  const agent = await stage.person(li);
  const representative = { name: zhang.name, idNumber: zhang.idNumber };
  await stage.accounts.registerOrganisation(justNow(boss), { ...company, representative });
  return { stage, boss, agent };
};

const mandatesBy = (stage: IdentityStage, kind: "natural" | "legal", id: string) =>
  stage.accounts.mandatesOf({ principal: { kind, id } });

describe("granting a mandate by page", () => {
  const typed = (agent: string, more: object = {}) => ({
    principal: "",
    agent,
    scope: "all",
    items: "",
    until: inAYear,
    ...more,
  });
  const grant = async (browser: ReturnType<typeof at>, form: Record<string, string>) => {
    const first = await browser.fill("/account/mandates/new", "/account/mandates/new", form);
    if (first.location !== "/account/mandates/confirm") return first;
    return browser.fill("/account/mandates/confirm", "/account/mandates/grant", {});
  };

  it("shows once more to whom and for what, then grants it, once", async () => {
    const { stage, boss, agent } = await withCompany();
    const browser = at(stage, boss);
    const spaced = `${agent.slice(0, 13)} ${agent.slice(13).toLowerCase()}`;
    await browser.fill(
      "/account/mandates/new",
      "/account/mandates/new",
      typed(spaced, { principal: `natural:${boss}`, scope: "items", items: `${ITEM}\n ${ITEM}` }),
    );
    const shown = (await browser.get("/account/mandates/confirm")).html;
    expect(shown).toContain("李**");
    expect(shown).toContain(ITEM);
    expect(await mandatesBy(stage, "natural", boss)).toEqual([]);
    const form = { csrf: browser.tokenIn(shown) };
    const [one, two] = [
      await browser.post("/account/mandates/grant", form),
      await browser.post("/account/mandates/grant", form),
    ];
    expect(one.location).toBe("/account/mandates");
    expect([303, 303]).toEqual([one.status, two.status]);
    const given = await mandatesBy(stage, "natural", boss);
    expect(given).toMatchObject([{ agent, scope: [ITEM], status: "active" }]);
    // The day is part of it, as days are counted here.
    expect(given[0]?.validUntil).toBe(new Date(Date.parse(`${inAYear}T16:00:00Z`)).toISOString());
  });

  it("shows both sides the letter of authority that was named with it, and that nobody has compared it", async () => {
    const { stage, boss, agent } = await withCompany();
    const evidence = { file: "01KB0M6A4B5C6D7E8F9G0H1J2K", sha256: "0f".repeat(32) };
    const principal = { kind: "natural", id: boss } as const;
    const validUntil = new Date(Date.now() + 24 * 3_600_000).toISOString();
    const wanted = { id: newId(), fingerprint: "f", principal, agent, scope: "all", validUntil, evidence } as const;
    expect(await stage.accounts.grantMandate(justNow(boss), wanted)).toMatchObject({ ok: true });
    for (const person of [boss, agent]) {
      const { html } = await at(stage, person).get("/account/mandates");
      expect(html).toContain(evidence.file);
      expect(html).toContain("平台未核对文件");
    }
  });

  it("is done for an organisation by its admin, and revoked by them too", async () => {
    const { stage, boss, agent } = await withCompany();
    const browser = at(stage, boss);
    expect((await grant(browser, typed(agent, { principal: `legal:${USCC}` }))).location).toBe("/account/mandates");
    const [given] = await mandatesBy(stage, "legal", USCC);
    expect(given).toMatchObject({ agent, scope: "all", status: "active" });
    expect((await browser.get("/account/mandates")).html).toContain("示例科技有限公司委托别人办理");
    await browser.fill("/account/mandates", "/account/mandates/revoke", { mandate: given?.id ?? "" });
    expect(await mandatesBy(stage, "legal", USCC)).toMatchObject([{ status: "revoked" }]);
  });

  it.each([
    ["no agent", { agent: "" }, "agent"],
    ["an agent that there is not", { agent: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" }, "agent"],
    ["no items", { scope: "items" }, "items"],
    ["a wrong item", { scope: "items", items: "11440606MB2D26310" }, "items"],
    ["a day that there is not", { until: "2027-02-30x" }, "until"],
    ["no day", { until: "" }, "until"],
    ["a principal that is not theirs", { principal: "legal:91110000802100433B" }, "principal"],
  ])("leads back to the field with %s", async (_what, more, field) => {
    const { stage, boss, agent } = await withCompany();
    const form = typed(agent, { principal: `natural:${boss}`, ...more });
    const shown = await at(stage, boss).fill("/account/mandates/new", "/account/mandates/new", form);
    expect(shown.status).toBe(422);
    expect(shown.html).toContain(`<a href="#${field}">`);
    expect(await mandatesBy(stage, "natural", boss)).toEqual([]);
  });

  it.each([
    ["that has passed", "2020-01-01"],
    ["too far away", "2199-01-01"],
  ])("refuses a day %s, at the last look", async (_what, until) => {
    const { stage, boss, agent } = await withCompany();
    const shown = await grant(at(stage, boss), typed(agent, { principal: `natural:${boss}`, until }));
    expect(shown.status).toBe(422);
    expect(await mandatesBy(stage, "natural", boss)).toEqual([]);
  });

  it("refuses oneself as agent, and a handler who speaks for the organisation", async () => {
    const { stage, boss, agent } = await withCompany();
    expect((await grant(at(stage, boss), typed(boss, { principal: `natural:${boss}` }))).status).toBe(422);
    await stage.accounts.setMember(boss, USCC, { person: agent, roles: ["handler"] });
    const other = await stage.person(wang);
    const byHandler = await grant(at(stage, agent), typed(other, { principal: `legal:${USCC}` }));
    expect(byHandler.status).toBe(422);
    expect(await mandatesBy(stage, "legal", USCC)).toEqual([]);
  });

  it("grants nothing that was not first looked at, and nothing to a form that is not ours", async () => {
    const { stage, boss, agent } = await withCompany();
    const browser = at(stage, boss);
    const straight = await browser.fill("/account/mandates/new", "/account/mandates/grant", { agent });
    expect(straight.location).toBe("/account/mandates/new");
    for (const path of ["/account/mandates/new", "/account/mandates/grant"])
      expect((await browser.post(path, typed(agent, { principal: `natural:${boss}` }))).status).toBe(403);
    expect(await mandatesBy(stage, "natural", boss)).toEqual([]);
  });

  it("asks those to verify themselves first who may not grant yet", async () => {
    const stage = identityStage();
    const someone = await stage.person(zhang, 1);
    const agent = await stage.person(li);
    const browser = at(stage, someone);
    const shown = (await browser.get("/account/mandates/new")).html;
    expect(shown).toContain("去核验身份");
    expect(shown).not.toContain('name="agent"');
    const csrf = browser.tokenIn((await browser.get("/account/security")).html);
    await browser.post("/account/mandates/new", { csrf, ...typed(agent, { principal: `natural:${someone}` }) });
    const granted = await browser.post("/account/mandates/grant", { csrf });
    expect(granted.status).toBe(422);
    expect(await mandatesBy(stage, "natural", someone)).toEqual([]);
  });
});

describe("organisations by page", () => {
  const typed = { ...company, representative: zhang.name, idNumber: zhang.idNumber };

  it("are registered by their legal representative, who is then their admin", async () => {
    const stage = identityStage();
    const boss = await stage.person(zhang);
    const browser = at(stage, boss);
    const form = { ...typed, uscc: "91440300 70846 1136t" };
    const done = await browser.fill("/account/organisations/new", "/account/organisations/new", form);
    expect(done.location).toBe(`/account/organisations/${USCC}`);
    const { html } = await browser.get(done.location);
    expect(html).toContain("管理员、经办人");
    expect(html).toContain("尚未与登记机关的数据核对");
    expect((await browser.get("/account/organisations")).html).toContain(company.name);
  });

  it.each([
    ["a wrong code", { uscc: "91440300708461136X" }, "uscc"],
    ["half a code", { uscc: "9144" }, "uscc"],
    ["no name", { name: "" }, "name"],
    ["another's representative", { representative: li.name, idNumber: li.idNumber }, "representative"],
    ["no representative", { representative: "" }, "representative"],
  ])("lead back to the field with %s", async (_what, more, field) => {
    const stage = identityStage();
    const boss = await stage.person(zhang);
    const page = "/account/organisations/new";
    const shown = await at(stage, boss).fill(page, page, { ...typed, ...more });
    expect(shown.status).toBe(422);
    expect(shown.html).toContain(`<a href="#${field}">`);
    expect(shown.html).toContain(`aria-describedby="${field}`);
  });

  it("take members in, change them and let them go", async () => {
    const { stage, boss, agent } = await withCompany();
    const browser = at(stage, boss);
    const page = `/account/organisations/${USCC}`;
    const members = async () => {
      const found = await stage.accounts.organisation(boss, USCC);
      return found.ok ? found.value.members.map(({ person, roles }) => [person, roles.join()]) : [];
    };
    await browser.fill(page, `${page}/members`, { member: agent, role: "handler" });
    expect(await members()).toContainEqual([agent, "handler"]);
    await browser.fill(page, `${page}/members`, { member: agent, role: "admin" });
    expect(await members()).toContainEqual([agent, "admin,handler"]);
    await browser.fill(page, `${page}/remove`, { member: agent });
    expect(await members()).toEqual([[boss, "admin,handler"]]);
    const last = await browser.fill(page, `${page}/remove`, { member: boss });
    expect(last.status).toBe(422);
    expect(last.html).toContain("至少要有一名管理员");
  });

  it("show a handler who else there is and nothing to change, and let them leave", async () => {
    const { stage, boss, agent } = await withCompany();
    await stage.accounts.setMember(boss, USCC, { person: agent, roles: ["handler"] });
    const browser = at(stage, agent);
    const page = `/account/organisations/${USCC}`;
    const shown = (await browser.get(page)).html;
    expect(shown).toContain("张**");
    expect(shown).not.toContain("添加办事人员");
    expect(shown).not.toContain(`value="${boss}"`);
    expect((await browser.fill(page, `${page}/members`, { member: agent, role: "admin" })).status).toBe(422);
    expect((await browser.fill(page, `${page}/remove`, { member: boss })).status).toBe(422);
    expect((await browser.fill(page, `${page}/remove`, { member: agent })).location).toBe("/account/organisations");
    expect((await browser.get(page)).location).toBe("/account/organisations");
  });

  it("are nothing to strangers", async () => {
    const { stage, agent } = await withCompany();
    const browser = at(stage, agent);
    expect(await browser.get(`/account/organisations/${USCC}`)).toMatchObject({
      status: 303,
      location: "/account/organisations",
    });
    const csrf = browser.tokenIn((await browser.get("/account/security")).html);
    const path = `/account/organisations/${USCC}/members`;
    const grab = await browser.post(path, { csrf, member: agent, role: "admin" });
    expect(grab.location).toBe("/account/organisations");
    expect((await stage.accounts.principalsOf(agent)).map(({ principal }) => principal.id)).toEqual([agent]);
  });
});

describe("children by page", () => {
  const child = { name: "小明", idNumber: residentId("44060620180601001") };
  const agreed = { "consent-guardian": "yes", "consent-account": "yes", "consent-sensitive-data": "yes" };
  const page = "/account/wards/new";

  it("are registered by their guardian, with the guardian's own consent on record", async () => {
    const stage = identityStage();
    const mother = await stage.person(zhang);
    const browser = at(stage, mother);
    expect((await browser.fill(page, page, { ...child, ...agreed })).location).toBe("/account/wards");
    const shown = (await browser.get("/account/wards")).html;
    expect(shown).toContain("小*");
    const [, ward] = await stage.accounts.principalsOf(mother);
    const account = await stage.accounts.account(ward?.principal.id ?? "");
    expect(account?.consents.map(({ purpose, textVersion }) => [purpose, textVersion])).toContainEqual([
      "guardian",
      "guardian-2026-11",
    ]);
  });

  it.each([
    ["no name", { name: "" }, "name"],
    ["a wrong number", { idNumber: "440606201806010010" }, "idNumber"],
    ["an adult's number", { idNumber: li.idNumber }, "idNumber"],
    ["no consent of the guardian's", { "consent-guardian": "" }, "consent-guardian"],
  ])("are not with %s", async (_what, more, field) => {
    const stage = identityStage();
    const mother = await stage.person(zhang);
    const shown = await at(stage, mother).fill(page, page, { ...child, ...agreed, ...more });
    expect(shown.status).toBe(422);
    expect(shown.html).toContain(`<a href="#${field}">`);
    expect(await stage.accounts.principalsOf(mother)).toHaveLength(1);
  });
});
