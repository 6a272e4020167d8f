import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { intoTheNextSecond, notBefore } from "#functions/identity/accounts/parts.ts";
import { authorizer } from "#functions/identity/authorizer.ts";
import type { Passwords } from "#functions/identity/domain/account-ports.ts";
import { until } from "#local/until.ts";
import { Verdict } from "#shared/contracts/http/caller.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import {
  clerk,
  consents,
  fast,
  type IdentityStage,
  identityStage,
  justNow,
  li,
  origin,
  residentId,
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

  const scope = "applications:submit applications:read persons:manage mandates:manage";
  const invalid = { refusal: "request.token-invalid" };
  const secondOf = (stage: IdentityStage) => Math.floor(Date.parse(stage.clock()) / 1000);
  const squatted = async () => {
    const stage = identityStage();
    const person = await stage.person({ ...zhang, phone: "13512345678", password: "the squatter's own" }, 1);
    stage.later(1);
    const token = (more: object) => ({ sub: person, act_for: { kind: "natural", id: person }, acr: "1", ...more });
    return { stage, person, token };
  };
  const takeovers = [
    [
      "the province vouches for the owner",
      async (stage: IdentityStage) => {
        const link = { ...zhang, phone: "13112345678", upstream: "gd", assurance: 3 } as const;
        return stage.accounts.linkUpstream(link, origin);
      },
    ],
    [
      "the owner shows themselves at a counter",
      async (stage: IdentityStage) => {
        await stage.staff.save(clerk, stage.clock());
        const { name, idNumber } = zhang;
        return stage.accounts.openCounterSession(clerk.staff, { name, idNumber, phone: "13112345678" }, origin);
      },
    ],
  ] as const;

  it.each(takeovers)("has a token that is worth nothing once %s, not even more than before", async (_how, takeOver) => {
    const { stage, person, token } = await squatted();
    const since = secondOf(stage);
    const theirs = token({ iat: since, auth_time: since });
    expect(await verdictFor(stage, theirs, scope)).toMatchObject({ scopes: "persons:manage mandates:manage" });
    expect(await takeOver(stage)).toMatchObject({ ok: true });
    for (const wanted of [scope, "persons:manage", "mandates:manage", ""])
      expect(await verdictFor(stage, theirs, wanted)).toEqual(invalid);
    // Refreshed since, it still goes back to the squatter's sign-in; and what does not say when it was made is as old as any.
    expect(await verdictFor(stage, token({ iat: since + 3600, auth_time: since }), scope)).toEqual(invalid);
    expect(await verdictFor(stage, token({}), scope)).toEqual(invalid);
    const owners = await verdictFor(stage, token({ iat: since + 1, auth_time: since + 1, acr: "3" }), scope);
    expect(owners).toMatchObject({ person, scopes: scope, applicant: { name: zhang.name, phone: "13112345678" } });
  });

  describe("in a request that was let in before the takeover and gets to the account after it", () => {
    const late = async () => {
      const { stage, person } = await squatted();
      const agent = await stage.person({ ...li }, 1);
      const code = await stage.codeFor("13512345678", "change-phone");
      const { name, idNumber } = zhang;
      const as = { ...self(person), acr: "1" as const, signedInAt: secondOf(stage) };
      const link = { upstream: "gd-unified", name, idNumber, assurance: 3 } as const;
      expect(await stage.accounts.linkUpstream(link, origin)).toMatchObject({ ok: true });
      return { stage, person, agent, code, as };
    };
    const validUntil = "2027-01-01T00:00:00.000Z";

    it("grants nobody a mandate for the owner", async () => {
      const { stage, person, agent, as } = await late();
      const body = { agent, scope: "all", validUntil };
      expect((await stage.call(routes.grantMandate, { as, body })).status).toBe(403);
      expect(await stage.accounts.mandatesOf({ principal: as.actFor })).toEqual([]);
      const owner = { ...as, signedInAt: as.signedInAt + 1 };
      expect(await stage.call(routes.grantMandate, { as: owner, body })).toMatchObject({ status: 201 });
      expect(await stage.accounts.mandatesOf({ agent })).toMatchObject([{ principal: { id: person } }]);
    });

    it("gives the owner's account, which has no password now, no phone of theirs", async () => {
      const { stage, person, code, as } = await late();
      const body = { ...code, phone: "13512345678", current: "wrong" };
      expect((await stage.call(routes.changePhone, { as, body })).status).toBe(404);
      expect(await stage.accounts.account(person)).not.toHaveProperty("phone");
    });

    it("reads nothing, agrees to nothing and registers nothing in the owner's name", async () => {
      const { stage, person, as } = await late();
      const before = await stage.accounts.account(person);
      const representative = { name: zhang.name, idNumber: zhang.idNumber };
      const company = { uscc: "91440300708461136T", name: "示例科技有限公司", kind: "enterprise", representative };
      const child = { name: "小明", idNumber: residentId("44060620180601001") };
      const guardian = [...consents, { purpose: "guardian", textVersion: "2026-1" }];
      const statuses = [
        await stage.call(routes.exportMe, { as }),
        await stage.call(routes.readMe, { as }),
        await stage.call(routes.giveConsent, { as, body: { purpose: "notices", textVersion: "1" } }),
        await stage.call(routes.withdrawConsent, { as, params: { purpose: "notices" } }),
        await stage.call(routes.registerOrganisation, { as, body: company }),
        await stage.call(routes.registerWard, { as, body: { ...child, consents: guardian } }),
      ].map(({ status }) => status);
      expect(statuses).toEqual([404, 404, 404, 404, 403, 403]);
      expect(await stage.accounts.account(person)).toEqual(before);
      expect(await stage.accounts.principalsOf(person)).toHaveLength(1);
    });
  });

  it.each(takeovers)("keeps nothing of a sign-in that ended while %s", async (_how, takeOver) => {
    const { stage, person, token } = await squatted();
    const find = stage.rows.find.bind(stage.rows);
    const during: number[] = [];
    // The owner's request reads the account, and is slow; meanwhile the squatter signs in once more.
    stage.rows.find = async (...key) => {
      const row = await find(...key);
      if (key[0] === `person#${person}` && during.length === 0) {
        stage.later(1);
        during.push(secondOf(stage));
      }
      return row;
    };
    expect(await takeOver(stage)).toMatchObject({ ok: true });
    const [since = 0] = during;
    expect(await verdictFor(stage, token({ iat: since, auth_time: since }), scope)).toEqual(invalid);
  });

  it("acts for nobody else by it either", async () => {
    const { stage, person, token } = await squatted();
    const boss = await stage.person(li);
    const mandate = {
      id: "01KB0M6A4B5C6D7E8F9G0H1J2K",
      fingerprint: "f",
      principal: { kind: "natural", id: boss },
      agent: person,
      scope: "all",
      validUntil: "2027-01-01T00:00:00.000Z",
    } as const;
    expect(await stage.accounts.grantMandate(justNow(boss), mandate)).toMatchObject({ ok: true });
    const acting = { act_for: mandate.principal, ground: `mandate:${mandate.id}` };
    const since = secondOf(stage);
    expect(await verdictFor(stage, token({ ...acting, iat: since }), scope)).toMatchObject({ person });
    await takeovers[0][1](stage);
    expect(await verdictFor(stage, token({ ...acting, iat: since }), scope)).toEqual(invalid);
    expect(await verdictFor(stage, token({ ...acting, iat: since + 1 }), scope)).toMatchObject({ person });
  });

  it("is not let in by a code that was right before: their phone is not the account's any longer", async () => {
    const { stage, person } = await squatted();
    const own = await stage.person({ ...li, phone: "13512345678" }, 1);
    stage.later(2);
    const proof = await stage.codeFor("13512345678", "sign-in");
    const asked = await stage.accounts.signInWithPhoneCode({ phone: "13512345678", ...proof }, origin);
    expect(asked).toMatchObject({ ok: true, value: { kind: "choose" } });
    await takeovers[0][1](stage);
    expect(await stage.accounts.chooseAccount(proof.challenge, person)).toMatchObject({
      ok: false,
      refusal: { code: "sign-in.failed" },
    });
    stage.later(2);
    const again = await stage.codeFor("13512345678", "sign-in");
    expect(await stage.accounts.signInWithPhoneCode({ phone: "13512345678", ...again }, origin)).toMatchObject({
      value: { kind: "signed-in", signedIn: { person: own } },
    });
  });
});

