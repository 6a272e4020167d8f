import { describe, expect, it } from "vitest";
import type { Passwords } from "#functions/identity/domain/account-ports.ts";
import {
  clerk,
  fast,
  identityStage,
  justNow,
  li,
  origin,
  residentId,
  wang,
  zhang,
} from "#test/support/accounts-stage.ts";

const failed = { ok: false, refusal: { code: "sign-in.failed" } };
const tooMany = { ok: false, refusal: { code: "identity.too-many-attempts" } };
const wrong = "not my password";

describe("signing in with a password", () => {
  it("takes ID number or phone, however they are typed", async () => {
    const { accounts, person } = identityStage();
    const id = await person(zhang, 1);
    for (const identifier of [zhang.idNumber.toLowerCase(), "110105 19491231 002x", "+86 138 0013 8000"])
      expect(await accounts.signInWithPassword({ identifier, password: zhang.password }, origin)).toMatchObject({
        ok: true,
        value: { person: id, amr: ["pwd"] },
      });
  });

  it("answers the same for a wrong password, an unknown number, and an account without a password", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    await stage.accounts.linkUpstream({ ...wang, upstream: "gd", assurance: 3 }, origin);
    for (const identifier of [zhang.idNumber, li.idNumber, wang.idNumber, li.phone, "nonsense"])
      expect(await stage.accounts.signInWithPassword({ identifier, password: wrong }, origin)).toEqual(failed);
  });

  it("locks after five failures, an account that is not there like one that is, and opens after a while", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    for (const identifier of [zhang.idNumber, li.idNumber]) {
      for (let i = 0; i < 5; i++)
        expect(await stage.accounts.signInWithPassword({ identifier, password: wrong }, origin)).toEqual(failed);
      expect(await stage.accounts.signInWithPassword({ identifier, password: wrong }, origin)).toEqual(tooMany);
    }
    const right = { identifier: zhang.idNumber, password: zhang.password };
    expect(await stage.accounts.signInWithPassword(right, origin)).toEqual(tooMany);
    stage.later(16);
    expect((await stage.accounts.signInWithPassword(right, origin)).ok).toBe(true);
  });

  it("allows a phone and an ID number of one person no more tries together, and does not tell that they belong together", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    const { idNumber, phone, password } = zhang;
    const tryWith = (identifier: string, typed = wrong) =>
      stage.accounts.signInWithPassword({ identifier, password: typed }, origin);
    for (let i = 0; i < 5; i++) expect(await tryWith(phone)).toEqual(failed);
    // Right, and yet answered like the number of nobody.
    expect(await tryWith(idNumber, password)).toEqual(failed);
    for (let i = 0; i < 4; i++) expect([await tryWith(idNumber), await tryWith(li.idNumber)]).toEqual([failed, failed]);
    expect(await tryWith(idNumber)).toEqual(tooMany);
    stage.later(16);
    expect((await tryWith(idNumber, password)).ok).toBe(true);
    for (let i = 0; i < 4; i++) expect(await tryWith(i % 2 ? phone : idNumber)).toEqual(failed);
    expect((await tryWith(phone, password)).ok).toBe(true);
  });

  it("counts and compares as much for a name of nobody as for one of somebody", async () => {
    const stage = identityStage();
    await stage.person(zhang, 1);
    const counted = () => stage.memory.atRest().filter(({ pk }) => pk.startsWith("limit#sign-in-account")).length;
    const added = async (identifier: string) => {
      const before = counted();
      await stage.accounts.signInWithPassword({ identifier, password: wrong }, origin);
      return counted() - before;
    };
    expect([await added(zhang.phone), await added(li.phone), await added(li.idNumber)]).toEqual([2, 2, 2]);
  });

  it("stops one address that tries many accounts, and no other", async () => {
    const { accounts } = identityStage();
    const from = { ...origin, source: "192.0.2.66" };
    const answers = [];
    for (let i = 0; i < 51; i++)
      answers.push(await accounts.signInWithPassword({ identifier: `1380000${1000 + i}`, password: wrong }, from));
    expect(answers.slice(0, 50)).toEqual(Array(50).fill(failed));
    expect(answers.at(-1)).toEqual(tooMany);
    expect(await accounts.signInWithPassword({ identifier: li.phone, password: wrong }, origin)).toEqual(failed);
  });
});

