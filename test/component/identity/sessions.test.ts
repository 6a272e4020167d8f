import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Outcome } from "#functions/identity/issuer/interactions.ts";
import { signInClients } from "#test/support/issuer-clients.ts";
import { PASSWORD, WANG, ZHANG } from "#test/support/issuer-people.ts";
import { nobody, noted, signIn, untouched, willing } from "#test/support/issuer-persons.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage, type Person } from "#test/support/issuer-stage.ts";

let stage: IssuerStage;
beforeAll(async () => {
  stage = await issuerStage({ clients: signInClients });
});
afterAll(() => stage?.close());

describe("a session in the browser", () => {
  it("is signed in once for all first-party clients", async () => {
    const browser = stage.browser();
    await browser.open((await authorization(await stage.discover("portal"))).url, willing);
    const spa = await authorization(await stage.discover("spa"));
    const { at } = await browser.open(spa.url, untouched);
    expect((await spa.done(at)).claims()?.sub).toBe(ZHANG);
  });

  it("signs in anew when asked, and not at all when nobody may be asked", async () => {
    const config = await stage.discover("portal");
    const { url } = await authorization(config, { prompt: "none" });
    const browser = stage.browser();
    expect((await browser.open(url, untouched)).at.searchParams.get("error")).toBe("login_required");
    await browser.open((await authorization(config)).url, willing);
    expect((await browser.open(url, untouched)).at.searchParams.has("code")).toBe(true);
    const { seen, person } = noted();
    await browser.open((await authorization(config, { prompt: "login" })).url, person);
    expect(seen).toMatchObject([{ prompt: "sign-in", signedIn: { subject: { person: ZHANG } } }]);
  });

  it("has another cookie after the sign-in than before it, signed, for this host only", async () => {
    const browser = stage.browser();
    await browser.request(`${stage.issuer}/device`);
    const before = browser.jar.get("yimen")?.value;
    expect(before).toBeDefined();
    const { at } = await browser.open((await authorization(await stage.discover("portal"))).url, willing);
    expect(at.searchParams.has("code")).toBe(true);
    expect(browser.jar.get("yimen")?.value).not.toBe(before);
    expect(browser.jar.has("yimen.sig")).toBe(true);
    for (const cookie of browser.setCookies) {
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=lax/i);
      expect(cookie).not.toMatch(/; domain=/i);
    }
    const victim = stage.browser();
    victim.jar.set("yimen", { value: before ?? "", path: "/" });
    const { at: asVictim } = await victim.open(
      (await authorization(await stage.discover("portal"), { prompt: "none" })).url,
      untouched,
    );
    expect(asVictim.searchParams.get("error")).toBe("login_required");
  });

  it.each(["yimen", "yimen.sig"])("is none with a changed %s", async (name) => {
    const browser = stage.browser();
    const config = await stage.discover("portal");
    await browser.open((await authorization(config)).url, willing);
    const { value = "", path = "/" } = browser.jar.get(name) ?? {};
    browser.jar.set(name, { value: `${value.slice(0, -2)}AA`, path });
    const { at } = await browser.open((await authorization(config, { prompt: "none" })).url, untouched);
    expect(at.searchParams.get("error")).toBe("login_required");
  });

  it("lets another browser neither see nor finish its pages", async () => {
    const browser = stage.browser();
    const { at } = await browser.open((await authorization(await stage.discover("portal"))).url, () => undefined);
    expect(at.pathname).toMatch(/^\/interaction\//);
    expect(await stage.interactions.pending(browser.visit(at))).toBeDefined();
    expect(await stage.interactions.pending(stage.browser().visit(at))).toBeUndefined();
    expect(await stage.interactions.finish(stage.browser().visit(at), signIn())).toBeUndefined();
    expect(await stage.interactions.pending({ ...browser.visit(at), rawPath: "/interaction/another" })).toBeUndefined();
  });

  it("ends, when someone else signs in over it, before theirs begins", async () => {
    const browser = stage.browser();
    const config = await stage.discover("portal");
    await browser.open((await authorization(config)).url, willing);
    const asWang: Person = ({ prompt }) => (prompt === "sign-in" ? signIn("1", WANG) : undefined);
    const request = await authorization(config, { prompt: "login" });
    const { response } = await browser.open(request.url, asWang);
    const { at } = await browser.submit((await response?.text()) ?? "", {}, asWang);
    expect((await request.done(at)).claims()?.sub).toBe(WANG);
    expect(await stage.interactions.sessionsOf({ kind: "person", person: WANG })).not.toEqual([]);
  });

  it("is of no use once its account is closed", async () => {
    const closing = await issuerStage({
      clients: [
        { id: "portal", grants: ["authorization_code", "refresh_token"], redirectUris: [CALLBACK], firstParty: true },
      ],
    });
    try {
      const config = await closing.discover("portal");
      const browser = closing.browser();
      const request = await authorization(config);
      const { at } = await browser.open(request.url, willing);
      const tokens = await request.done(at);
      closing.people.close(ZHANG);
      const again = await authorization(config, { prompt: "none" });
      expect((await browser.open(again.url, untouched)).at.searchParams.get("error")).toBe("login_required");
      const refresh = client.refreshTokenGrant(config, tokens.refresh_token ?? "");
      await expect(refresh).rejects.toMatchObject({ error: "invalid_grant" });
    } finally {
      await closing.close();
    }
  });
});

