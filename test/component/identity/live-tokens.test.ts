import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { authorizer } from "#functions/identity/authorizer.ts";
import {
  clerk,
  type IdentityStage,
  identityStage,
  justNow,
  li,
  personScopesText,
  zhang,
} from "#test/support/accounts-stage.ts";
import { nobodyKnown } from "#test/support/nobody-known.ts";

const issuer = "https://api.example/oidc";
const invalid = { refusal: "request.token-invalid" };
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
  pair = await generateKeyPair("ES256", { extractable: true });
});

const verdictOn = async (claims: object, stage?: IdentityStage) => {
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "ES256" }] });
  const token = await new SignJWT({
    client_id: "portal",
    scope: `${personScopesText} applications:decide staff:manage`,
    ...claims,
  })
    .setIssuer(issuer)
    .setAudience("urn:yimen:api")
    .setExpirationTime("15m")
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k" })
    .sign(pair.privateKey);
  const live = stage ? { live: stage.live, applicants: stage.applicants, now: stage.clock } : nobodyKnown;
  return (await authorizer({ issuer, keys, ...live })({ headers: { authorization: `Bearer ${token}` } })).context;
};

describe("a person's token", () => {
  const person = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
  const other = { kind: "natural", id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9E" };

  it.each([
    ["persons:self", 1],
    ["applications:read persons:self", 1],
  ])(
    "for oneself carries what persons may do and nothing more, for one look at the account: %s",
    async (scope, reads) => {
      const stage = identityStage();
      const self = await stage.person();
      const find = vi.spyOn(stage.rows, "find");
      const actFor = { kind: "natural", id: self };
      const verdict = await verdictOn({ sub: self, act_for: actFor, acr: "2", scope: `${scope} staff:manage` }, stage);
      expect(verdict).toMatchObject({ client: "portal", scopes: scope, person: self, actFor, acr: "2" });
      expect(find).toHaveBeenCalledTimes(reads);
    },
  );

  it.each([
    ["for another without a ground", { act_for: other }],
    ["with a ground of no kind", { act_for: other, ground: "friend" }],
    ["for oneself with a ground", { act_for: { kind: "natural", id: person }, ground: "member" }],
    ["with a ground and no principal", { ground: "member" }],
    ["with a helper and no visit", { act_for: { kind: "natural", id: person }, helper: "sd-zr-0102" }],
    ["with a mandate that nobody gave", { act_for: other, ground: `mandate:${person}` }],
    ["with a guardianship that is none", { act_for: other, ground: "guardian" }],
    ["that is staff's at the same time", { act_for: { kind: "natural", id: person }, staff: "sd-zr-0102" }],
  ])("%s is not taken", async (_what, claims) => {
    expect(await verdictOn({ sub: person, ...claims }, identityStage())).toEqual(invalid);
    expect(await verdictOn({ sub: person, ...claims })).toEqual(invalid);
  });

  it("dies with the mandate it rests on, at once", async () => {
    const stage = identityStage();
    const boss = await stage.person(zhang);
    const agent = await stage.person(li);
    const granted = await stage.accounts.grantMandate(justNow(boss), {
      id: "01KB0M6A4B5C6D7E8F9G0H1J2K",
      fingerprint: "f",
      principal: { kind: "natural", id: boss },
      agent,
      scope: "all",
      validUntil: "2027-01-01T00:00:00.000Z",
    });
    expect(granted.ok).toBe(true);
    const acting = await stage.accounts.mayActFor(agent, { kind: "natural", id: boss });
    const claims = acting.ok ? acting.value.claims : {};
    expect(await verdictOn(claims, stage)).toMatchObject({ person: agent, actFor: { id: boss } });
    await stage.accounts.revokeMandate(boss, "01KB0M6A4B5C6D7E8F9G0H1J2K");
    expect(await verdictOn(claims, stage)).toEqual(invalid);
  });

  it("under a visit dies when the visit ends", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const opened = await stage.accounts.openCounterSession(clerk.staff, li, { source: "192.0.2.1" });
    const id = opened.ok ? opened.value.id : "";
    const claims = await stage.accounts.counterClaims(clerk.staff, id);
    const carried = claims.ok ? claims.value : {};
    expect(await verdictOn(carried, stage)).toMatchObject({ helper: clerk.staff, counter: id });
    expect(await verdictOn({ ...carried, helper: "sd-zr-0999" }, stage)).toEqual(invalid);
    await stage.accounts.endCounterSession(clerk.staff, id);
    expect(await verdictOn(carried, stage)).toEqual(invalid);
  });

  it("under a visit dies when the clerk's password is set: another may have had it", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const opened = await stage.accounts.openCounterSession(clerk.staff, li, { source: "192.0.2.1" });
    const claims = await stage.accounts.counterClaims(clerk.staff, opened.ok ? opened.value.id : "");
    const iat = Math.floor(Date.parse(stage.clock()) / 1000);
    const carried = { ...(claims.ok ? claims.value : {}), iat };
    expect(await verdictOn(carried, stage)).toMatchObject({ helper: clerk.staff });
    await stage.staff.save({ ...clerk, version: 2 }, stage.clock(), "password-set");
    expect(await verdictOn(carried, stage)).toEqual(invalid);
    expect(await verdictOn({ ...carried, iat: iat + 1 }, stage)).toMatchObject({ helper: clerk.staff });
  });

  it.each([
    ["leaves", { roles: [] }],
    ["is no longer a clerk", { roles: ["officer"] }],
    ["is moved to another department", { department: "11440606MB2D0123XA" }],
  ] as const)("under a visit dies when the clerk %s", async (_what, change) => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const opened = await stage.accounts.openCounterSession(clerk.staff, li, { source: "192.0.2.1" });
    const claims = await stage.accounts.counterClaims(clerk.staff, opened.ok ? opened.value.id : "");
    const carried = claims.ok ? claims.value : {};
    expect(await verdictOn(carried, stage)).toMatchObject({ helper: clerk.staff });
    await stage.staff.save(
      { ...clerk, ...change, roles: [...("roles" in change ? change.roles : clerk.roles)], version: 2 },
      stage.clock(),
    );
    expect(await verdictOn(carried, stage)).toEqual(invalid);
  });
});