describe("signing in with a code", () => {
  it("lets someone choose among the accounts of one phone, once, and only among those", async () => {
    const stage = identityStage();
    const mother = await stage.person(zhang, 1);
    const child = await stage.person({ ...li, phone: zhang.phone }, 1);
    const stranger = await stage.person(wang, 1);
    stage.later(2);
    const proof = await stage.codeFor(zhang.phone, "sign-in");
    const answer = await stage.accounts.signInWithPhoneCode({ phone: zhang.phone, ...proof }, origin);
    expect(answer).toMatchObject({ ok: true, value: { kind: "choose" } });
    const offered = answer.ok && answer.value.kind === "choose" ? answer.value.accounts : [];
    expect(offered.map(({ person }) => person).sort()).toEqual([mother, child].sort());
    expect(JSON.stringify(offered)).not.toContain(zhang.name);
    expect(await stage.accounts.chooseAccount(proof.challenge, stranger)).toEqual(failed);
    expect(await stage.accounts.chooseAccount(proof.challenge, child)).toMatchObject({ value: { person: child } });
    expect(await stage.accounts.chooseAccount(proof.challenge, mother)).toEqual(failed);
  });
});

describe("an account that someone opened in another's name", () => {
  it("is the other's alone once an upstream vouches for them", async () => {
    const stage = identityStage();
    const squatted = await stage.person(zhang, 1);
    const linked = await stage.accounts.linkUpstream(
      { ...zhang, phone: "13312345678", upstream: "gd", assurance: 3 },
      origin,
    );
    expect(linked).toMatchObject({ ok: true, value: { person: squatted, assurance: { level: 3, by: "gd" } } });
    const squatter = { identifier: zhang.idNumber, password: zhang.password };
    expect(await stage.accounts.signInWithPassword(squatter, origin)).toEqual(failed);
    expect(await stage.accounts.account(squatted)).toMatchObject({ hasPassword: false, phone: "133****5678" });
    expect(stage.ended).toEqual([squatted]);
  });

  it("is not opened for a child by an upstream: a guardian is needed, and the number is not called wrong", async () => {
    const { accounts } = identityStage();
    const link = (idNumber: string) =>
      accounts.linkUpstream({ name: "小明", idNumber, upstream: "gd", assurance: 3 }, origin);
    expect(await link(residentId("44060620180601001"))).toMatchObject({ refusal: { code: "person.guardian-needed" } });
    expect(await link("440606201806010010")).toMatchObject({ refusal: { code: "person.invalid-id-number" } });
  });

  it("is linked by ID number, never by phone or name, and not under another name", async () => {
    const stage = identityStage();
    const known = await stage.person(zhang);
    const link = (more: object) =>
      stage.accounts.linkUpstream({ ...zhang, upstream: "gd", assurance: 2, ...more }, origin);
    const other = await link({ idNumber: li.idNumber });
    expect(other.ok && other.value.person).not.toBe(known);
    expect(await link({ name: "张三" })).toMatchObject({ refusal: { code: "upstream.name-differs" } });
    expect(await link({ assurance: 1 })).toMatchObject({ refusal: { code: "upstream.assurance-too-low" } });
    expect(await link({})).toMatchObject({ value: { person: known, assurance: { level: 3, method: "face" } } });
  });
});

