import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { signInClients } from "#test/support/issuer-clients.ts";
import { FIRM, WANG, ZHANG } from "#test/support/issuer-people.ts";
import { noted, signIn, untouched, willing } from "#test/support/issuer-persons.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage, type Person } from "#test/support/issuer-stage.ts";

let stage: IssuerStage;
beforeAll(async () => {
  stage = await issuerStage({ clients: signInClients });
});
afterAll(() => stage?.close());

describe("assurance", () => {
  it("is stepped up in the same session when an item demands more", async () => {
    const config = await stage.discover("portal");
    const browser = stage.browser();
    await browser.open((await authorization(config)).url, willing);
    const request = await authorization(config, { acr_values: "3" });
    const { seen, person } = noted();
    const { at } = await browser.open(request.url, person);
    expect(seen).toMatchObject([
      { prompt: "step-up", acr: "3", signedIn: { subject: { kind: "person", person: ZHANG }, acr: "2" } },
    ]);
    const tokens = await request.done(at);
    expect(decodeJwt(tokens.access_token).acr).toBe("3");
    expect(tokens.claims()).toMatchObject({ acr: "3", amr: ["face"] });
    const later = await authorization(config, { acr_values: "2" });
    expect((await browser.open(later.url, untouched)).at.searchParams.has("code")).toBe(true);
  });

  it("is demanded by a client for all its sign-ins, right after the sign-in", async () => {
    const request = await authorization(await stage.discover("bank"));
    const { seen, person } = noted();
    const { at } = await stage.browser().open(request.url, person);
    expect(seen.map(({ prompt }) => prompt)).toEqual(["sign-in", "step-up"]);
    expect(decodeJwt((await request.done(at)).access_token).acr).toBe("3");
  });

  it("is not reached by saying so with less, nor by signing in when a step-up was asked", async () => {
    const browser = stage.browser();
    const request = await authorization(await stage.discover("bank"));
    const { at } = await browser.open(request.url, ({ prompt }) => (prompt === "sign-in" ? signIn() : undefined));
    const visit = browser.visit(at);
    expect(
      await stage.interactions.finish(visit, { kind: "stepped-up", acr: "2", amr: ["sms"], at: 0 }),
    ).toBeUndefined();
    expect(await stage.interactions.finish(visit, signIn())).toBeUndefined();
    expect(await stage.interactions.finish(visit, { kind: "consented" })).toBeUndefined();
    const { url } = await authorization(await stage.discover("bank"), { prompt: "none" });
    expect((await browser.open(url, untouched)).at.searchParams.get("error")).toBe("unmet_authentication_requirements");
  });
});

