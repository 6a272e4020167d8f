import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterEach, describe, expect, it } from "vitest";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { endSessionsIn } from "#functions/identity/adapters/sessions-end.ts";
import { onSessionsVoided } from "#functions/identity/consumers/on-sessions-voided.ts";
import { identityStage, origin, zhang } from "#test/support/accounts-stage.ts";
import { signIn } from "#test/support/issuer-persons.ts";
import type { Person } from "#test/support/issuer-stage.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";
import { logoutListener } from "#test/support/logout-listener.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** How sessions end: where the pages are shown, where the API is answered, and where a function dies over it. */
type Ending = "by the provider" | "by the rows" | "not at all";

/** Accounts and issuer, and two clients who want to hear of sign-outs. */
const town = async ({ level = 2, ending = "by the provider" }: { level?: 1 | 2; ending?: Ending } = {}) => {
  let issuer: IssuerStage | undefined;
  const models = memoryOidcModels();
  const accounts = identityStage({
    endSessions: async (person) => {
      if (ending === "not at all") throw new Error("died");
      if (ending === "by the rows") await endSessionsIn(models)(person);
      else await issuer?.interactions.endAllSessions({ kind: "person", person });
    },
  });
  const [web, program] = await Promise.all([logoutListener(), logoutListener()]);
  issuer = await issuerStage({
    models,
    accounts: accounts.accounts,
    clients: [
      {
        id: "portal",
        grants: ["authorization_code", "refresh_token"],
        redirectUris: [CALLBACK],
        firstParty: true,
        backchannelLogoutUri: web.url(),
      },
      {
        id: "mini-program",
        grants: ["urn:yimen:grant:password", "refresh_token"],
        firstParty: true,
        backchannelLogoutUri: program.url(),
      },
    ],
  });
  closing.push(issuer.close, web.close, program.close);
  const person = await accounts.person(zhang, level);
  const signsIn: Person = ({ prompt }) => (prompt === "sign-in" ? signIn("2", person) : undefined);
  const portal = await issuer.discover("portal");
  const request = await authorization(portal);
  const byPage = await request.done((await issuer.browser().open(request.url, signsIn)).at);
  const mini = await issuer.discover("mini-program");
  const byInterface = await client.genericGrantRequest(mini, "urn:yimen:grant:password", {
    identifier: zhang.idNumber,
    password: zhang.password,
    scope: "persons:self",
  });
  const refusedBoth = async () => {
    for (const [config, tokens] of [
      [portal, byPage],
      [mini, byInterface],
    ] as const)
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
        error: "invalid_grant",
      });
  };
  const reset = async () => {
    accounts.later(5);
    const proof = await accounts.codeFor(zhang.phone, "reset-password");
    const { phone, idNumber } = zhang;
    return accounts.accounts.resetPassword({ ...proof, phone, idNumber, wanted: "quite another one" }, origin);
  };
  const consumer = onSessionsVoided({ signOutBefore: issuer.signOutBefore });
  /** What was announced last, with a time of the issuer's clock. */
  const hearsAt = async (time: number) =>
    consumer(fromBus({ ...accounts.memory.published().at(-1), time: new Date(time).toISOString() }), context);
  const vouch = () => accounts.accounts.linkUpstream({ ...zhang, upstream: "gd", assurance: 2 }, origin);
  return { issuer, accounts, web, program, person, reset, vouch, hearsAt, signsIn, refusedBoth };
};

const SOON = () => Date.now() + 2_000;

