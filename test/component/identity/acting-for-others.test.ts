import { describe, expect, it } from "vitest";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import {
  clerk,
  type IdentityStage,
  identityStage,
  li,
  origin,
  self,
  wang,
  zhang,
} from "#test/support/accounts-stage.ts";

const uscc = "91440300708461136T";
const until = "2027-11-22T16:00:00.000Z";
const company = {
  uscc,
  name: "示例科技有限公司",
  kind: "enterprise",
  representative: { name: zhang.name, idNumber: zhang.idNumber },
};
const forCompany = (person: string) => ({
  ...self(person),
  actFor: { kind: "legal" as const, id: uscc },
  ground: "member",
});

const stageWithCompany = async () => {
  const stage = identityStage();
  const boss = await stage.person(zhang);
  const agent = await stage.person(li);
  const done = await stage.call(routes.registerOrganisation, { as: self(boss), body: company });
  expect(done.body.representativeVerified).toBe(false);
  expect(done.status).toBe(201);
  return { stage, boss, agent };
};
const grant = (stage: IdentityStage, as: Verdict, agent: string, more: object = {}) =>
  stage.call(routes.grantMandate, { as, body: { agent, scope: "all", validUntil: until, ...more } });

describe("an organisation", () => {
  it.each([
    ["a wrong check character", { uscc: "91440300708461136X" }, 422, "organisation.invalid-code"],
    [
      "another's representative",
      { representative: { name: li.name, idNumber: li.idNumber } },
      403,
      "organisation.not-representative",
    ],
    [
      "a wrong name of the representative",
      { representative: { ...company.representative, name: "张三" } },
      403,
      "organisation.not-representative",
    ],
  ])("is not registered with %s", async (_what, wrong, status, code) => {
    const stage = identityStage();
    const boss = await stage.person(zhang);
    const answer = await stage.call(routes.registerOrganisation, { as: self(boss), body: { ...company, ...wrong } });
    expect(answer).toMatchObject({ status, body: { type: `/problems/${code}` } });
  });

  it("is not registered by someone who has only declared themselves", async () => {
    const stage = identityStage();
    const boss = await stage.person(zhang, 1);
    expect((await stage.call(routes.registerOrganisation, { as: self(boss), body: company })).status).toBe(403);
  });

  it("is known to its members only, and never without an admin", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const params = { uscc, person: agent };
    expect((await stage.call(routes.readOrganisation, { as: self(agent), params })).status).toBe(404);
    expect((await stage.call(routes.setMember, { as: self(agent), params, body: { roles: ["admin"] } })).status).toBe(
      404,
    );
    const added = await stage.call(routes.setMember, { as: forCompany(boss), params, body: { roles: ["handler"] } });
    expect(added.body.members).toHaveLength(2);
    expect((await stage.call(routes.setMember, { as: self(agent), params, body: { roles: ["admin"] } })).status).toBe(
      404,
    );
    const last = await stage.call(routes.removeMember, { as: self(boss), params: { uscc, person: boss } });
    expect(last).toMatchObject({ status: 409, body: { type: "/problems/member.last-admin" } });
    expect((await stage.accounts.principalsOf(agent)).map(({ principal }) => principal.id)).toEqual([agent, uscc]);
    expect(
      await stage.live.standing("member", { person: agent, principal: { kind: "legal", id: uscc } }, stage.clock()),
    ).toEqual({});
    await stage.call(routes.removeMember, { as: self(boss), params });
    expect(
      await stage.live.standing("member", { person: agent, principal: { kind: "legal", id: uscc } }, stage.clock()),
    ).toBeUndefined();
    expect(await stage.accounts.mayActFor(agent, { kind: "legal", id: uscc })).toMatchObject({ ok: false });
  });
});

