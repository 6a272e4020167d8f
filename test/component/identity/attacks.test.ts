import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { notBefore } from "#functions/identity/accounts/parts.ts";
import { authorizer } from "#functions/identity/authorizer.ts";
import type { Passwords } from "#functions/identity/domain/account-ports.ts";
import { until } from "#local/until.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import {
  clerk,
  consents,
  fast,
  type IdentityStage,
  identityStage,
  li,
  origin,
  self,
  zhang,
} from "#test/support/accounts-stage.ts";

const issuer = "https://api.example/oidc";
const verdictFor = async (stage: IdentityStage, claims: object, scope: string) => {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "ES256" }] });
  const token = await new SignJWT({ client_id: "portal", scope, ...claims })
    .setIssuer(issuer)
    .setAudience("urn:yimen:api")
    .setExpirationTime("15m")
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "k" })
    .sign(pair.privateKey);
  const handle = authorizer({ issuer, keys, live: stage.live, applicants: stage.applicants, now: stage.clock });
  return (await handle({ headers: { authorization: `Bearer ${token}` } })).context;
};

describe("someone who registers in a stranger's name", () => {
  it("gets at none of the stranger's applications: nobody has verified that it is they", async () => {
    const stage = identityStage();
    const squatter = await stage.person({ ...zhang, phone: "13512345678", password: "the squatter's own" }, 1);
    const claims = { sub: squatter, act_for: { kind: "natural", id: squatter }, acr: "1" };
    const verdict = await verdictFor(stage, claims, "applications:submit applications:read persons:self");
    expect(verdict).toMatchObject({ person: squatter, scopes: "persons:self" });
    expect(verdict).not.toHaveProperty("applicant");
    // A token may not say of itself that they were verified.
    const boasting = await verdictFor(stage, { ...claims, acr: "3" }, "applications:read");
    expect(boasting).toMatchObject({ scopes: "" });
  });
});

describe("guessing from a great many addresses of one connection", () => {
  const guess = (stage: IdentityStage, source: string, n: number) =>
    stage.accounts.signInWithPassword({ identifier: `guess-${n}`, password: "wrong" }, { ...origin, source });
  const limitedAfter = async (sourceOf: (n: number) => string) => {
    const stage = identityStage();
    for (let n = 0; n < 60; n++) {
      const answer = await guess(stage, sourceOf(n), n);
      if (!answer.ok && answer.refusal.code === "identity.too-many-attempts") return n;
    }
    return undefined;
  };

  it.each([
    ["an IPv6 network of a household", (n: number) => `2001:db8:1:2:${n.toString(16)}::${n + 1}`],
    ["one written in as many ways", (n: number) => (n % 2 ? "2001:db8:1:2::1" : "2001:0DB8:0001:0002:0:0:0:0001")],
    ["an IPv4 address in IPv6's clothes", (n: number) => (n % 2 ? "203.0.113.9" : "::ffff:203.0.113.9")],
    ["the same in hexadecimal", (n: number) => (n % 2 ? "203.0.113.9" : "::ffff:cb00:7109")],
  ])("%s counts as one", async (_what, sourceOf) => {
    expect(await limitedAfter(sourceOf)).toBe(50);
  });

  it("neighbours do not count for each other", async () => {
    expect(await limitedAfter((n) => `2001:db8:1:${n.toString(16)}::1`)).toBeUndefined();
  });
});

describe("an organisation's admin", () => {
  const uscc = "91440300708461136T";
  const town = async () => {
    const stage = identityStage();
    const representative = await stage.person(zhang);
    const hired = await stage.person(li);
    await stage.accounts.registerOrganisation(representative, {
      uscc,
      name: "示例科技有限公司",
      kind: "enterprise",
      representative: { name: zhang.name, idNumber: zhang.idNumber },
    });
    await stage.accounts.setMember(representative, uscc, { person: hired, roles: ["admin"] });
    return { stage, representative, hired };
  };

  it("cannot throw out the legal representative, or take the organisation out of their hands", async () => {
    const { stage, representative, hired } = await town();
    const params = { uscc, person: representative };
    expect(await stage.call(routes.removeMember, { as: self(hired), params })).toMatchObject({
      status: 409,
      body: { type: "/problems/member.is-representative" },
    });
    expect(await stage.call(routes.setMember, { as: self(hired), params, body: { roles: ["handler"] } })).toMatchObject(
      { status: 409, body: { type: "/problems/member.is-representative" } },
    );
    const back = await stage.call(routes.removeMember, { as: self(representative), params: { uscc, person: hired } });
    expect(back.status).toBe(200);
  });

  it("lets the representative leave of their own will", async () => {
    const { stage, representative } = await town();
    const left = await stage.call(routes.removeMember, {
      as: self(representative),
      params: { uscc, person: representative },
    });
    expect(left.status).toBe(200);
  });
});

