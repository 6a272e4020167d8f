import { describe, expect, it } from "vitest";
import { identityStage, li, origin, zhang } from "#test/support/accounts-stage.ts";
import { CLIENT, visit } from "./visits.ts";

/** Somebody whom the province has just signed in, with the real rules behind the pages. */
const arriving = async (known = false) => {
  const stage = identityStage();
  if (known) await stage.person(zhang);
  const { name, idNumber } = zhang;
  const link = { name, idNumber, upstream: "gd", assurance: 2 } as const;
  const linked = await stage.accounts.linkUpstream(link, origin);
  const person = linked.ok ? linked.value.person : "";
  const page = () => visit({}, { accounts: stage.accounts, arrives: person });
  const consents = async () =>
    (await stage.accounts.account(person))?.consents.filter(({ withdrawnAt }) => !withdrawnAt) ?? [];
  return { stage, person, page, consents };
};
const both = { "consent-account": "yes", "consent-sensitive-data": "yes" };

describe("arriving from an upstream for the first time", () => {
  it("asks for what an account needs in our own wording, and signs in once it is given", async () => {
    const { page, person, consents } = await arriving();
    const { stage: pages, browser, path } = page();
    await browser.get(`${path}/upstreams/gd`);
    expect((await browser.get(`${path}/arrived`)).location).toBe(`${path}/agree`);
    expect(pages.outcomes).toEqual([]);
    const shown = await browser.get(`${path}/agree`);
    expect(shown.html).toContain("我单独同意处理我的证件号码等敏感个人信息");
    expect(shown.html).not.toContain("checked");
    const half = await browser.fill(`${path}/agree`, `${path}/agree`, { "consent-account": "yes" });
    expect(half.status).toBe(422);
    expect(pages.outcomes).toEqual([]);
    expect((await browser.fill(`${path}/agree`, `${path}/agree`, both)).location).toBe(`${CLIENT}/back?code=c`);
    expect(pages.outcomes).toMatchObject([{ kind: "signed-in", subject: { person }, acr: "2", amr: ["fed"] }]);
    expect((await consents()).map(({ textVersion }) => textVersion)).toEqual([
      "account-2026-11",
      "sensitive-data-2026-11",
    ]);

    const again = page();
    await again.browser.get(`${again.path}/upstreams/gd`);
    expect((await again.browser.get(`${again.path}/arrived`)).location).toBe(`${CLIENT}/back?code=c`);
  });

  it("asks nobody who has agreed here before", async () => {
    const { page } = await arriving(true);
    const { browser, path } = page();
    await browser.get(`${path}/upstreams/gd`);
    expect((await browser.get(`${path}/arrived`)).location).toBe(`${CLIENT}/back?code=c`);
  });

  it("lets nobody in who has not arrived, nor with what another interaction has kept", async () => {
    const { stage, page, consents } = await arriving();
    await stage.person(li);
    const one = page();
    expect((await one.browser.get(`${one.path}/agree`)).location).toBe(one.path);
    await one.browser.get(`${one.path}/upstreams/gd`);
    await one.browser.get(`${one.path}/arrived`);
    const step = [...one.browser.jar]
      .filter(([name]) => name.includes("step"))
      .map(([name, value]) => `${name}=${value}`);
    expect(step).toHaveLength(1);
    const { csrf } = { csrf: one.browser.tokenIn((await one.browser.get(`${one.path}/agree`)).html) };
    const other = page();
    other.browser.keep(step);
    await other.browser.get(other.path);
    expect((await other.browser.post(`${other.path}/agree`, { csrf, ...both })).status).toBe(403);
    const own = other.browser.tokenIn((await other.browser.get(other.path)).html);
    expect((await other.browser.post(`${other.path}/agree`, { csrf: own, ...both })).location).toBe(other.path);
    expect(other.stage.outcomes).toEqual([]);
    expect((await consents()).map(({ textVersion }) => textVersion)).toEqual(["upstream:gd", "upstream:gd"]);
  });
});
