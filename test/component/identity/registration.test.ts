import { describe, expect, it } from "vitest";
import { memoryRows } from "#functions/identity/adapters/memory-rows.ts";
import { registerPerson, startPhoneChallenge } from "#shared/contracts/http/identity.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { consents, identityStage, li, origin, residentId, zhang } from "#test/support/accounts-stage.ts";

const portal = { client: "portal", channel: "portal", scopes: "persons:register" } as const;
const source = "203.0.113.7";

describe("registering a person", () => {
  it("opens one account, found by ID number and password, and announces it by reference only", async () => {
    const { accounts, person, memory } = identityStage();
    const id = await person(zhang, 1);
    expect(await accounts.account(id)).toMatchObject({
      name: "张**",
      idNumber: "1****************X",
      phone: "138****8000",
      assurance: { level: 1, method: "self-declared" },
    });
    expect(memory.published()).toMatchObject([
      { type: "gov.yimen.identity.person-registered.v1", subject: id, data: { person: id, assurance: 1 } },
    ]);
    const told = JSON.stringify(memory.published());
    const kept = JSON.stringify(memory.atRest(), (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value,
    );
    for (const secret of [zhang.name, zhang.idNumber, zhang.phone, zhang.password]) {
      expect(told).not.toContain(secret);
      expect(kept).not.toContain(secret);
    }
  });

  it("answers the same, byte for byte, when the ID number has an account; its owner is told", async () => {
    const stage = identityStage();
    let lastProof = { challenge: "", code: "" };
    const register = async (who: typeof zhang, key: string) => {
      stage.later(2);
      const proof = await stage.codeFor(who.phone, "register");
      lastProof = proof;
      return stage.call(registerPerson, { as: portal, key, body: { ...who, ...proof, consents, source } });
    };
    const first = await register(zhang, "a");
    const { challenge, code } = lastProof;
    const again = await stage.call(registerPerson, {
      as: portal,
      key: "a",
      body: { ...zhang, challenge, code, consents, source },
    });
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    const impostor = await register({ ...zhang, name: "别人", phone: "13512345678" }, "b");
    expect(first.status).toBe(201);
    expect([impostor.status, impostor.text, impostor.headers]).toEqual([first.status, first.text, first.headers]);
    expect(stage.sent.at(-1)).toEqual({ phone: zhang.phone, notice: "registered-already" });
    const signIn = await stage.accounts.signInWithPassword(
      { identifier: zhang.idNumber, password: zhang.password },
      origin,
    );
    expect(signIn.ok).toBe(true);
  });

  it("answers the same where the owner cannot be told: a fault would say who has an account", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    stage.messages.sendNotice = async () => {
      throw new Error("the text message gateway answered HTTP 401");
    };
    const register = async (who: typeof zhang) => {
      stage.later(2);
      const proof = await stage.codeFor(who.phone, "register");
      return stage.call(registerPerson, { as: portal, body: { ...who, ...proof, consents, source } });
    };
    const [known, unknown] = [await register({ ...zhang, phone: "13512345678" }), await register(li)];
    expect(known.status).toBe(201);
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
  });

  it("makes one account of two registrations at the same instant", async () => {
    const stage = identityStage();
    const tries = [
      { phone: zhang.phone, proof: await stage.codeFor(zhang.phone, "register") },
      { phone: li.phone, proof: await stage.codeFor(li.phone, "register") },
    ];
    const answers = await Promise.all(
      tries.map((tried) => stage.accounts.register({ ...zhang, ...tried, consents }, origin)),
    );
    expect(answers).toEqual([
      { ok: true, value: { next: "sign-in" } },
      { ok: true, value: { next: "sign-in" } },
    ]);
    expect(stage.memory.published()).toHaveLength(1);
    expect(stage.memory.atRest().filter(({ pk }) => pk.startsWith("idnumber#"))).toHaveLength(1);
  });

  it.each([
    ["a wrong check digit", "110105194912310021"],
    ["a day that never was", residentId("11010519490230002")],
    ["a month that is none", residentId("11010519491331002")],
    ["a birthday to come", residentId("11010520271231002")],
    ["a region that is none", residentId("99910519491231002").replace(/^99/, "00")],
    ["too short a number", "1101054912310021"],
  ])("refuses %s, and does not use up the code", async (_what, idNumber) => {
    const { accounts, codeFor } = identityStage();
    const proof = await codeFor(zhang.phone, "register");
    const bad = await accounts.register({ ...zhang, idNumber, proof, consents }, origin);
    expect(bad).toEqual({ ok: false, refusal: { code: "person.invalid-id-number" } });
    expect((await accounts.register({ ...zhang, proof, consents }, origin)).ok).toBe(true);
  });

  it.each(["810000199408230021", "830000199201300022", residentId("91110119900101001")])(
    "takes residents from elsewhere and foreigners: %s",
    async (idNumber) => {
      const { person } = identityStage();
      await expect(person({ ...zhang, idNumber }, 1)).resolves.toMatch(/^[0-9A-Z]{26}$/);
    },
  );

  it("tries anew where two registrations of one number cancel each other, by page too", async () => {
    let cancelling = 2;
    const stage = identityStage({
      rows: (now) => {
        const rows = memoryRows(now);
        return {
          ...rows,
          async saveTogether(change) {
            if (cancelling-- > 0) throw new StaleVersionError("both were cancelled");
            return rows.saveTogether(change);
          },
        };
      },
    });
    const proof = await stage.codeFor(zhang.phone, "register");
    const byPage = { source: origin.source };
    expect(await stage.accounts.register({ ...zhang, proof, consents }, byPage)).toMatchObject({ ok: true });
    const { idNumber: identifier, password } = zhang;
    expect(await stage.accounts.signInWithPassword({ identifier, password }, byPage)).toMatchObject({ ok: true });
  });

  it("refuses a child without a guardian, a missing consent and a weak password", async () => {
    const { accounts } = identityStage();
    const proof = { challenge: "0".repeat(26), code: "000000" };
    const refusal = async (more: object) => {
      const answer = await accounts.register({ ...zhang, proof, consents, ...more }, origin);
      return answer.ok ? "ok" : answer.refusal.code;
    };
    expect(await refusal({ idNumber: residentId("44060620180601001") })).toBe("person.guardian-needed");
    expect(await refusal({ consents: consents.slice(0, 1) })).toBe("person.consent-missing");
    for (const password of ["short", "aaaaaaaaaaaa", "0123456789", "my13800138000", "p-491231002X"])
      expect([password, await refusal({ password })]).toEqual([password, "person.password-weak"]);
  });
});