describe("a token of staff", () => {
  const { department, division, staff } = clerk;
  const claims = { sub: `staff:${staff}`, staff, department, division, roles: "clerk operator", acr: "2" };
  const scope = "counter:assist staff:manage payments:reconcile persons:self identity:verify";
  const put = (stage: IdentityStage, row: object) =>
    stage.rows.save(
      { pk: `staff#${staff}`, sk: "current", version: 1, department, division, roles: ["clerk"], ...row },
      [],
    );

  it("carries the roles that they still have, and what those may do", async () => {
    const stage = identityStage();
    await put(stage, {});
    expect(await verdictOn({ ...claims, scope }, stage)).toMatchObject({
      staff,
      roles: ["clerk"],
      scopes: "counter:assist",
      department,
    });
  });

  it("tells which account they have as a person, where their appointment says it", async () => {
    const stage = identityStage();
    await put(stage, { person: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" });
    const verdict = await verdictOn({ ...claims, scope }, stage);
    expect(verdict).toMatchObject({ staff, staffPerson: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D" });
    expect(verdict).not.toHaveProperty("person");
  });

  it.each([
    ["who left", { roles: [] }],
    ["who was moved to another department", { department: "11440606MB2D0123XA" }],
    ["who was moved to another division", { division: "440605" }],
    ["whose roles are all other", { roles: ["officer"] }],
  ])("%s is not taken, from that moment", async (_what, row) => {
    const stage = identityStage();
    await put(stage, {});
    await stage.rows.save(
      { ...(await stage.rows.find(`staff#${staff}`)), pk: `staff#${staff}`, sk: "current", ...row, version: 2 },
      [],
    );
    expect(await verdictOn({ ...claims, scope }, stage)).toEqual(invalid);
  });
});