describe("clients of someone who is signed out everywhere", () => {
  it("hear of it when the password is reset, and have nothing left that is good", async () => {
    const { issuer, web, program, person, reset, refusedBoth } = await town();
    expect(await reset()).toMatchObject({ ok: true });
    const [told] = web.tokens.map(decodeJwt);
    expect(told).toMatchObject({
      iss: issuer.issuer,
      aud: "portal",
      sub: person,
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    expect(web.tokens).toHaveLength(1);
    expect(program.tokens.map(decodeJwt)).toMatchObject([{ aud: "mini-program", sub: person }]);
    await refusedBoth();
  });

  it("are signed out though one of them fails to listen", async () => {
    const { web, program, reset, refusedBoth } = await town();
    web.answerWith(500);
    program.close();
    expect(await reset()).toMatchObject({ ok: true });
    await refusedBoth();
  });

  it("hear of it when the account is closed", async () => {
    const { accounts, web, program, person, refusedBoth } = await town();
    const closed = await accounts.accounts.closeAccount(person, { password: zhang.password }, origin);
    expect(closed.ok).toBe(true);
    expect(web.tokens).toHaveLength(1);
    expect(program.tokens).toHaveLength(1);
    await refusedBoth();
  });

  it("hear of what was ended by its rows alone, once, from the event", async () => {
    const { accounts, web, program, person, hearsAt, refusedBoth } = await town({ ending: "by the rows" });
    expect(await accounts.accounts.closeAccount(person, { password: zhang.password }, origin)).toMatchObject({
      ok: true,
    });
    await refusedBoth();
    expect([web.tokens, program.tokens]).toEqual([[], []]);
    expect(accounts.memory.published().at(-1)).toMatchObject({ data: { person, reason: "closed" } });
    for (const _ of ["once", "twice"]) expect(await hearsAt(SOON())).toEqual({ batchItemFailures: [] });
    expect(web.tokens.map(decodeJwt)).toMatchObject([{ aud: "portal", sub: person }]);
    expect(program.tokens.map(decodeJwt)).toMatchObject([{ aud: "mini-program", sub: person }]);
  });

  it("are signed out by the event when the function died that took the account from a squatter", async () => {
    const { accounts, web, program, person, vouch, hearsAt, refusedBoth } = await town({
      level: 1,
      ending: "not at all",
    });
    await expect(vouch()).rejects.toThrow("died");
    // The repeat finds the account vouched for already.
    expect(await vouch()).toMatchObject({ ok: true });
    expect(accounts.memory.published().at(-1)).toMatchObject({ data: { person, reason: "taken-over" } });
    expect(await hearsAt(SOON())).toEqual({ batchItemFailures: [] });
    await refusedBoth();
    expect([web.tokens.length, program.tokens.length]).toEqual([1, 1]);
  });

  it("are signed out by the event when the function died that changed the password by a channel", async () => {
    const { accounts, person, hearsAt, refusedBoth } = await town({ ending: "not at all" });
    const change = { current: zhang.password, wanted: "quite another one" };
    const byChannel = { ...origin, client: "mini-program" };
    await expect(accounts.accounts.changePassword(person, change, byChannel)).rejects.toThrow("died");
    expect(accounts.memory.published().at(-1)).toMatchObject({ data: { person, reason: "password-changed" } });
    expect(await hearsAt(SOON())).toEqual({ batchItemFailures: [] });
    await refusedBoth();
  });

  it("are signed out by the event when the page died that changed the password, but in the browser it was changed in", async () => {
    const { issuer, accounts, web, program, person, hearsAt, signsIn } = await town({ ending: "not at all" });
    const subject = { kind: "person", person } as const;
    const portal = await issuer.discover("portal");
    const request = await authorization(portal);
    const browser = issuer.browser();
    const { refresh_token = "" } = await request.done((await browser.open(request.url, signsIn)).at);
    const mine = (await issuer.interactions.signedIn(browser.visit(new URL(`${issuer.url}/account`))))?.session;
    const sessions = await issuer.interactions.sessionsOf(subject);
    expect(sessions.filter(({ kind }) => kind === "session")).toHaveLength(2);
    const change = { current: zhang.password, wanted: "quite another one" };
    const byPage = { source: origin.source, session: mine };
    await expect(accounts.accounts.changePassword(person, change, byPage)).rejects.toThrow("died");
    expect(accounts.memory.published().at(-1)).toMatchObject({ data: { reason: "password-changed", except: mine } });
    expect(await hearsAt(SOON())).toEqual({ batchItemFailures: [] });
    expect(await issuer.interactions.sessionsOf(subject)).toMatchObject([{ kind: "session", id: mine }]);
    expect([web.tokens.length, program.tokens.length]).toEqual([1, 1]);
    await expect(client.refreshTokenGrant(portal, refresh_token)).resolves.toHaveProperty("access_token");
  });

  it("keep the owner who signed in since", async () => {
    const { issuer, web, vouch, hearsAt, signsIn } = await town({ level: 1 });
    // In a deployed city they are answered in the next second (accounts/parts.ts, intoTheNextSecond).
    const taken = Date.now() - 1000;
    expect(await vouch()).toMatchObject({ ok: true });
    const portal = await issuer.discover("portal");
    const request = await authorization(portal);
    const tokens = await request.done((await issuer.browser().open(request.url, signsIn)).at);
    expect(await hearsAt(taken)).toEqual({ batchItemFailures: [] });
    expect(web.tokens).toHaveLength(1);
    await expect(client.refreshTokenGrant(portal, tokens.refresh_token ?? "")).resolves.toHaveProperty("access_token");
  });
});