describe("a one-time code", () => {
  it("is good once", async () => {
    const { accounts, codeFor } = identityStage();
    const proof = await codeFor(zhang.phone, "register");
    expect((await accounts.register({ ...zhang, proof, consents }, origin)).ok).toBe(true);
    const again = await accounts.register({ ...li, phone: zhang.phone, proof, consents }, origin);
    expect(again).toEqual({ ok: false, refusal: { code: "challenge.wrong-code" } });
  });

  it("is good once, however many use it at the same time", async () => {
    const { accounts, codeFor, person, later } = identityStage();
    await person(zhang, 1);
    later(2);
    const proof = await codeFor(zhang.phone, "sign-in");
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => accounts.signInWithPhoneCode({ phone: zhang.phone, ...proof }, origin)),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it("cannot be found by trying: after five wrong ones the right one is wrong too", async () => {
    const { accounts, codeFor } = identityStage();
    const proof = await codeFor(zhang.phone, "register");
    const wrong = { ...proof, code: proof.code === "111111" ? "222222" : "111111" };
    for (let i = 0; i < 5; i++) await accounts.register({ ...zhang, proof: wrong, consents }, origin);
    const late = await accounts.register({ ...zhang, proof, consents }, origin);
    expect(late).toEqual({ ok: false, refusal: { code: "challenge.wrong-code" } });
  });

  it.each([
    [
      "after five minutes",
      (proof: object, stage: ReturnType<typeof identityStage>) => {
        stage.later(5);
        return proof;
      },
    ],
    [
      "for another purpose",
      async (_: object, stage: ReturnType<typeof identityStage>) => {
        stage.later(2);
        return stage.codeFor(zhang.phone, "change-phone");
      },
    ],
    [
      "of another phone",
      async (_: object, stage: ReturnType<typeof identityStage>) => stage.codeFor(li.phone, "register"),
    ],
  ])("is no good %s", async (_what, spoil) => {
    const stage = identityStage();
    const proof = (await spoil(await stage.codeFor(zhang.phone, "register"), stage)) as never;
    expect(await stage.accounts.register({ ...zhang, proof, consents }, origin)).toMatchObject({ ok: false });
  });

  it("is sent once a minute and five times an hour, and a repeated request sends nothing", async () => {
    const stage = identityStage();
    const body = { phone: zhang.phone, purpose: "register", source };
    const first = await stage.call(startPhoneChallenge, { as: portal, key: "k", body });
    expect(first.status).toBe(201);
    expect((await stage.call(startPhoneChallenge, { as: portal, key: "k", body })).text).toBe(first.text);
    for (const other of [{ phone: "13900139111" }, { purpose: "change-phone" }]) {
      const reused = await stage.call(startPhoneChallenge, { as: portal, key: "k", body: { ...body, ...other } });
      expect(reused.body.type).toBe("/problems/request.key-reused");
    }
    expect(stage.sent).toHaveLength(1);
    expect((await stage.call(startPhoneChallenge, { as: portal, body })).status).toBe(429);
    for (let i = 0; i < 4; i++) {
      stage.later(2);
      await stage.call(startPhoneChallenge, { as: portal, body });
    }
    stage.later(2);
    expect((await stage.call(startPhoneChallenge, { as: portal, body })).status).toBe(429);
    expect(stage.sent.length).toBeLessThanOrEqual(5);
    stage.later(61);
    expect((await stage.call(startPhoneChallenge, { as: portal, body })).status).toBe(201);
  });

  it("is asked for without telling whether the phone has an account", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    stage.later(2);
    const shapes = [];
    for (const phone of [zhang.phone, li.phone]) {
      const answer = await stage.accounts.startPhoneChallenge({ phone, purpose: "sign-in" }, origin);
      shapes.push(answer.ok && Object.keys(answer.value));
    }
    expect(shapes[0]).toEqual(shapes[1]);
    expect(stage.sent.filter(({ phone }) => phone === li.phone)).toEqual([]);
  });
});
