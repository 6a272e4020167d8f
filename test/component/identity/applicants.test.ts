import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { lazyCipher } from "#functions/identity/adapters/lazy-cipher.ts";
import { authorizer } from "#functions/identity/authorizer.ts";
import { Verdict } from "#shared/contracts/http/caller.ts";
import { ItemCode } from "#shared/contracts/http/catalogue/item.ts";
import { clerk, type IdentityStage, identityStage, justNow, li, wang, zhang } from "#test/support/accounts-stage.ts";

const issuer = "https://api.example/oidc";
const invalid = { refusal: "request.token-invalid" };
const uscc = "91440300708461136T";
const item = ItemCode.parse("11440606MB2D26310W244010400100101");
let pair: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
  pair = await generateKeyPair("ES256", { extractable: true });
});

const verdictOn = async (
  stage: IdentityStage,
  claims: object,
  scope = "applications:submit",
  applicants: IdentityStage["applicants"] | undefined = stage.applicants,
) => {
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "ES256" }] });
  const token = await new SignJWT({ client_id: "portal", channel: "portal", scope, ...claims })
    .setIssuer(issuer)
    .setAudience("urn:yimen:api")
    .setExpirationTime("15m")
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k" })
    .sign(pair.privateKey);
  const handle = authorizer({ issuer, keys, live: stage.live, applicants, now: stage.clock });
  const { context } = await handle({ headers: { authorization: `Bearer ${token}` } });
  expect(Verdict.safeParse(context).success).toBe(true);
  return context;
};

const forThemselves = (person: string, more: object = {}) => ({
  sub: person,
  act_for: { kind: "natural", id: person },
  acr: "2",
  ...more,
});

const claimsOf = async (stage: IdentityStage, person: string, principal: { kind: "natural" | "legal"; id: string }) => {
  const acting = await stage.accounts.mayActFor(person, principal);
  if (!acting.ok) throw new Error(acting.refusal.code);
  return acting.value.claims;
};

const mandated = async (stage: IdentityStage, scope: "all" | readonly string[]) => {
  const boss = await stage.person(zhang);
  const agent = await stage.person(li);
  const principal = { kind: "natural", id: boss } as const;
  const granted = await stage.accounts.grantMandate(justNow(boss), {
    id: "01KB0M6A4B5C6D7E8F9G0H1J2K",
    fingerprint: "f",
    principal,
    agent,
    scope,
    validUntil: "2027-01-01T00:00:00.000Z",
  });
  if (!granted.ok) throw new Error(granted.refusal.code);
  return claimsOf(stage, agent, principal);
};

const { name, idNumber, phone } = zhang;