describe("a clerk who opens a visit for someone who is not there", () => {
  it("is on record with that person, by number and department, once", async () => {
    const stage = identityStage();
    const person = await stage.person(zhang);
    await stage.staff.save(clerk, stage.clock());
    const as = {
      client: "desk",
      scopes: "counter:assist",
      staff: clerk.staff,
      roles: ["clerk" as const],
      department: clerk.department,
      division: clerk.division,
    };
    const body = { name: zhang.name, idNumber: zhang.idNumber };
    for (const key of ["one", "one", "two"]) await stage.call(routes.openCounterSession, { as, body, key });
    const log = (await stage.call(routes.listAccesses, { as: self(person) })).body.items;
    expect(log).toHaveLength(2);
    expect(log[0]).toMatchObject({
      by: { client: "desk", staff: clerk.staff },
      department: clerk.department,
      what: "counter",
    });
  });
});

describe("who has an account", () => {
  const unavailable = (stage: IdentityStage) => {
    stage.messages.sendCode = async () => ({ result: "unavailable" });
  };

  it.each(["sign-in", "reset-password"] as const)("is not told by a gateway that is away, for %s", async (purpose) => {
    const stage = identityStage();
    await stage.person(zhang);
    stage.later(5);
    unavailable(stage);
    const ask = (phone: string) => stage.accounts.startPhoneChallenge({ phone, purpose }, origin);
    expect((await ask(zhang.phone)).ok).toBe(true);
    expect((await ask("13512345678")).ok).toBe(true);
  });

  it("is not told by the time a code or a registration takes", async () => {
    const stage = identityStage();
    await stage.person(zhang);
    const before = stage.evened();
    stage.later(5);
    for (const phone of [zhang.phone, "13512345678"])
      await stage.accounts.startPhoneChallenge({ phone, purpose: "sign-in" }, origin);
    expect(stage.evened() - before).toBe(2);
    for (const who of [zhang, li]) {
      stage.later(5);
      const phone = "13512345670";
      const proof = await stage.codeFor(phone, "register");
      const sofar = stage.evened();
      const registered = await stage.accounts.register({ ...who, phone, proof, consents }, origin);
      expect(registered).toMatchObject({ ok: true });
      expect(stage.evened() - sofar).toBe(1);
    }
  });

  it("an answer comes no earlier than others, whether it went well or not", async () => {
    vi.useFakeTimers();
    try {
      const order: string[] = [];
      const wait = notBefore(800);
      const quick = wait(async () => order.push("quick done")).then(() => order.push("quick answered"));
      const failing = wait(() => Promise.reject(new Error("no"))).catch(() => order.push("failure answered"));
      await vi.advanceTimersByTimeAsync(799);
      expect(order).toEqual(["quick done"]);
      await vi.advanceTimersByTimeAsync(1);
      await Promise.all([quick, failing]);
      expect(order).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a registration that is sent again while the first is still under way", () => {
  it.each(["the first", "the repeat"])(
    "is answered as the first, and opens one account, when %s is done first",
    async (ahead) => {
      const held = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
      let hashes = 0;
      const passwords: Passwords = {
        ...fast,
        async hash(password) {
          await held[hashes++]?.promise;
          return fast.hash(password);
        },
      };
      const stage = identityStage({ passwords });
      const proof = await stage.codeFor(zhang.phone, "register");
      const register = () => stage.accounts.register({ ...zhang, proof, consents }, origin);
      const both: ReturnType<typeof register>[] = [];
      for (const nth of [1, 2]) {
        both.push(register());
        await until(`password ${nth} is being computed`, () => hashes === nth);
      }
      for (const nth of ahead === "the first" ? [0, 1] : [1, 0]) {
        held[nth as 0 | 1].resolve();
        expect(await both[nth]).toEqual({ ok: true, value: { next: "sign-in" } });
      }
      expect(stage.sent.filter(({ notice }) => notice)).toEqual([]);
      expect(stage.memory.published().filter(({ type }) => type.includes("person-registered"))).toHaveLength(1);
    },
  );
});