describe("step-up", () => {
  const byFace = {
    method: "face",
    returnTo: "https://api.example/",
    consent: { textVersion: "biometric-2026-11" },
  } as const;

  it("has the separate consent on record before anyone's face is looked at, though nothing comes of it", async () => {
    const stage = identityStage();
    const id = await stage.person(zhang, 1);
    const biometric = async () =>
      (await stage.accounts.account(id))?.consents.filter(({ purpose }) => purpose === "biometric");
    expect(await biometric()).toEqual([]);
    await stage.accounts.beginStepUp(justNow(id), byFace, origin);
    expect(await biometric()).toMatchObject([{ textVersion: "biometric-2026-11", channel: "portal" }]);
    await stage.accounts.beginStepUp(justNow(id), byFace, origin);
    expect(await biometric()).toHaveLength(1);
    expect(await stage.accounts.withdrawConsent(justNow(id), "biometric")).toMatchObject({ ok: true });
    await stage.accounts.beginStepUp(justNow(id), byFace, origin);
    const [withdrawn, anew] = (await biometric()) ?? [];
    expect(withdrawn?.withdrawnAt).toBeDefined();
    expect(anew).not.toHaveProperty("withdrawnAt");
  });

  it("takes only a ticket that was begun for this person, and only a result", async () => {
    const stage = identityStage();
    const id = await stage.person(zhang, 1);
    const other = await stage.person(li, 1);
    await stage.accounts.beginStepUp(justNow(id), byFace, origin);
    expect(await stage.accounts.finishStepUp(id, "ticket-1")).toMatchObject({ refusal: { code: "step-up.pending" } });
    stage.verified({ result: "rejected" });
    expect(await stage.accounts.finishStepUp(id, "ticket-1")).toMatchObject({ refusal: { code: "step-up.rejected" } });
    stage.verified({ result: "verified", method: "face", at: stage.clock() });
    expect(await stage.accounts.finishStepUp(other, "ticket-1")).toMatchObject({ ok: false });
    expect(await stage.accounts.finishStepUp(id, "ticket-1")).toMatchObject({ value: { assurance: { level: 3 } } });
  });
});

describe("a password that is reset", () => {
  const withLostPassword = async (given: Parameters<typeof identityStage>[0] = {}) => {
    const stage = identityStage(given);
    const person = await stage.person(zhang);
    stage.later(2);
    const proof = await stage.codeFor(zhang.phone, "reset-password");
    const { phone, idNumber } = zhang;
    const reset = (wanted = "quite another one") =>
      stage.accounts.resetPassword({ ...proof, phone, idNumber, wanted }, origin);
    const signIn = async (password: string) =>
      (await stage.accounts.signInWithPassword({ identifier: idNumber, password }, origin)).ok;
    return { stage, person, reset, signIn };
  };
  const done = { ok: true, value: { next: "sign-in" } };

  it("is so once, and a repeat whose first answer was lost is told that it is", async () => {
    const { stage, reset, signIn } = await withLostPassword();
    const both = await Promise.all([reset(), reset()]);
    expect([...both, await reset()]).toEqual([done, done, done]);
    expect(await reset("yet another long one")).toEqual(failed);
    expect(await signIn("quite another one")).toBe(true);
    expect(stage.sent.filter(({ notice }) => notice === "password-changed")).toHaveLength(1);
    expect(stage.memory.published().filter(({ type }) => type.includes("sessions-voided"))).toHaveLength(1);
  });

  it("ends the sessions by its repeat when the first has died over it", async () => {
    let dying = true;
    const { stage, person, reset } = await withLostPassword({
      endSessions: async () => {
        if (dying) throw new Error("died");
      },
    });
    await expect(reset()).rejects.toThrow("died");
    dying = false;
    expect(await reset()).toEqual(done);
    expect(stage.ended).toEqual([person, person]);
  });

  it("is not set again by that code once it was changed by its owner", async () => {
    const { stage, person, reset, signIn } = await withLostPassword();
    expect(await reset()).toEqual(done);
    const change = { current: "quite another one", wanted: "the owner's own words" };
    expect(await stage.accounts.changePassword(person, change, origin)).toMatchObject({ ok: true });
    expect(await reset()).toEqual(failed);
    expect(await signIn("the owner's own words")).toBe(true);
  });
});

