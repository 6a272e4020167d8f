import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoOidcModels } from "#functions/identity/adapters/dynamo-oidc-models.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { endSessionsIn } from "#functions/identity/adapters/sessions-end.ts";
import type { GrantAdapter } from "#functions/identity/issuer/grants.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { PASSWORD, ZHANG } from "#test/support/issuer-people.ts";
import { authorization, CALLBACK, type IssuerStage, issuerStage, type Person } from "#test/support/issuer-stage.ts";
import { observe, type Sent } from "#test/support/observed-client.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;

interface Subject {
  readonly models: ReturnType<typeof memoryOidcModels>;
  /** Commands sent; none in memory. */
  readonly sent: Sent[];
}

const inMemory = async (now: () => number = Date.now): Promise<Subject> => ({
  models: memoryOidcModels(now),
  sent: [],
});

const onDynamo = async (now: () => number = Date.now): Promise<Subject> => {
  const documents = ownDocuments();
  const TableName = `issuer-${++tables}`;
  await createDeployedTable(documents, TableName, (scope) => new IdentityData(scope, local));
  const sent = observe(documents);
  return { models: dynamoOidcModels(documents, TableName, now), sent };
};

const signIn: Person = ({ prompt }) =>
  prompt === "sign-in"
    ? { kind: "signed-in", subject: { kind: "person", person: ZHANG }, acr: "2", amr: ["pwd"] }
    : undefined;

