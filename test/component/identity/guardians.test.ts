import { describe, expect, it } from "vitest";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import {
  clerk,
  consents,
  type IdentityStage,
  identityStage,
  justNow,
  li,
  origin,
  residentId,
  self,
  wang,
  zhang,
} from "#test/support/accounts-stage.ts";

const asClerk = {
  client: "window-pc",
  scopes: "counter:assist",
  staff: clerk.staff,
  roles: ["clerk" as const],
  department: clerk.department,
  division: clerk.division,
};
const child = { name: "小明", idNumber: residentId("44060620180601001") };
const evidence = { document: "出生医学证明 D440606001", sha256: "b".repeat(64) };
const guardianConsents = [...consents, { purpose: "guardian", textVersion: "2026-1" }] as const;

/** A child that a stranger has registered, and acts for. */
const registeredByStranger = async (idNumber = child.idNumber, name = child.name) => {
  const stage = identityStage();
  await stage.staff.save(clerk, stage.clock());
  const stranger = await stage.person(li);
  const ward = await stage.ward(stranger, idNumber, name);
  return { stage, stranger, ward };
};

const visitOf = async (stage: IdentityStage, who: { name: string; idNumber: string }) => {
  const body = { name: who.name, idNumber: who.idNumber };
  return (await stage.call(routes.openCounterSession, { as: asClerk, body })).body;
};
const replace = (stage: IdentityStage, id: string, more: object = {}, as: Verdict = asClerk) =>
  stage.call(routes.replaceGuardian, { as, params: { id }, body: { ...child, evidence, ...more } });
const actsFor = async (stage: IdentityStage, guardian: string, ward: string) => {
  const principal = { kind: "natural", id: ward } as const;
  const standing = await stage.live.standing("guardian", { person: guardian, principal }, stage.clock());
  const may = await stage.accounts.mayActFor(guardian, principal);
  expect(may.ok).toBe(standing !== undefined);
  return may.ok;
};

