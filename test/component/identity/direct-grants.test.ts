import { decodeJwt, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokenClients } from "#test/support/issuer-clients.ts";
import { FIRM, PASSWORD, WANG, ZHANG } from "#test/support/issuer-people.ts";
import { signedIn } from "#test/support/issuer-persons.ts";
import { type IssuerStage, issuerStage } from "#test/support/issuer-stage.ts";

let stage: IssuerStage;

beforeAll(async () => {
  stage = await issuerStage({
    clients: tokenClients({ keys: [{ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }] }),
  });
});
afterAll(async () => {
  await stage?.close();
});

describe("sign-in by interface", () => {
  const byPassword = async (parameters: Record<string, string> = {}) =>
    client.genericGrantRequest(await stage.discover("mini-program"), "urn:yimen:grant:password", {
      identifier: "zhang",
      password: PASSWORD,
      scope: "openid profile persons:self",
      ...parameters,
    });
  const byCode = async (parameters: Record<string, string>) =>
    client.genericGrantRequest(await stage.discover("mini-program"), "urn:yimen:grant:phone-code", {
      scope: "persons:self",
      ...parameters,
    });

  it("gives the same tokens as a page would, for a password", async () => {
    const tokens = await byPassword();
    const { payload } = await jwtVerify(tokens.access_token, stage.keys(), {
      audience: "urn:yimen:api",
      typ: "at+jwt",
    });
    expect(payload).toMatchObject({
      sub: ZHANG,
      client_id: "mini-program",
      scope: "persons:self",
      act_for: { kind: "natural", id: ZHANG },
      acr: "2",
      channel: "mobile",
    });
    expect(tokens.claims()).toMatchObject({ sub: ZHANG, aud: "mini-program", name: "张*", acr: "2", amr: ["pwd"] });
    const config = await stage.discover("mini-program");
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "", { principal: `legal:${FIRM.id}` });
    expect(decodeJwt(next.access_token)).toMatchObject({ act_for: FIRM, ground: "mandate:m-1", acr: "2" });
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(client.refreshTokenGrant(config, next.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it("tells the accounts whence it came, as far as the channel knows", async () => {
    await byPassword();
    expect(stage.people.origins.at(-1)).toEqual({ source: "127.0.0.1", client: "mini-program", channel: "mobile" });
    await byPassword({ source: "203.0.113.9" });
    expect(stage.people.origins.at(-1)).toMatchObject({ source: "203.0.113.9" });
  });

  it("writes a grant and a refresh token, no more", async () => {
    stage.writes.length = 0;
    await byPassword();
    expect(stage.writes).toEqual(["put Grant", "put RefreshToken"]);
  });

  it("acts for whom is named, if that may be", async () => {
    const tokens = await byPassword({ principal: `legal:${FIRM.id}` });
    expect(decodeJwt(tokens.access_token).act_for).toEqual(FIRM);
    await expect(byPassword({ principal: `natural:${WANG}` })).rejects.toMatchObject({
      error: "principal_not_allowed",
    });
  });

  it("gives tokens for a phone code, and lets someone choose who has a phone with others", async () => {
    const tokens = await byCode({ challenge: "c-1", code: "123456", phone: "13800000000" });
    expect(decodeJwt(tokens.access_token).sub).toBe(ZHANG);
    const shared = byCode({ challenge: "c-1", code: "123456", phone: "13900000000" });
    const { error, cause } = await shared.then(
      () => ({ error: undefined, cause: undefined }),
      (refusal: client.ResponseBodyError) => refusal,
    );
    expect(error).toBe("account_selection_required");
    expect(cause).toMatchObject({ challenge: "c-2", accounts: [{ person: ZHANG, name: "张*" }, { person: WANG }] });
    const chosen = await byCode({ challenge: "c-2", person: WANG });
    expect(decodeJwt(chosen.access_token).sub).toBe(WANG);
  });

  it.each([
    ["a wrong password", { password: "wrong" }, "invalid_grant"],
    ["an unknown name", { identifier: "nobody" }, "invalid_grant"],
    ["no password", { password: "" }, "invalid_request"],
    ["a scope that is for clients alone", { scope: "persons:contact" }, "invalid_scope"],
    ["unmasked data without a purpose", { scope: "openid profile personal:read" }, "invalid_request"],
    ["unmasked data for an empty purpose", { scope: "openid personal:read", purpose: " " }, "invalid_request"],
  ])("refuses %s", async (_what, parameters, error) => {
    await expect(byPassword(parameters)).rejects.toMatchObject({ error });
  });

  it("answers a wrong password and an unknown name alike", async () => {
    const answers = await Promise.all(
      ([{ password: "wrong" }, { identifier: "nobody" }] as Record<string, string>[]).map((parameters) =>
        byPassword(parameters).catch(({ status, cause }) => ({ status, cause })),
      ),
    );
    expect(answers[0]).toEqual(answers[1]);
  });

  it("is refused to clients that are not registered for it, and says no more", async () => {
    const config = await stage.discover("portal");
    const grant = client.genericGrantRequest(config, "urn:yimen:grant:password", {
      identifier: "zhang",
      password: PASSWORD,
    });
    await expect(grant).rejects.toMatchObject({ error: "invalid_request" });
    const own = await client.clientCredentialsGrant(await stage.discover("mini-program"), {
      scope: "applications:read",
    });
    expect(decodeJwt(own.access_token)).not.toHaveProperty("act_for");
  });

  it("answers 429 when there were too many attempts", async () => {
    const busy = await issuerStage({
      clients: [{ id: "mini-program", grants: ["urn:yimen:grant:password"], firstParty: true }],
    });
    busy.people.limit();
    try {
      const grant = client.genericGrantRequest(await busy.discover("mini-program"), "urn:yimen:grant:password", {
        identifier: "zhang",
        password: PASSWORD,
      });
      await expect(grant).rejects.toMatchObject({ status: 429, error: "too_many_attempts" });
    } finally {
      await busy.close();
    }
  });
});

describe("a visit at the counter", () => {
  const clerk = () => signedIn(stage, "counter", { scope: "openid counter:assist" });
  const visit = async (config: client.Configuration, clerk_token: string, session = "visit-1") =>
    client.genericGrantRequest(config, "urn:yimen:grant:counter-session", {
      clerk_token,
      session,
      scope: "persons:self",
    });

  it("has tokens of the applicant that name the helper, and nothing to refresh them with", async () => {
    const { config, tokens } = await clerk();
    stage.writes.length = 0;
    const given = await visit(config, tokens.access_token);
    expect(decodeJwt(given.access_token)).toMatchObject({
      sub: ZHANG,
      act_for: { kind: "natural", id: ZHANG },
      helper: "sd-zr-0102",
      counter: "visit-1",
      channel: "window",
      scope: "persons:self",
    });
    expect(decodeJwt(given.access_token)).not.toHaveProperty("staff");
    expect(given).not.toHaveProperty("refresh_token");
    expect(given).not.toHaveProperty("id_token");
    expect(stage.writes).toEqual([]);
  });

  it.each([
    ["an applicant's own token", async () => (await signedIn(stage, "spa")).tokens.access_token],
    ["an id token of the clerk", async () => (await clerk()).tokens.id_token ?? ""],
    ["no token at all", async () => "nothing"],
    [
      "an unsigned token",
      async () => {
        const [, payload] = (await clerk()).tokens.access_token.split(".");
        return `${Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url")}.${payload}.`;
      },
    ],
  ])("is refused with %s", async (_what, token) => {
    await expect(visit(await stage.discover("counter"), await token())).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  it("is refused with a token of the clerk from before their password was set", async () => {
    const { config, tokens } = await clerk();
    expect((await visit(config, tokens.access_token)).access_token).toBeDefined();
    stage.people.takeOver("sd-zr-0102");
    await expect(visit(config, tokens.access_token)).rejects.toMatchObject({ error: "invalid_grant" });
    stage.people.giveBack("sd-zr-0102");
  });

  it("is refused through another client, and when it is over", async () => {
    const { config, tokens } = await clerk();
    await expect(visit(await stage.discover("other-counter"), tokens.access_token)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    await expect(visit(config, tokens.access_token, "visit-2")).rejects.toMatchObject({ error: "invalid_grant" });
  });
});