describe("acting for others", () => {
  const forFirm = { principal: `legal:${FIRM.id}` };

  it("is chosen on the page and stands in the tokens, refreshed ones too", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config, { prompt: "principal" });
    const { at } = await stage
      .browser()
      .open(request.url, (pending) =>
        pending.prompt === "principal" ? { kind: "principal", principal: FIRM } : willing(pending),
      );
    const tokens = await request.done(at);
    const claims = { sub: ZHANG, act_for: FIRM, ground: "mandate:m-1" };
    expect(decodeJwt(tokens.access_token)).toMatchObject(claims);
    expect(tokens.claims()?.act_for).toEqual(FIRM);
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(decodeJwt(refreshed.access_token)).toMatchObject(claims);
  });

  it("is switched without a new sign-in, which ends the tokens for the one before", async () => {
    const config = await stage.discover("portal");
    const browser = stage.browser();
    const first = await authorization(config);
    const own = await first.done((await browser.open(first.url, willing)).at);
    const second = await authorization(config, forFirm);
    const theirs = await second.done((await browser.open(second.url, untouched)).at);
    expect(decodeJwt(theirs.access_token).act_for).toEqual(FIRM);
    await expect(client.refreshTokenGrant(config, own.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    const third = await authorization(config);
    const kept = await third.done((await browser.open(third.url, untouched)).at);
    expect(decodeJwt(kept.access_token).act_for).toEqual(FIRM);
  });

  it("is switched with a refresh, and stays", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config);
    const tokens = await request.done((await stage.browser().open(request.url, willing)).at);
    const switched = await client.refreshTokenGrant(config, tokens.refresh_token ?? "", forFirm);
    expect(decodeJwt(switched.access_token).act_for).toEqual(FIRM);
    const next = await client.refreshTokenGrant(config, switched.refresh_token ?? "");
    expect(decodeJwt(next.access_token).act_for).toEqual(FIRM);
  });

  it("brings back no grant that was ended meanwhile", async () => {
    const kept = memoryOidcModels();
    const ending = { now: false };
    /** Somebody signs out between the reading and the writing of the grant. */
    const models = Object.assign(
      (name: string) => {
        const model = kept(name);
        const find: typeof model.find = async (id) => {
          const found = await model.find(id);
          if (ending.now && name === "Grant") await model.destroy(id);
          return found;
        };
        return { ...model, find };
      },
      { listByAccount: kept.listByAccount },
    );
    const own = await issuerStage({
      clients: [
        { id: "portal", grants: ["authorization_code", "refresh_token"], redirectUris: [CALLBACK], firstParty: true },
      ],
      models,
    });
    try {
      const config = await own.discover("portal");
      const request = await authorization(config);
      const tokens = await request.done((await own.browser().open(request.url, willing)).at);
      ending.now = true;
      const switched = client.refreshTokenGrant(config, tokens.refresh_token ?? "", forFirm);
      await expect(switched).rejects.toMatchObject({ error: "invalid_grant" });
      expect((await kept.listByAccount(ZHANG)).filter(({ model }) => model === "Grant")).toEqual([]);
    } finally {
      await own.close();
    }
  });

  it("is refused for those who gave no mandate, and spends nothing", async () => {
    const config = await stage.discover("portal");
    const request = await authorization(config);
    const tokens = await request.done((await stage.browser().open(request.url, willing)).at);
    const refresh = tokens.refresh_token ?? "";
    const strange = client.refreshTokenGrant(config, refresh, { principal: `natural:${WANG}` });
    await expect(strange).rejects.toMatchObject({ error: "principal_not_allowed" });
    await expect(client.refreshTokenGrant(config, refresh, { principal: "legal:" })).rejects.toMatchObject({
      error: "invalid_request",
    });
    await expect(client.refreshTokenGrant(config, refresh)).resolves.toHaveProperty("access_token");
  });

  it("asks again when the named principal is not theirs", async () => {
    const config = await stage.discover("portal");
    const browser = stage.browser();
    await browser.open((await authorization(config)).url, willing);
    const request = await authorization(config, { principal: `natural:${WANG}` });
    const { at } = await browser.open(request.url, ({ prompt }) =>
      prompt === "principal" ? { kind: "principal", principal: { kind: "natural", id: WANG } } : undefined,
    );
    expect(at.pathname).toMatch(/^\/interaction\//);
    expect(await stage.interactions.pending(browser.visit(at))).toMatchObject({
      prompt: "principal",
      wantedPrincipal: { id: WANG },
    });
    const none = await authorization(config, { principal: `natural:${WANG}`, prompt: "none" });
    expect((await browser.open(none.url, untouched)).at.searchParams.get("error")).toBe("interaction_required");
  });

  it("ends with the mandate at the next refresh, and goes on for oneself", async () => {
    const own = await issuerStage({
      clients: [
        { id: "portal", grants: ["authorization_code", "refresh_token"], redirectUris: [CALLBACK], firstParty: true },
      ],
    });
    try {
      const config = await own.discover("portal");
      const request = await authorization(config, forFirm);
      const tokens = await request.done((await own.browser().open(request.url, willing)).at);
      own.people.revokeMandates();
      const refresh = tokens.refresh_token ?? "";
      await expect(client.refreshTokenGrant(config, refresh)).rejects.toMatchObject({ error: "principal_not_allowed" });
      const oneself = await client.refreshTokenGrant(config, refresh, { principal: `natural:${ZHANG}` });
      expect(decodeJwt(oneself.access_token).act_for).toEqual({ kind: "natural", id: ZHANG });
    } finally {
      await own.close();
    }
  });
});