describe("the applicant that a person's token stands for", () => {
  it.each(["applications:submit", "applications:read", "persons:self applications:read"])(
    "is who the account says, for %s",
    async (scope) => {
      const stage = identityStage();
      const verdict = await verdictOn(stage, forThemselves(await stage.person(zhang)), scope);
      expect(verdict).toMatchObject({ applicant: { kind: "natural", name, idNumber, phone } });
    },
  );

  it("is not read for what has nothing to do with applications", async () => {
    const stage = identityStage();
    const find = vi.spyOn(stage.applicants, "find");
    const verdict = await verdictOn(stage, forThemselves(await stage.person(zhang)), "persons:self mandates:manage");
    expect(verdict).not.toHaveProperty("applicant");
    expect(find).not.toHaveBeenCalled();
  });

  it("is as the account is now, not as it was when the token was issued", async () => {
    const stage = identityStage();
    const person = await stage.person(zhang);
    const proof = await stage.codeFor("13512345678", "change-phone");
    await stage.accounts.changePhone(
      justNow(person),
      { phone: "13512345678", ...proof, current: zhang.password },
      { source: "192.0.2.1" },
    );
    expect(await verdictOn(stage, forThemselves(person))).toMatchObject({ applicant: { phone: "13512345678" } });
  });

  it("is nobody's once the account is closed", async () => {
    const stage = identityStage();
    const person = await stage.person(zhang);
    await stage.accounts.closeAccount(person, { password: zhang.password }, { source: "192.0.2.1" });
    expect(await verdictOn(stage, forThemselves(person))).toEqual(invalid);
    expect(await verdictOn(stage, forThemselves("01KB0M5Q2W8ZC3T7N4XJ6VHR9D"))).toEqual(invalid);
  });

  it("is the principal under a mandate, and never the agent", async () => {
    const stage = identityStage();
    const verdict = await verdictOn(stage, await mandated(stage, "all"));
    expect(verdict).toMatchObject({ applicant: { kind: "natural", name, idNumber, phone } });
    expect(verdict).not.toHaveProperty("items");
  });

  it("comes with the items that a limited mandate covers", async () => {
    const stage = identityStage();
    const claims = await mandated(stage, [item]);
    expect(await verdictOn(stage, claims)).toMatchObject({ applicant: { idNumber }, items: [item] });
    expect(await verdictOn(stage, claims, "payments:pay")).toMatchObject({ items: [item] });
  });

  it("cannot be had by a token that names more items, or another principal, than its mandate", async () => {
    const stage = identityStage();
    const claims = await mandated(stage, [item]);
    expect(await verdictOn(stage, { ...claims, items: ["all"], scope: "applications:submit" })).toMatchObject({
      items: [item],
    });
    const other = await stage.person(wang);
    expect(await verdictOn(stage, { ...claims, act_for: { kind: "natural", id: other } })).toEqual(invalid);
  });

  it("is the organisation for its member", async () => {
    const stage = identityStage();
    const boss = await stage.person(zhang);
    const company = { uscc, name: "示例科技有限公司", kind: "enterprise" as const };
    await stage.accounts.registerOrganisation(justNow(boss), { ...company, representative: { name, idNumber } });
    const verdict = await verdictOn(stage, await claimsOf(stage, boss, { kind: "legal", id: uscc }));
    expect(verdict).toMatchObject({ applicant: { kind: "legal", name: company.name, idNumber: uscc } });
    expect(verdict).not.toHaveProperty("applicant.phone");
  });

  it("is the child for its guardian", async () => {
    const stage = identityStage();
    const mother = await stage.person(zhang);
    const child = await stage.ward(mother);
    const verdict = await verdictOn(stage, await claimsOf(stage, mother, { kind: "natural", id: child }));
    expect(verdict).toMatchObject({ applicant: { kind: "natural", name: "小明" }, ground: "guardian" });
  });

  it("is the visitor at the counter, and not the one before them", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const visitOf = async (visitor: typeof li) => {
      const opened = await stage.accounts.openCounterSession(clerk.staff, visitor, { source: "192.0.2.1" });
      const claims = opened.ok ? await stage.accounts.counterClaims(clerk.staff, opened.value.id) : undefined;
      if (!claims?.ok) throw new Error("the visit was not opened");
      return claims.value;
    };
    const first = await visitOf(li);
    expect(await verdictOn(stage, first)).toMatchObject({ applicant: { idNumber: li.idNumber } });
    await stage.accounts.endCounterSession(clerk.staff, first.counter ?? "");
    const second = await visitOf(wang);
    expect(await verdictOn(stage, second)).toMatchObject({ applicant: { idNumber: wang.idNumber } });
    expect(await verdictOn(stage, first)).toEqual(invalid);
    expect(await verdictOn(stage, { ...first, counter: second.counter })).toEqual(invalid);
  });

  it("is nobody's where nobody can be asked: such a token is not taken", async () => {
    const stage = identityStage();
    const claims = forThemselves(await stage.person(zhang));
    const nobody = { find: async () => undefined };
    expect(await verdictOn(stage, claims, "applications:read", nobody)).toEqual(invalid);
  });

  it("stands in no log", async () => {
    const stage = identityStage();
    const claims = forThemselves(await stage.person(zhang));
    const written: unknown[] = [];
    for (const stream of ["log", "info", "warn", "error", "debug"] as const)
      vi.spyOn(console, stream).mockImplementation((...line) => void written.push(...line));
    await verdictOn(stage, claims);
    const broken = { find: async () => Promise.reject(new Error("no table")) };
    await expect(verdictOn(stage, claims, "applications:read", broken)).rejects.toThrow("no table");
    vi.restoreAllMocks();
    expect(JSON.stringify(written)).not.toMatch(new RegExp([name, idNumber, phone].join("|")));
  });
});

describe("field keys that are read when they are needed", () => {
  it("are asked for again after they could not be had", async () => {
    const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
    const secret = JSON.stringify({ id: "k1", key: "k".repeat(40) });
    const send = vi
      .spyOn(SecretsManagerClient.prototype, "send")
      .mockImplementationOnce(() => Promise.reject(new Error("out of reach")))
      .mockImplementation(async () => ({ SecretString: secret }));
    const cipher = lazyCipher("fields");
    expect(send).not.toHaveBeenCalled();
    await expect(cipher()).rejects.toThrow("out of reach");
    const [one, other] = await Promise.all([cipher(), cipher()]);
    expect(one).toBe(other);
    expect(one.keyId).toBe("k1");
    expect(send).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });
});
