import { describe, expect, it } from "vitest";
import { COMPANY, PERSON } from "#test/support/pages-stage.ts";
import { visit } from "./visits.ts";

describe("somebody signed in", () => {
  const signedIn = { subject: { kind: "person" as const, person: PERSON }, acr: "2" as const, at: 0 };

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
    expect(stage.outcomes).toMatchObject([{ kind: "stepped-up", acr: "3", amr: ["face"] }]);
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
      signedIn: { subject: { kind: "person", person: "01KAJ0000000000000000000CC" }, acr: "1", at: 0 },
      acr: "2",
    });
    await browser.get(`${path}/upstreams/gd`);
    expect((await browser.get(`${path}/arrived`)).html).toContain("属于另一个人");
    expect(stage.outcomes).toEqual([]);
  });
});
