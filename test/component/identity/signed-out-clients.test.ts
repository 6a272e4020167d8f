import { decodeJwt } from "jose";
import * as client from "openid-client";
import { afterEach, describe, expect, it } from "vitest";
import { identityStage, origin, zhang } from "#test/support/accounts-stage.ts";
import { signIn } from "#test/support/issuer-persons.ts";
import type { Person } from "#test/support/issuer-stage.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";
import { logoutListener } from "#test/support/logout-listener.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Accounts and issuer as the function that shows the pages has them, and two clients who want to hear of sign-outs. */
const town = async () => {
  let issuer: IssuerStage | undefined;
  const accounts = identityStage({
    endSessions: async (person) => void (await issuer?.interactions.endAllSessions({ kind: "person", person })),
  });
  const [web, program] = await Promise.all([logoutListener(), logoutListener()]);
  issuer = await issuerStage({
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
  const person = await accounts.person(zhang);
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
  return { issuer, accounts, web, program, person, reset, refusedBoth };
};

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
});