describe("a mandate", () => {
  it("that reaches furthest is the one that counts, of several by the same principal, whichever came last", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const items = ["11440606MB2D26310W2440104001001", "11440606MB2D26310W2440104001002"];
    await grant(stage, forCompany(boss), agent, { scope: items.slice(0, 1) });
    const all = await grant(stage, forCompany(boss), agent);
    await grant(stage, forCompany(boss), agent, { scope: items });
    const acting = await stage.accounts.mayActFor(agent, { kind: "legal", id: uscc });
    expect(acting).toMatchObject({ ok: true, value: { claims: { ground: `mandate:${all.body.id}` } } });
    await stage.call(routes.revokeMandate, { as: forCompany(boss), params: { id: all.body.id } });
    const then = await stage.accounts.mayActFor(agent, { kind: "legal", id: uscc });
    expect(then.ok && then.value.choice.scope).toEqual(items);
  });

  it("lets the agent act until it is revoked, in a live token too, and says so in events", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const granted = await grant(stage, forCompany(boss), agent);
    expect(granted).toMatchObject({ status: 201, body: { status: "active", agent, agentName: "李**" } });
    const principal = { kind: "legal", id: uscc } as const;
    const acting = await stage.accounts.mayActFor(agent, principal);
    const ground = `mandate:${granted.body.id}`;
    expect(acting).toMatchObject({ ok: true, value: { claims: { sub: agent, act_for: principal, ground } } });
    const standing = () => stage.live.standing(ground, { person: agent, principal }, stage.clock());
    expect(await standing()).toEqual({});
    expect(await stage.live.standing(ground, { person: boss, principal }, stage.clock())).toBeUndefined();
    const revoked = await stage.call(routes.revokeMandate, { as: forCompany(boss), params: { id: granted.body.id } });
    expect(revoked.body.status).toBe("revoked");
    expect(await standing()).toBeUndefined();
    expect(
      stage.memory
        .published()
        .slice(-2)
        .map(({ type }) => type),
    ).toEqual(["gov.yimen.identity.mandate-granted.v1", "gov.yimen.identity.mandate-revoked.v1"]);
  });

  it("ends by itself, and a repeated grant finds the first", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const body = { agent, scope: "all", validUntil: "2026-11-22T04:00:00.000Z" };
    const first = await stage.call(routes.grantMandate, { as: self(boss), key: "m", body });
    const again = await stage.call(routes.grantMandate, { as: self(boss), key: "m", body });
    expect(again.text).toBe(first.text);
    const other = await stage.call(routes.grantMandate, {
      as: self(boss),
      key: "m",
      body: { ...body, validUntil: until },
    });
    expect(other.status).toBe(409);
    stage.later(180);
    const acting = await stage.accounts.mayActFor(agent, { kind: "natural", id: boss });
    expect(acting).toEqual({ ok: false, refusal: { code: "mandate.none" } });
  });

  it("is not passed on, not granted to oneself, to nobody, by strangers, backwards or for ever", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const mandate = (await grant(stage, forCompany(boss), agent)).body.id;
    const byMandate = { ...self(agent), actFor: { kind: "legal" as const, id: uscc }, ground: `mandate:${mandate}` };
    const third = await stage.person(wang);
    expect((await grant(stage, byMandate, third)).body.type).toBe("/problems/mandate.not-yours-to-grant");
    expect((await stage.call(routes.listMandates, { as: byMandate })).status).toBe(403);
    expect((await grant(stage, self(boss), boss)).body.type).toBe("/problems/mandate.agent-is-principal");
    expect((await grant(stage, self(boss), "0".repeat(26))).body.type).toBe("/problems/mandate.unknown-agent");
    for (const validUntil of ["2026-11-21T00:00:00.000Z", "2036-01-01T00:00:00.000Z"])
      expect((await grant(stage, self(boss), agent, { validUntil })).body.type).toBe(
        "/problems/mandate.invalid-period",
      );
    const params = { id: mandate };
    expect((await stage.call(routes.revokeMandate, { as: self(third), params })).status).toBe(404);
    expect((await stage.call(routes.revokeMandate, { as: self(agent), params })).body.status).toBe("revoked");
  });
});

describe("a letter of authority", () => {
  const evidence = { file: "01KB0M6A4B5C6D7E8F9G0H1J2K", sha256: "0f".repeat(32) };
  const department = { client: "land-bureau", scopes: "identity:verify", department: clerk.department };

  it("is shown, as it was named, to both sides and to the department that has to compare it", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    const { status, body } = await grant(stage, self(boss), agent, { evidence });
    expect(status).toBe(201);
    expect(body.evidence).toEqual(evidence);
    const params = { id: body.id };
    expect((await stage.call(routes.verifyMandate, { as: department, params })).body.evidence).toEqual(evidence);
    const held = await stage.call(routes.listMandates, { as: self(agent), query: { as: "agent" } });
    expect(held.body.items).toMatchObject([{ evidence }]);
    const without = await grant(stage, self(boss), agent);
    expect(without.body).not.toHaveProperty("evidence");
  });

  it.each([
    ["a file that is none", { ...evidence, file: "../scan.pdf" }],
    ["no digest", { file: evidence.file }],
    ["a digest too short", { ...evidence, sha256: "0f" }],
    ["a digest in capitals", { ...evidence, sha256: "0F".repeat(32) }],
  ])("is refused with %s", async (_what, wrong) => {
    const { stage, boss, agent } = await stageWithCompany();
    expect((await grant(stage, self(boss), agent, { evidence: wrong })).status).toBe(422);
  });
});