describe("a password of staff", () => {
  const withStaff = async (passwords?: Passwords, endSessions?: () => Promise<void>) => {
    const stage = identityStage({ passwords, endSessions });
    await stage.staff.save(clerk, stage.clock());
    const start = (staff: string = clerk.staff, source = origin.source) =>
      stage.accounts.startStaffPassword(staff, { ...origin, source });
    const set = (challenge: string, code: string, more: object = {}) =>
      stage.accounts.setStaffPassword(
        { staff: clerk.staff, challenge, code, wanted: "a new long one", ...more },
        origin,
      );
    const begun = async () => {
      const started = await start();
      if (!started.ok) throw new Error(started.refusal.code);
      return { challenge: started.value.challenge, code: stage.sent.at(-1)?.code ?? "" };
    };
    return { stage, start, set, begun };
  };

  it("is set by a code, once; sessions end, the phone is told, and it is good to sign in by", async () => {
    const { stage, set, begun } = await withStaff();
    const { challenge, code } = await begun();
    expect(await set(challenge, code, { wanted: "short" })).toMatchObject({
      refusal: { code: "person.password-weak" },
    });
    expect(await set(challenge, code, { staff: "another" })).toEqual(failed);
    stage.later(2);
    const anew = await begun();
    expect(await set(anew.challenge, anew.code)).toMatchObject({ ok: true });
    expect(await set(anew.challenge, anew.code, { wanted: "yet another long one" })).toEqual(failed);
    expect(stage.ended).toEqual([`staff:${clerk.staff}`]);
    expect(stage.sent.at(-1)).toEqual({ phone: clerk.phone, notice: "password-changed" });
    const signIn = { staff: clerk.staff, password: "a new long one" };
    expect(await stage.accounts.startStaffSignIn(signIn, origin)).toMatchObject({ ok: true });
    expect(await stage.staff.find(clerk.staff)).toMatchObject({ roles: clerk.roles, phone: clerk.phone });
  });

  it("is set by a repeat whose first has died, which voids what was signed in until then and says so", async () => {
    let dying = true;
    const { stage, set, begun } = await withStaff(undefined, async () => {
      if (dying) throw new Error("died");
    });
    const { challenge, code } = await begun();
    const signedIn = Math.floor(Date.parse(stage.clock()) / 1000);
    expect(await stage.accounts.staffClaims(clerk.staff, signedIn)).toBeDefined();
    await expect(set(challenge, code)).rejects.toThrow("died");
    expect(await stage.accounts.staffClaims(clerk.staff, signedIn)).toBeUndefined();
    expect(await stage.accounts.staffClaims(clerk.staff, signedIn + 1)).toMatchObject({ staff: clerk.staff });
    dying = false;
    for (const _ of ["once", "twice"]) expect(await set(challenge, code)).toMatchObject({ ok: true });
    expect(await set(challenge, code, { wanted: "yet another long one" })).toEqual(failed);
    expect(stage.ended).toHaveLength(3);
    const published = stage.memory.published().map(({ type, data }) => [type.split(".").at(-2), data]);
    const { staff, department, division } = clerk;
    expect(published.slice(1)).toEqual([["staff-password-set", { staff, department, division }]]);
  });

  it("sends nothing to who left, has no phone or never was, and answers them as it does anyone", async () => {
    const { stage, start } = await withStaff();
    await stage.staff.save({ ...clerk, staff: "left", roles: [] }, stage.clock());
    const { phone: _none, ...phoneless } = clerk;
    await stage.staff.save({ ...phoneless, staff: "phoneless" }, stage.clock());
    const before = stage.evened();
    const shapes = [];
    for (const staff of [clerk.staff, "left", "phoneless", "nobody"]) {
      const started = await start(staff);
      shapes.push({ ...started, value: started.ok && Object.keys(started.value) });
    }
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(stage.evened() - before).toBe(4);
    expect(stage.sent).toHaveLength(1);
  });

  it("is counted by number, there or not, and by source; a code dies after five tries", async () => {
    const { stage, start, set, begun } = await withStaff();
    const { challenge, code } = await begun();
    for (const staff of [clerk.staff, "nobody"]) {
      if (staff === "nobody") await start(staff);
      expect(await start(staff)).toEqual(tooMany);
    }
    const guess = code === "000000" ? "000001" : "000000";
    for (let i = 0; i < 5; i++) expect(await set(challenge, guess)).toEqual(failed);
    expect(await set(challenge, code)).toEqual(failed);
    const answers = [];
    for (let i = 0; i < 61; i++) answers.push(await start(`guess-${i}`, "192.0.2.77"));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(60);
    expect(answers.at(-1)).toEqual(tooMany);
    expect(stage.sent).toHaveLength(1);
  });

  it("is not set by a code that was sent for something else", async () => {
    const { stage, set } = await withStaff();
    stage.later(2);
    const other = await stage.codeFor(clerk.phone ?? "", "register");
    expect(await set(other.challenge, other.code)).toEqual(failed);
  });

  it("is not set by a code on a phone that was replaced since, nor without a phone", async () => {
    const { stage, set, begun } = await withStaff();
    const stolen = await begun();
    await stage.staff.save({ ...clerk, version: 2, phone: "13600136009" }, stage.clock());
    expect(await set(stolen.challenge, stolen.code)).toEqual(failed);
    expect((await stage.staff.find(clerk.staff))?.password).toBeUndefined();
    stage.later(2);
    const own = await begun();
    expect(stage.sent.at(-1)?.phone).toBe("13600136009");
    expect(await set(own.challenge, own.code)).toMatchObject({ ok: true });

    stage.later(2);
    const last = await begun();
    const { phone: _none, ...phoneless } = clerk;
    await stage.staff.save({ ...phoneless, version: 4 }, stage.clock());
    expect(await set(last.challenge, last.code)).toEqual(failed);
  });

  it("is not set by a code whose phone is replaced while the password is computed", async () => {
    const { stage, set, begun } = await withStaff({
      ...fast,
      async hash(password) {
        await stage.staff.save({ ...clerk, version: 2, phone: "13600136009" }, stage.clock());
        return fast.hash(password);
      },
    });
    const { challenge, code } = await begun();
    expect(await set(challenge, code)).toEqual(failed);
    expect((await stage.staff.find(clerk.staff))?.password).toBeUndefined();
  });
});