describe("whoever signed in before an account was taken over", () => {
  const clients = [
    {
      id: "portal",
      grants: ["authorization_code" as const, "refresh_token" as const],
      redirectUris: [CALLBACK],
      firstParty: true,
    },
    { id: "mini", grants: ["urn:yimen:grant:password" as const, "refresh_token" as const], firstParty: true },
  ];

  it("is not let in by a page that began before it, when it ends", async () => {
    const town = await issuerStage({ clients: [...clients, { ...clients[0], id: "desk", users: "staff" as const }] });
    try {
      for (const [program, outcome, account] of [
        ["portal", signIn(), ZHANG],
        ["desk", { ...signIn(), subject: { kind: "staff", staff: "sd-zr-0102" } }, "sd-zr-0102"],
      ] as const) {
        const browser = town.browser();
        const { at: page } = await browser.open((await authorization(await town.discover(program))).url, nobody);
        const began = Math.floor(Date.now() / 1000);
        town.people.takeOver(account);
        const finish = (at: number) => town.interactions.finish(browser.visit(page), { ...outcome, at } as Outcome);
        expect(await finish(began)).toBeUndefined();
        expect(await finish(began + 2)).toMatchObject({ location: expect.stringContaining("/oidc/auth/") });
      }
    } finally {
      await town.close();
    }
  });

  it("has neither a session nor tokens that can be refreshed, though nothing of it was ended", async () => {
    const town = await issuerStage({ clients });
    try {
      const [portal, mini] = [await town.discover("portal"), await town.discover("mini")];
      const browser = town.browser();
      const request = await authorization(portal);
      const tokens = await request.done((await browser.open(request.url, willing)).at);
      const byInterface = await client.genericGrantRequest(mini, "urn:yimen:grant:password", {
        identifier: "zhang",
        password: PASSWORD,
        scope: "persons:self",
      });
      for (const { access_token } of [tokens, byInterface])
        expect(decodeJwt(access_token).auth_time).toBeGreaterThan(Date.now() / 1000 - 60);
      expect(await town.interactions.signedIn(browser.visit(new URL(`${town.url}/account`)))).toBeDefined();
      town.people.takeOver(ZHANG);
      expect(await town.interactions.signedIn(browser.visit(new URL(`${town.url}/account`)))).toBeUndefined();
      for (const [config, { refresh_token = "" }] of [
        [portal, tokens],
        [mini, byInterface],
      ] as const)
        await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({ error: "invalid_grant" });
      const again = await authorization(portal, { prompt: "none" });
      expect((await browser.open(again.url, untouched)).at.searchParams.get("error")).toBe("login_required");
    } finally {
      await town.close();
    }
  });

  it("is not let in by putting off the way back from the page that let them in", async () => {
    const town = await issuerStage({ clients });
    try {
      const browser = town.browser();
      const { at } = await browser.open((await authorization(await town.discover("portal"))).url, () => undefined);
      const finished = await town.interactions.finish(browser.visit(at), signIn());
      town.people.takeOver(ZHANG);
      const nextSecond = (Math.floor(Date.now() / 1000) + 1) * 1000;
      await vi.waitUntil(() => Date.now() >= nextSecond, { timeout: 2_000 });
      const { at: then } = await browser.open(new URL(finished?.location ?? ""), () => undefined);
      expect(then.pathname).toMatch(/^\/interaction\//);
      expect(await town.interactions.signedIn(browser.visit(new URL(`${town.url}/account`)))).toBeUndefined();
    } finally {
      await town.close();
    }
  });
});

describe("the account pages", () => {
  it("sign in without a token, and list and end sessions", async () => {
    const browser = stage.browser();
    const { at } = await browser.open(new URL(stage.interactions.signInLocation()), willing);
    expect(at.pathname).toBe("/account");
    expect(at.searchParams.has("code")).toBe(false);
    const visit = browser.visit(new URL(`${stage.url}/account`));
    const signedIn = await stage.interactions.signedIn(visit);
    expect(signedIn).toMatchObject({ subject: { kind: "person", person: ZHANG }, acr: "2" });

    const config = await stage.discover("portal");
    const request = await authorization(config);
    const tokens = await request.done((await browser.open(request.url, untouched)).at);
    const now = await stage.interactions.signedIn(browser.visit(new URL(`${stage.url}/account`)));
    const subject = { kind: "person", person: ZHANG } as const;
    const sessions = await stage.interactions.sessionsOf(subject, browser.visit(new URL(`${stage.url}/account`)));
    expect(sessions.filter(({ current }) => current)).toMatchObject([
      { kind: "session", id: now?.session, clients: [{ id: "portal" }] },
    ]);

    expect(await stage.interactions.endSession({ kind: "person", person: WANG }, now?.session ?? "")).toBe(false);
    expect(await stage.interactions.endSession(subject, now?.session ?? "")).toBe(true);
    expect(await stage.interactions.endSession(subject, now?.session ?? "")).toBe(false);
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect(await stage.interactions.signedIn(browser.visit(new URL(`${stage.url}/account`)))).toBeUndefined();
    expect(await stage.interactions.endAllSessions(subject)).toBeGreaterThan(0);
    expect(await stage.interactions.sessionsOf(subject)).toEqual([]);
  });
});