describe("a guardian", () => {
  it("registers a child under 14 and acts for it; nobody else does", async () => {
    const stage = identityStage();
    const mother = await stage.person(zhang);
    const child = await stage.ward(mother);
    const principal = { kind: "natural", id: child } as const;
    expect(await stage.accounts.mayActFor(mother, principal)).toMatchObject({
      value: { claims: { ground: "guardian" } },
    });
    const asMother = { ...self(mother), actFor: principal, ground: "guardian" };
    expect((await stage.call(routes.readMe, { as: asMother })).body).toMatchObject({ id: child, name: "小*" });
    expect((await stage.call(routes.exportMe, { as: asMother })).status).toBe(403);
    const other = await stage.person(li);
    expect(await stage.accounts.mayActFor(other, principal)).toMatchObject({ ok: false });
    expect(await stage.live.standing("guardian", { person: other, principal }, stage.clock())).toBeUndefined();
  });

  it("is followed by another when their account is closed; nobody takes a child whose guardian is there", async () => {
    const stage = identityStage();
    const mother = await stage.person(zhang);
    const child = await stage.ward(mother);
    const principal = { kind: "natural", id: child } as const;
    const father = await stage.person(li);
    const mayAct = (person: string) => stage.accounts.mayActFor(person, principal);
    await stage.ward(father);
    expect(await mayAct(father)).toMatchObject({ ok: false });
    await stage.accounts.closeAccount(mother, { password: zhang.password }, origin);
    expect(stage.memory.atRest().filter(({ pk }) => pk.startsWith("guardianship#"))).toEqual([]);
    await stage.ward(father, undefined, "小刚");
    expect(await mayAct(father)).toMatchObject({ ok: false });
    await stage.ward(father);
    expect(await mayAct(father)).toMatchObject({ value: { claims: { ground: "guardian" } } });
    expect(await stage.live.standing("guardian", { person: father, principal }, stage.clock())).toBeDefined();
    await stage.ward(father);
    expect(
      (await stage.accounts.principalsOf(father)).filter(({ ground }) => ground?.type === "guardian"),
    ).toHaveLength(1);
  });

  it("must be verified, and the child a child", async () => {
    const stage = identityStage();
    const someone = await stage.person(zhang, 1);
    await expect(stage.ward(someone)).rejects.toThrow("person.assurance-too-low");
    const verified = await stage.person(li);
    await expect(stage.ward(verified, wang.idNumber)).rejects.toThrow("person.not-a-child");
  });
});