describe("staff", () => {
  it("do not sign in by a code on a phone that was replaced since", async () => {
    const stage = identityStage();
    const password = await fast.hash("clerk password 1");
    await stage.staff.save({ ...clerk, password }, stage.clock());
    const begun = async () => {
      const started = await stage.accounts.startStaffSignIn(
        { staff: clerk.staff, password: "clerk password 1" },
        origin,
      );
      return { challenge: started.ok ? started.value.challenge : "", code: stage.sent.at(-1)?.code ?? "" };
    };
    const stolen = await begun();
    await stage.staff.save({ ...clerk, password, version: 2, phone: "13600136009" }, stage.clock());
    expect(await stage.accounts.finishStaffSignIn(stolen, origin)).toEqual(failed);
    expect(await stage.accounts.finishStaffSignIn(await begun(), origin)).toMatchObject({ ok: true });
  });

  it("sign in by password and code; an unknown number, a wrong password and one who left answer the same", async () => {
    const stage = identityStage();
    const password = await fast.hash("clerk password 1");
    await stage.staff.save({ ...clerk, password }, stage.clock());
    const start = (staff: string, typed = "clerk password 1") =>
      stage.accounts.startStaffSignIn({ staff, password: typed }, origin);
    expect(await start("nobody")).toEqual(failed);
    expect(await start(clerk.staff, wrong)).toEqual(failed);
    const started = await start(clerk.staff);
    const challenge = started.ok ? started.value.challenge : "";
    const code = stage.sent.at(-1)?.code ?? "";
    const claims = await stage.accounts.finishStaffSignIn({ challenge, code }, origin);
    expect(claims).toMatchObject({ ok: true, value: { sub: "staff:sd-zr-0102", roles: "clerk", division: "440606" } });
    await stage.staff.save({ ...clerk, password, version: 2, roles: [] }, stage.clock());
    expect(await start(clerk.staff)).toEqual(failed);
    expect(await stage.accounts.staffClaims(clerk.staff)).toBeUndefined();
    expect(stage.memory.published().map(({ type }) => type)).toContain("gov.yimen.identity.staff-dismissed.v1");
  });
});