describe("a child that a stranger has registered", () => {
  it("is acted for by its guardian from when a counter was shown who that is, and by the stranger no longer", async () => {
    const { stage, stranger, ward } = await registeredByStranger();
    const parent = await stage.person(zhang);
    const wanted = { ...child, consents: guardianConsents };
    await stage.accounts.registerWard(justNow(parent), wanted, origin);
    expect(await actsFor(stage, parent, ward)).toBe(false);
    const { id } = await visitOf(stage, zhang);
    const sent = stage.sent.length;

    const done = await replace(stage, id);
    expect(done).toMatchObject({ status: 200, body: { person: ward, version: 2, guardian: parent } });
    expect((await replace(stage, id)).text).toBe(done.text);
    expect(await actsFor(stage, parent, ward)).toBe(true);
    expect(await actsFor(stage, stranger, ward)).toBe(false);
    expect(stage.sent.slice(sent)).toEqual([{ phone: li.phone, notice: "guardian-replaced" }]);
    const told = stage.memory.published().filter(({ type }) => type.includes("guardian-replaced"));
    expect(told).toMatchObject([{ subject: ward, sequence: 2, data: { guardian: parent, visit: id } }]);
    const kept = JSON.stringify(stage.memory.atRest().filter(({ pk }) => pk === `person#${ward}`));
    for (const part of [evidence.document, clerk.staff, stranger]) expect(kept).toContain(part);

    // The number and the name are known to the stranger still: registering again gives nothing back.
    await stage.accounts.registerWard(justNow(stranger), wanted, origin);
    expect(await actsFor(stage, stranger, ward)).toBe(false);
    const { consents: given = [] } = (await stage.accounts.account(ward)) ?? {};
    expect(given.filter(({ withdrawnAt }) => !withdrawnAt).map(({ textVersion }) => textVersion)).toEqual(
      Array(3).fill("counter-paper"),
    );
  });

  it("has the name that is on its document, whatever the stranger typed", async () => {
    const { stage, ward } = await registeredByStranger(child.idNumber, "小红");
    const { id } = await visitOf(stage, zhang);
    expect((await replace(stage, id)).status).toBe(200);
    const shown = await stage.accounts.profile(ward, { client: "test", purpose: "test" });
    expect(shown?.name).toBe(child.name);
  });

  it("sends the stranger away itself, when it is 14 and comes to a counter, and keeps what it has agreed to", async () => {
    const grown = { name: "小强", idNumber: residentId("44060620121201001") };
    const { stage, stranger, ward } = await registeredByStranger(grown.idNumber, grown.name);
    stage.later(30 * 24 * 60);
    const { id, person } = await visitOf(stage, grown);
    expect(person).toBe(ward);
    expect(await actsFor(stage, stranger, ward)).toBe(true);
    const before = await stage.accounts.account(ward);
    const done = await replace(stage, id, grown);
    expect(done.body).toEqual({ person: ward, version: (before?.version ?? 0) + 1 });
    expect((await replace(stage, id, grown)).text).toBe(done.text);
    expect(await actsFor(stage, stranger, ward)).toBe(false);
    expect((await stage.accounts.account(ward))?.consents).toEqual(before?.consents);
    const again = await visitOf(stage, grown);
    expect((await replace(stage, again.id, grown)).body.type).toBe("/problems/guardian.none");
  });

  it("keeps its own consents when another guardian comes after it is 14, and its name once that is verified", async () => {
    const grown = { name: "小强", idNumber: residentId("44060620121201001") };
    const { stage, stranger, ward } = await registeredByStranger(grown.idNumber, grown.name);
    stage.later(30 * 24 * 60);
    await visitOf(stage, grown);
    const before = await stage.accounts.account(ward);
    const { id, person: parent } = await visitOf(stage, zhang);
    const misnamed = await replace(stage, id, { ...grown, name: "小刚" });
    expect(misnamed).toMatchObject({ status: 409, body: { type: "/problems/counter.name-differs" } });
    expect((await replace(stage, id, grown)).body.guardian).toBe(parent);
    expect(await actsFor(stage, parent, ward)).toBe(true);
    expect(await actsFor(stage, stranger, ward)).toBe(false);
    expect((await stage.accounts.account(ward))?.consents).toEqual(before?.consents);
  });

  it("is not given back by a visit from before, or by one that is repeated late", async () => {
    const { stage, stranger, ward } = await registeredByStranger();
    const [first, late] = [await visitOf(stage, wang), await visitOf(stage, li)];
    stage.later(1);
    const newer = await visitOf(stage, zhang);
    expect((await replace(stage, newer.id)).status).toBe(200);
    for (const { id } of [first, late])
      expect(await replace(stage, id)).toMatchObject({
        status: 409,
        body: { type: "/problems/guardian.replaced-since" },
      });
    expect(await actsFor(stage, newer.person, ward)).toBe(true);
    for (const gone of [first.person, stranger]) expect(await actsFor(stage, gone, ward)).toBe(false);
  });

  it("is given to nobody without a clerk, a visit of one's own that is open, and a document", async () => {
    const { stage, stranger, ward } = await registeredByStranger();
    await stage.staff.save({ ...clerk, staff: "sd-zr-0999" }, stage.clock());
    const { id } = await visitOf(stage, zhang);
    const statusOf = async (...asked: Parameters<typeof replace>) => (await replace(...asked)).status;
    expect(await statusOf(stage, id, {}, { ...asClerk, staff: "sd-zr-0999" })).toBe(404);
    expect(await statusOf(stage, id, {}, self(stranger))).toBe(403);
    expect(await statusOf(stage, id, { evidence: { document: "" } })).toBe(422);
    const forTheWard = await stage.call(routes.openCounterSession, {
      as: asClerk,
      body: { name: li.name, idNumber: li.idNumber, actFor: { kind: "natural", id: ward } },
    });
    expect(await statusOf(stage, forTheWard.body.id)).toBe(403);
    for (const idNumber of [residentId("44060620190601002"), wang.idNumber])
      expect(await statusOf(stage, id, { idNumber })).toBe(404);
    await stage.call(routes.endCounterSession, { as: asClerk, params: { id } });
    expect(await statusOf(stage, id)).toBe(404);
    expect(await actsFor(stage, stranger, ward)).toBe(true);
  });
});