describe("consent", () => {
  const shop = async (parameters: Record<string, string> = {}) =>
    authorization(await stage.discover("shop"), {
      redirect_uri: "https://shop.example/cb",
      scope: "openid profile persons:self messages:read",
      ...parameters,
    });

  it("is asked by others' clients once, and what was refused is not given", async () => {
    const browser = stage.browser();
    const request = await shop();
    const { seen, person } = noted((pending) =>
      pending.prompt === "consent"
        ? { kind: "consented", refusedScopes: ["messages:read", "profile"] }
        : willing(pending),
    );
    const { at } = await browser.open(request.url, person);
    expect(seen.map(({ prompt }) => prompt)).toEqual(["sign-in", "consent"]);
    expect(seen[1]?.scopes).toEqual(["openid", "profile", "persons:self", "messages:read"]);
    const tokens = await request.done(at);
    expect(tokens.scope).toBe("persons:self");
    expect(tokens.claims()).not.toHaveProperty("name");
    const again = await shop();
    expect((await browser.open(again.url, untouched)).at.searchParams.has("code")).toBe(true);
  });

  it("is asked by our own app, when nobody would have touched anything", async () => {
    const browser = stage.browser();
    await browser.open((await authorization(await stage.discover("portal"))).url, willing);
    const request = await authorization(await stage.discover("app"), { redirect_uri: "cn.gov.yimen:/cb" });
    const { seen, person } = noted();
    const { at } = await browser.open(request.url, person);
    expect(seen.map(({ prompt }) => prompt)).toEqual(["consent"]);
    expect(seen[0]?.formTargets).toEqual(["cn.gov.yimen:"]);
    expect(await request.done(at)).toHaveProperty("refresh_token");
  });

  it("shows personal data unmasked only with the scope and a purpose, which is logged", async () => {
    const config = await stage.discover("portal");
    const scope = "openid profile phone personal:read";
    const without = await authorization(config, { scope });
    expect((await stage.browser().open(without.url, untouched)).at.searchParams.get("error")).toBe("invalid_request");

    const request = await authorization(config, { scope, purpose: "预填申请表" });
    const tokens = await request.done((await stage.browser().open(request.url, willing)).at);
    expect(tokens.claims()).toMatchObject({ name: "张三", phone_number: "13800000000" });
    expect(stage.people.readings).toContainEqual({ client: "portal", purpose: "预填申请表" });

    const masked = await authorization(config, { scope: "openid profile phone", purpose: "预填申请表" });
    const less = await masked.done((await stage.browser().open(masked.url, willing)).at);
    expect(less.claims()).toMatchObject({ name: "张*", phone_number: "138****0000" });
  });
});

describe("staff", () => {
  const asStaff: Person = ({ prompt }) =>
    prompt === "sign-in"
      ? { kind: "signed-in", subject: { kind: "staff", staff: "sd-zr-0102" }, acr: "2", amr: ["pwd", "otp"] }
      : undefined;

  it("have tokens with their roles, and only the scopes their roles hold", async () => {
    const request = await authorization(await stage.discover("desk"), { scope: "openid counter:assist staff:manage" });
    const tokens = await request.done((await stage.browser().open(request.url, asStaff)).at);
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      sub: "staff:sd-zr-0102",
      staff: "sd-zr-0102",
      roles: "clerk",
      department: "11440606MB2D26310W",
      division: "440606",
      acr: "2",
      scope: "counter:assist",
    });
    expect(decodeJwt(tokens.access_token)).not.toHaveProperty("act_for");
  });

  it("do not sign in where persons do, nor persons where staff do", async () => {
    for (const [id, person] of [
      ["portal", asStaff],
      ["desk", willing],
    ] as const) {
      const { at } = await stage.browser().open((await authorization(await stage.discover(id))).url, person);
      expect(at.pathname).toMatch(/^\/interaction\//);
    }
    const browser = stage.browser();
    await browser.open((await authorization(await stage.discover("portal"))).url, willing);
    const { url } = await authorization(await stage.discover("desk"), { prompt: "none" });
    expect((await browser.open(url, untouched)).at.searchParams.get("error")).toBe("login_required");
  });
});