describe.each([
  ["in memory", inMemory],
  ["on DynamoDB", onDynamo],
])("the issuer's models %s", (where, create) => {
  it("list an account's sessions and grants, while they last", async () => {
    let time = 1_800_000_000_000;
    const { models } = await create(() => time);
    await models("Session").upsert("s", { jti: "s", uid: "u", accountId: "p" }, 60);
    await models("Session").upsert("anonymous", { jti: "anonymous", uid: "v" }, 60);
    await models("Grant").upsert("g", { jti: "g", accountId: "p", clientId: "c" }, 120);
    await models("Grant").upsert("h", { jti: "h", accountId: "q", clientId: "c" }, 120);
    await models("AuthorizationCode").upsert("a", { grantId: "g", accountId: "p" }, 120);
    const listed = async () =>
      (await models.listByAccount("p")).map(({ model, payload }) => [model, payload.jti]).sort();
    expect(await listed()).toEqual([
      ["Grant", "g"],
      ["Session", "s"],
    ]);
    time += 61_000;
    expect(await listed()).toEqual([["Grant", "g"]]);
    await models("Grant").destroy("g");
    expect(await listed()).toEqual([]);
  });

  it("do not bring back a grant that ended while it was being changed", async () => {
    const { models } = await create();
    const grants = models("Grant") as GrantAdapter;
    await grants.upsert("g", { jti: "g", accountId: "p", clientId: "c" }, 60);
    await grants.replace("g", { jti: "g", accountId: "p", clientId: "c", rar: [] }, 60);
    expect(await grants.find("g")).toMatchObject({ rar: [] });
    await grants.destroy("g");
    const late = grants.replace("g", { jti: "g", accountId: "p", clientId: "c" }, 60);
    await expect(late).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await models.listByAccount("p")).toEqual([]);
  });

  it("find by account whom nobody has told that it ended", async () => {
    const { models } = await create();
    await models("Session").upsert("s", { jti: "s", accountId: "p", authorizations: { c: { sid: "1" } } }, 60);
    await models("Grant").upsert("g", { jti: "g", accountId: "p", clientId: "d" }, 60);
    for (const _ of ["once", "twice"]) await endSessionsIn(models)("p");
    const left = (await models.listByAccount("p")).map(({ model, payload }) => [model, payload.clientId, payload.sid]);
    expect(left.sort()).toEqual([
      ["SignedOut", "c", "1"],
      ["SignedOut", "d", undefined],
    ]);
  });

  it("end the grant of a code or token that two use, with all that came of it", async () => {
    const { models } = await create();
    await models("Grant").upsert("g", { jti: "g", accountId: "p" }, 60);
    await models("Grant").upsert("h", { jti: "h", accountId: "p" }, 60);
    await models("RefreshToken").upsert("a", { grantId: "g" }, 60);
    await models("RefreshToken").upsert("b", { grantId: "g" }, 60);
    await models("RefreshToken").upsert("c", { grantId: "h" }, 60);
    await models("RefreshToken").consume("a");
    expect(await models("RefreshToken").find("b")).toBeDefined();
    await expect(models("RefreshToken").consume("a")).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await models("Grant").find("g")).toBeUndefined();
    expect(await models("RefreshToken").find("b")).toBeUndefined();
    expect(await models("Grant").find("h")).toBeDefined();
    expect(await models("RefreshToken").find("c")).toBeDefined();
  });

  it("keep an interaction when the grant it began with ends", async () => {
    const { models } = await create();
    await models("Interaction").upsert("i", { grantId: "g" }, 60);
    await models("RefreshToken").revokeByGrantId("g");
    expect(await models("Interaction").find("i")).toEqual({ grantId: "g" });
  });

  it("take the id of an assertion once while it is good, whoever else brings it", async () => {
    let time = 1_800_000_000_000;
    const { models } = await create(() => time);
    const bring = () => models("ReplayDetection").upsert("once", { iss: "land-bureau" }, 60);
    const all = await Promise.allSettled([bring(), bring(), bring()]);
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(all.find(({ status }) => status === "rejected")).toMatchObject({ reason: { error: "invalid_client" } });
    time += 61_000;
    await expect(bring()).resolves.toBeUndefined();
  });

  describe("through a whole sign-in", () => {
    let stage: IssuerStage;
    let sent: Sent[];
    beforeAll(async () => {
      const subject = await create();
      sent = subject.sent;
      stage = await issuerStage({
        models: subject.models,
        clients: [
          { id: "portal", grants: ["authorization_code", "refresh_token"], redirectUris: [CALLBACK], firstParty: true },
          { id: "mini-program", grants: ["urn:yimen:grant:password", "refresh_token"], firstParty: true },
          {
            id: "terminal",
            grants: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
            authentication: "none",
            firstParty: true,
          },
        ],
      });
    });
    afterAll(() => stage?.close());

    const signedIn = async (browser = stage.browser()) => {
      const config = await stage.discover("portal");
      const request = await authorization(config, { scope: "openid persons:self" });
      const { at } = await browser.open(request.url, signIn);
      return { browser, config, request, at, tokens: await request.done(at) };
    };
    const refused = { error: "invalid_grant" };

    it("writes at most 8 times, and 2 at a refresh", async () => {
      const writesIn = async (work: () => Promise<unknown>) => {
        stage.writes.length = 0;
        sent.length = 0;
        await work();
        const commands = sent.filter(({ command }) => /^(Put|Update|Delete|Batch|Transact)/.test(command));
        if (where === "on DynamoDB") expect(commands.length).toBe(stage.writes.length);
        return stage.writes.length;
      };
      let last: Awaited<ReturnType<typeof signedIn>> | undefined;
      expect(
        await writesIn(async () => {
          last = await signedIn();
        }),
      ).toBeLessThanOrEqual(8);
      const { config, tokens } = last ?? (await signedIn());
      expect(await writesIn(() => client.refreshTokenGrant(config, tokens.refresh_token ?? ""))).toBeLessThanOrEqual(2);
      const byPassword = async () =>
        client.genericGrantRequest(await stage.discover("mini-program"), "urn:yimen:grant:password", {
          identifier: "zhang",
          password: PASSWORD,
        });
      expect(await writesIn(byPassword)).toBeLessThanOrEqual(2);
    });

    it("revokes what a replayed code gave, and a reused refresh token's family", async () => {
      const replayed = await signedIn();
      await expect(replayed.request.done(replayed.at)).rejects.toMatchObject(refused);
      await expect(
        client.refreshTokenGrant(replayed.config, replayed.tokens.refresh_token ?? ""),
      ).rejects.toMatchObject(refused);

      const { config, tokens } = await signedIn();
      const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? "");
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject(refused);
      await expect(client.refreshTokenGrant(config, next.refresh_token ?? "")).rejects.toMatchObject(refused);
    });

    it("leaves nothing good of a refresh token that many use at the same instant", async () => {
      const { config, tokens } = await signedIn();
      const uses = await Promise.allSettled(
        [1, 2, 3, 4].map(() => client.refreshTokenGrant(config, tokens.refresh_token ?? "")),
      );
      const given = uses.flatMap((one) => (one.status === "fulfilled" ? [one.value.refresh_token ?? ""] : []));
      expect(given.length).toBeLessThanOrEqual(1);
      for (const token of given) await expect(client.refreshTokenGrant(config, token)).rejects.toMatchObject(refused);
    });

    it("lists the session and ends it", async () => {
      const { browser, config, tokens } = await signedIn();
      const visit = browser.visit(new URL(`${stage.url}/account`));
      const current = await stage.interactions.signedIn(visit);
      const subject = { kind: "person", person: ZHANG } as const;
      const sessions = await stage.interactions.sessionsOf(subject, visit);
      expect(sessions.find((one) => one.current)).toMatchObject({ id: current?.session, clients: [{ id: "portal" }] });
      expect(await stage.interactions.endSession(subject, current?.session ?? "")).toBe(true);
      expect(await stage.interactions.signedIn(visit)).toBeUndefined();
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject(refused);
    });

    it("lets a terminal in by its code", async () => {
      const config = await stage.discover("terminal");
      const device = await client.initiateDeviceAuthorization(config, { scope: "openid persons:self" });
      const { browser } = await signedIn();
      const { response } = await browser.open(new URL(`${stage.issuer}/device`), signIn);
      const { response: confirm } = await browser.submit(
        (await response?.text()) ?? "",
        { user_code: device.user_code },
        signIn,
      );
      await browser.submit((await confirm?.text()) ?? "", {}, signIn);
      const poll = () =>
        client.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:device_code", {
          device_code: device.device_code,
        });
      const tokens = await poll();
      expect(tokens.claims()?.sub).toBe(ZHANG);
      await expect(poll()).rejects.toMatchObject(refused);
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject(refused);
    });
  });
});