describe("a token from before", () => {
  it.each([
    [
      "the password was reset",
      async (stage: IdentityStage) => {
        const { phone, idNumber } = zhang;
        const proof = await stage.codeFor(phone, "reset-password");
        return stage.accounts.resetPassword({ ...proof, phone, idNumber, wanted: "quite another one" }, origin);
      },
    ],
    [
      "the password was changed by a channel",
      async (stage: IdentityStage, person: string) =>
        stage.accounts.changePassword(person, { current: zhang.password, wanted: "quite another one" }, origin),
    ],
    [
      "the account was closed",
      async (stage: IdentityStage, person: string) =>
        stage.accounts.closeAccount(person, { password: zhang.password }, origin),
    ],
  ] as const)("%s is refused", async (_what, change) => {
    const stage = identityStage();
    const person = await stage.person(zhang);
    stage.later(2);
    const iat = Math.floor(Date.parse(stage.clock()) / 1000);
    const claims = { sub: person, act_for: { kind: "natural", id: person }, acr: "2", iat };
    expect(await verdictFor(stage, claims, "persons:manage")).toMatchObject({ person });
    expect(await change(stage, person)).toMatchObject({ ok: true });
    expect(await verdictFor(stage, claims, "persons:manage")).toEqual({ refusal: "request.token-invalid" });
  });
});

describe("a changed password", () => {
  it("voids the token that it came with: its repeat does not get past the authorizer", async () => {
    const stage = identityStage();
    const person = await stage.person(zhang);
    stage.later(2);
    const iat = Math.floor(Date.parse(stage.clock()) / 1000);
    const claims = { sub: person, act_for: { kind: "natural", id: person }, acr: "2", iat };
    const wanted = "quite another one";
    const change = async () => {
      const as = Verdict.parse(await verdictFor(stage, claims, "persons:manage"));
      const body = { current: zhang.password, wanted };
      return stage.call(routes.changePassword, {
        as: "refusal" in as ? as : { ...as, scopes: "persons:manage" },
        key: "k",
        body,
      });
    };
    expect((await change()).status).toBe(200);
    expect((await change()).status).toBe(401);
    expect(
      await stage.accounts.signInWithPassword({ identifier: zhang.idNumber, password: wanted }, origin),
    ).toMatchObject({
      ok: true,
    });
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
    await stage.accounts.registerOrganisation(justNow(representative), {
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

describe("whatever voids the sign-ins before it", () => {
  it("is answered in the next second, by which later sign-ins are told apart, and no later than its work is done", async () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T02:00:00.250Z") });
    try {
      const order: string[] = [];
      const end = intoTheNextSecond(async (account: string) => void order.push(`ended ${account}`));
      const answered = end("somebody's").then(() => order.push(new Date().toISOString()));
      await vi.advanceTimersByTimeAsync(750);
      expect(order).toEqual(["ended somebody's"]);
      await vi.advanceTimersByTimeAsync(1);
      await answered;
      expect(order).toEqual(["ended somebody's", "2026-11-22T02:00:01.001Z"]);
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