describe("a visit to the counter", () => {
  const asClerk = {
    client: "window-pc",
    scopes: "counter:assist",
    staff: clerk.staff,
    roles: ["clerk" as const],
    department: clerk.department,
    division: clerk.division,
  };
  const { name, idNumber } = wang;

  it("serves someone new, records the helper, and leaves nothing for the next person", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const opened = await stage.call(routes.openCounterSession, { as: asClerk, body: { name, idNumber } });
    expect(opened).toMatchObject({ status: 201, body: { status: "open", staff: clerk.staff } });
    const { id, person } = opened.body;
    expect(await stage.accounts.counterClaims(clerk.staff, id)).toMatchObject({
      value: { sub: person, helper: clerk.staff, counter: id, acr: "2" },
    });
    expect(await stage.accounts.counterClaims("sd-zr-0999", id)).toMatchObject({ ok: false });
    const helped = { ...self(person), helper: clerk.staff, counter: id };
    expect((await stage.call(routes.readMe, { as: helped })).status).toBe(200);
    for (const route of [routes.exportMe, routes.listAccesses])
      expect((await stage.call(route, { as: helped })).body.type).toBe("/problems/person.not-at-the-counter");
    expect(await stage.live.isVisitOpen(id, { person, staff: clerk.staff, issuedAt: 0 }, stage.clock())).toBe(true);
    await stage.call(routes.endCounterSession, { as: asClerk, params: { id } });
    expect(await stage.live.isVisitOpen(id, { person, staff: clerk.staff, issuedAt: 0 }, stage.clock())).toBe(false);
    expect(await stage.accounts.counterClaims(clerk.staff, id)).toMatchObject({ ok: false });
  });

  it("serves whoever shows the document, whatever name somebody typed with its number", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const squatted = await stage.person({ ...wang, name: "王五" }, 1);
    const opened = await stage.call(routes.openCounterSession, { as: asClerk, body: { name, idNumber } });
    expect(opened).toMatchObject({ status: 201, body: { person: squatted } });
    const shown = await stage.accounts.profile(squatted, { client: "test", purpose: "test" });
    expect(shown?.name).toBe(name);
    expect(await stage.accounts.account(squatted)).toMatchObject({ assurance: { level: 2 }, hasPassword: false });
  });

  it("ends by itself after half an hour, and only its clerk may end it before", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const { body } = await stage.call(routes.openCounterSession, { as: asClerk, body: { name, idNumber } });
    const other = { ...asClerk, staff: "sd-zr-0999" };
    expect((await stage.call(routes.endCounterSession, { as: other, params: { id: body.id } })).status).toBe(404);
    stage.later(31);
    expect(await stage.accounts.counterClaims(clerk.staff, body.id)).toMatchObject({ ok: false });
  });

  it("is not shown to the next one who comes with the same key", async () => {
    const stage = identityStage();
    await stage.staff.save(clerk, stage.clock());
    const open = (body: object) => stage.call(routes.openCounterSession, { as: asClerk, body, key: "k" });
    const first = await open({ name, idNumber });
    expect((await open({ name, idNumber })).text).toBe(first.text);
    const reused = [
      { name: zhang.name, idNumber: zhang.idNumber },
      { name, idNumber, actFor: { kind: "legal", id: "91440300708461136T" } },
    ];
    for (const body of reused)
      expect(await open(body)).toMatchObject({ status: 409, body: { type: "/problems/request.key-reused" } });
    await stage.call(routes.endCounterSession, { as: asClerk, params: { id: first.body.id } });
    expect(await open({ name, idNumber })).toMatchObject({ status: 201, body: { status: "ended" } });
    expect((await open(reused[0] ?? {})).body.type).toBe("/problems/request.key-reused");
  });

  it("makes the visitor an organisation's legal representative on a document, and the one before nobody in it", async () => {
    const { stage, boss, agent } = await stageWithCompany();
    await stage.staff.save(clerk, stage.clock());
    await stage.accounts.setMember(boss, uscc, { person: agent, roles: ["handler"] });
    const mandate = await grant(stage, forCompany(boss), agent);
    const opened = await stage.call(routes.openCounterSession, { as: asClerk, body: { name, idNumber } });
    const { id, person } = opened.body;
    const evidence = { document: "准予变更登记通知书（三水）登字第 1 号", sha256: "a".repeat(64) };
    const replace = (as: Verdict = asClerk, body: object = { uscc, evidence }, visit = id) =>
      stage.call(routes.replaceRepresentative, { as, params: { id: visit }, body });
    const sent = stage.sent.length;

    expect((await replace()).body).toEqual({ uscc, version: 3, representative: person });
    expect((await replace()).body).toEqual({ uscc, version: 3, representative: person });
    const { members = [] } = (await stage.call(routes.readOrganisation, { as: self(person), params: { uscc } })).body;
    expect(members.map(({ person, roles }: { person: string; roles: string[] }) => [person, roles.join()])).toEqual([
      [agent, "handler"],
      [person, "admin,handler"],
    ]);
    expect(await stage.accounts.mayActFor(boss, { kind: "legal", id: uscc })).toMatchObject({ ok: false });
    const took = await stage.call(routes.setMember, {
      as: forCompany(boss),
      params: { uscc, person: boss },
      body: { roles: ["admin"] },
    });
    expect(took.status).toBe(404);
    expect(await stage.accounts.verifyMandate(mandate.body.id)).toMatchObject({ value: { status: "active" } });
    expect(stage.sent.slice(sent)).toEqual([{ phone: zhang.phone, notice: "representative-replaced" }]);
    const told = stage.memory.published().filter(({ type }) => type.includes("representative-replaced"));
    expect(told).toMatchObject([{ subject: uscc, sequence: 3, data: { visit: id, servedBy: clerk.department } }]);
    const kept = JSON.stringify(stage.memory.atRest().filter(({ pk }) => pk === `organisation#${uscc}`));
    for (const part of [evidence.document, clerk.staff, boss]) expect(kept).toContain(part);
  });

  it("does not undo what a later visit has shown, by a request that comes again or late", async () => {
    const { stage, boss } = await stageWithCompany();
    await stage.staff.save(clerk, stage.clock());
    const evidence = { document: "准予变更登记通知书（三水）登字第 1 号" };
    const open = async (who: typeof li) => {
      const body = { name: who.name, idNumber: who.idNumber };
      return (await stage.call(routes.openCounterSession, { as: asClerk, body })).body;
    };
    const replace = (id: string) =>
      stage.call(routes.replaceRepresentative, { as: asClerk, params: { id }, body: { uscc, evidence } });
    const [first, second, late] = [await open(li), await open(wang), await open(zhang)];
    stage.later(1);
    expect((await replace(first.id)).status).toBe(200);
    stage.later(1);
    // Opened before the first was replaced, it has shown nothing of what holds now.
    expect(await replace(second.id)).toMatchObject({
      status: 409,
      body: { type: "/problems/organisation.replaced-since" },
    });
    const newer = await open(wang);
    expect((await replace(newer.id)).body).toMatchObject({ representative: newer.person });
    for (const visit of [first, late])
      expect(await replace(visit.id)).toMatchObject({
        status: 409,
        body: { type: "/problems/organisation.replaced-since" },
      });
    expect((await replace(newer.id)).body).toMatchObject({ representative: newer.person });
    expect(await stage.accounts.mayActFor(newer.person, { kind: "legal", id: uscc })).toMatchObject({ ok: true });
    for (const gone of [first.person, boss])
      expect(await stage.accounts.mayActFor(gone, { kind: "legal", id: uscc })).toMatchObject({ ok: false });
  });

  it("gives no organisation to a visitor who has closed their account since", async () => {
    const { stage } = await stageWithCompany();
    await stage.staff.save(clerk, stage.clock());
    const visitor = await stage.person(li);
    const body = { name: li.name, idNumber: li.idNumber };
    const { id } = (await stage.call(routes.openCounterSession, { as: asClerk, body })).body;
    expect(await stage.accounts.closeAccount(visitor, { password: li.password }, origin)).toMatchObject({ ok: true });
    const evidence = { document: "准予变更登记通知书（三水）登字第 1 号" };
    const replaced = await stage.call(routes.replaceRepresentative, {
      as: asClerk,
      params: { id },
      body: { uscc, evidence },
    });
    expect(replaced).toMatchObject({ status: 404, body: { type: "/problems/counter.not-found" } });
  });

  it("gives an organisation to nobody without a clerk, a visit of one's own that is open, and a document", async () => {
    const { stage, boss } = await stageWithCompany();
    await stage.staff.save(clerk, stage.clock());
    await stage.staff.save({ ...clerk, staff: "sd-zr-0999" }, stage.clock());
    const evidence = { document: "营业执照 91440300708461136T" };
    const open = async (body: object) => (await stage.call(routes.openCounterSession, { as: asClerk, body })).body.id;
    const visit = await open({ name, idNumber });
    const replace = async (more: object = {}, as: Verdict = asClerk, id = visit) => {
      const body = { uscc, evidence, ...more };
      return (await stage.call(routes.replaceRepresentative, { as, params: { id }, body })).status;
    };
    expect(await replace({}, { ...asClerk, staff: "sd-zr-0999" })).toBe(404);
    expect(await replace({}, self(boss))).toBe(403);
    expect(await replace({ evidence: { document: "" } })).toBe(422);
    expect(await replace({ uscc: "91350100M000100Y43" })).toBe(404);
    const forTheCompany = await open({
      name: zhang.name,
      idNumber: zhang.idNumber,
      actFor: { kind: "legal", id: uscc },
    });
    expect(await replace({}, asClerk, forTheCompany)).toBe(403);
    await stage.call(routes.endCounterSession, { as: asClerk, params: { id: visit } });
    expect(await replace()).toBe(404);
    const organisation = await stage.accounts.organisation(boss, uscc);
    expect(organisation).toMatchObject({ value: { version: 1, members: [{ person: boss }] } });
  });

  it("is not opened by someone who is no clerk, nor under another name", async () => {
    const stage = identityStage();
    await stage.staff.save({ ...clerk, roles: ["officer"] }, stage.clock());
    const refused = await stage.call(routes.openCounterSession, { as: asClerk, body: { name, idNumber } });
    expect(refused).toMatchObject({ status: 403, body: { type: "/problems/counter.not-a-clerk" } });
    await stage.staff.save({ ...clerk, version: 2 }, stage.clock());
    await stage.person(wang);
    const misnamed = await stage.call(routes.openCounterSession, { as: asClerk, body: { name: "王五", idNumber } });
    expect(misnamed.body.type).toBe("/problems/counter.name-differs");
  });
});
