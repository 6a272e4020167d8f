import { describe, expect, it } from "vitest";
import { dynamoRows } from "#functions/identity/adapters/dynamo-rows.ts";
import { guardianshipsStore, mandatesStore, organisationsStore } from "#functions/identity/adapters/grounds-store.ts";
import type { IdentityRows } from "#functions/identity/adapters/identity-rows.ts";
import { liveGrounds } from "#functions/identity/adapters/live-grounds.ts";
import { memoryRows } from "#functions/identity/adapters/memory-rows.ts";
import { challengesStore, limitsStore, visitsStore } from "#functions/identity/adapters/passing-stores.ts";
import { peopleStore } from "#functions/identity/adapters/people-store.ts";
import { casesStore, recordsStore } from "#functions/identity/adapters/records-store.ts";
import { openVisit } from "#functions/identity/domain/counter-visit.ts";
import { grantMandate } from "#functions/identity/domain/mandate.ts";
import { closePerson, type OpenPerson, registerPerson } from "#functions/identity/domain/person.ts";
import { rotateKeys } from "#functions/identity/rotate-keys.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { newId } from "#shared/kernel/ids.ts";
import { fieldCipher, type KeyRing } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { consents, li, residentId, zhang } from "#test/support/accounts-stage.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { rotateAll } from "#test/support/rotation.ts";

const AT = "2026-11-22T02:00:00.000Z";
const minutesOn = (minutes: number) => new Date(Date.parse(AT) + minutes * 60_000).toISOString();
const old: KeyRing = { id: "k1", key: "a".repeat(40), previous: [] };
const rotated: KeyRing = { id: "k2", key: "b".repeat(40), previous: [{ id: "k1", key: old.key }] };
const cipher = fieldCipher(old);

let tables = 0;

const onDynamo = async (): Promise<IdentityRows> => {
  const client = ownDocuments();
  const table = `identity-accounts-${++tables}`;
  await createDeployedTable(client, table, (scope) => new IdentityData(scope, local));
  return dynamoRows(client, table, () => AT);
};

const person = (who: typeof zhang = zhang, more: object = {}): OpenPerson => {
  const decision = registerPerson(
    { id: newId(), ...who, password: undefined, consents, assurance: { level: 2, method: "counter" }, ...more },
    AT,
  );
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value;
};

describe.each([
  ["memory", async () => memoryRows(() => AT)],
  ["DynamoDB", onDynamo],
])("accounts in %s", (_name, create) => {
  it("finds a person by id, ID number and phone, as last saved", async () => {
    const people = peopleStore(await create(), cipher);
    const one = person();
    const two = person(li, { phone: zhang.phone });
    await people.open(one);
    await people.open(two);
    expect(await people.find(one.id)).toEqual(one);
    expect(await people.byIdNumber(zhang.idNumber)).toEqual(one);
    expect((await people.byPhone(zhang.phone)).map(({ id }) => id).sort()).toEqual([one.id, two.id].sort());
    await people.save({ ...two, version: 2, phone: li.phone });
    expect(await people.byPhone(li.phone)).toMatchObject([{ id: two.id, version: 2 }]);
    await expect(people.save({ ...two, version: 2 })).rejects.toThrow(StaleVersionError);
    expect(await people.byIdNumber("110105194912310021")).toBeUndefined();
  });

  it("keeps with a person what voids their sign-ins, and whoever reads the row for a token finds it", async () => {
    const rows = await create();
    const [people, live] = [peopleStore(rows, cipher), liveGrounds(rows)];
    const one = person();
    await people.open(one);
    expect(await live.account(one.id)).toEqual({});
    await people.save({ ...one, version: 2 }, { reason: "taken-over", at: AT });
    const voided = { ...one, version: 2, notBefore: AT };
    expect(await people.find(one.id)).toEqual(voided);
    await people.save({ ...voided, version: 3, phone: li.phone });
    expect(await live.account(one.id)).toEqual({ notBefore: AT });
    await people.close({ status: "closed", id: one.id, version: 4, registeredAt: AT, closedAt: AT, consents: [] }, one);
    for (const gone of [one.id, "nobody"]) expect(await live.account(gone)).toBeUndefined();
  });

  it("opens one account of an ID number, however many try at the same time", async () => {
    const people = peopleStore(await create(), cipher);
    const tries = await Promise.allSettled([1, 2, 3, 4].map(() => people.open(person())));
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const tried of tries) if (tried.status === "rejected") expect(tried.reason).toBeInstanceOf(StaleVersionError);
  });

  it("closes an account and frees its number", async () => {
    const people = peopleStore(await create(), cipher);
    const one = person();
    await people.open(one);
    const closed = closePerson(one, { openCases: false, lastAdminOf: 0 }, AT);
    if (!closed.ok) throw new Error();
    await people.close(closed.value, one);
    expect(await people.find(one.id)).toEqual(closed.value);
    expect(await people.byIdNumber(zhang.idNumber)).toBeUndefined();
    await people.open(person());
  });

  it("finds people while keys are rotated, opens no second account, and needs no previous key when it is done", async () => {
    const rows = await create();
    const before = person();
    await peopleStore(rows, cipher).open(before);
    await peopleStore(rows, cipher).open(person(li));
    const during = fieldCipher(rotated);
    const people = peopleStore(rows, during);
    expect(await people.byIdNumber(zhang.idNumber)).toEqual(before);
    expect(await people.byPhone(zhang.phone)).toEqual([before]);
    await expect(people.open(person())).rejects.toThrow(StaleVersionError);

    const run = rotateKeys({ rows, cipher: during });
    const all = async () => (await rotateAll(run, 1)).rewritten;
    expect(await all()).toBe(2);
    expect(await all()).toBe(0);
    const alone = peopleStore(rows, fieldCipher({ ...rotated, previous: [] }));
    expect(await alone.byIdNumber(zhang.idNumber)).toEqual(before);
    expect(await alone.byPhone(zhang.phone)).toEqual([before]);
    await expect(alone.open(person())).rejects.toThrow(StaleVersionError);
    await alone.save({ ...before, version: 2 });
  });

  it("finds mandates by agent and by principal", async () => {
    const mandates = mandatesStore(await create());
    const principal = { kind: "legal", id: "91440300708461136T" } as const;
    const granted = grantMandate(
      { id: newId(), principal, agent: "a", scope: "all", validUntil: minutesOn(60), grantedBy: "b", fingerprint: "f" },
      AT,
    );
    if (!granted.ok) throw new Error();
    await mandates.save(granted.value);
    await mandates.save({ ...granted.value, version: 2, status: "revoked", revokedAt: AT, revokedBy: "b" });
    expect(await mandates.find(granted.value.id)).toMatchObject({ status: "revoked", principal });
    expect(await mandates.byAgent("a")).toHaveLength(1);
    expect(await mandates.byPrincipal(principal)).toHaveLength(1);
    expect(await mandates.byPrincipal({ kind: "natural", id: principal.id })).toEqual([]);
  });

  it("finds organisations by member, and forgets who left", async () => {
    const organisations = organisationsStore(await create());
    const member = (id: string) => ({ person: id, roles: ["admin" as const], since: AT });
    const first = {
      uscc: "91440300708461136T",
      version: 1,
      name: "示例科技有限公司",
      kind: "enterprise" as const,
      representative: "a",
      members: [member("a"), member("b")],
      checked: true,
      registeredAt: AT,
    };
    await organisations.save(first, undefined);
    await expect(organisations.save(first, undefined)).rejects.toThrow(StaleVersionError);
    expect(await organisations.ofMember("b")).toEqual([first]);
    await organisations.save({ ...first, version: 2, members: [member("a")] }, first);
    expect(await organisations.ofMember("b")).toEqual([]);
  });

  it("finds wards with the child's account, written in one go", async () => {
    const rows = await create();
    const child = person(
      { ...zhang, idNumber: residentId("44060620180601001") },
      {
        guardian: "g",
        consents: [...consents, { purpose: "guardian", textVersion: "1" }],
      },
    );
    const guardianship = { guardian: "g", child: child.id, validUntil: minutesOn(60) };
    await peopleStore(rows, cipher).open(child, guardianship);
    expect(await guardianshipsStore(rows).ofGuardian("g")).toEqual([guardianship]);
    expect(await guardianshipsStore(rows).find(child.id, "h")).toBeUndefined();

    const shown = { visit: "v", staff: "s", department: "d", evidence: { document: "出生医学证明" } };
    const guardianReplaced = { ...shown, before: "g", at: AT };
    const replaced = { ...child, version: 2, guardian: "h", guardianReplaced };
    await peopleStore(rows, cipher).replaceGuardian(replaced, "g");
    expect(await peopleStore(rows, cipher).find(child.id)).toEqual(replaced);
    expect(await guardianshipsStore(rows).find(child.id, "g")).toBeUndefined();
    expect(await guardianshipsStore(rows).find(child.id, "h")).toMatchObject({ guardian: "h", child: child.id });
    const again = peopleStore(rows, cipher).replaceGuardian(replaced, "g");
    await expect(again).rejects.toThrow(StaleVersionError);
    const { guardian: _gone, ...alone } = { ...replaced, version: 3 };
    await peopleStore(rows, cipher).replaceGuardian(alone, "h");
    expect(await peopleStore(rows, cipher).find(child.id)).toEqual(alone);
    expect(await guardianshipsStore(rows).ofGuardian("h")).toEqual([]);
  });

  it("takes a code once and tries it five times", async () => {
    const challenges = challengesStore(await create(), cipher);
    const challenge = {
      id: "c",
      purpose: "sign-in",
      phone: zhang.phone,
      code: "123456",
      expiresAt: minutesOn(5),
    } as const;
    expect(await challenges.open(challenge)).toBe(true);
    expect(await challenges.open(challenge)).toBe(false);
    const tryAs = (code: string) => challenges.attempt("c", { purpose: "sign-in", code, phone: zhang.phone }, AT);
    expect(await tryAs("000000")).toEqual({ right: false });
    const tries = await Promise.all([1, 2, 3].map(() => tryAs("123456")));
    expect(tries.filter(({ right }) => right)).toHaveLength(1);
    expect(await tryAs("123456")).toEqual({ right: false });
    await challenges.keepChoices("c", ["p", "q"], AT);
    expect(await challenges.choose("c", "r", AT)).toBe(false);
    expect(await challenges.choose("c", "p", AT)).toBe(true);
    expect(await challenges.choose("c", "q", AT)).toBe(false);
    await challenges.open({ ...challenge, id: "d" });
    for (let i = 0; i < 5; i++) await challenges.attempt("d", { purpose: "sign-in", code: "000000" }, AT);
    expect(await challenges.attempt("d", { purpose: "sign-in", code: "123456" }, AT)).toEqual({ right: false });
    expect(await challenges.attempt("nothing", { purpose: "sign-in", code: "123456" }, AT)).toEqual({ right: false });
  });

  it("keeps with a code what it was used for, by one write: a repeat of that is right, and nothing else", async () => {
    const challenges = challengesStore(await create(), cipher);
    const challenge = { purpose: "register", phone: zhang.phone, code: "123456", expiresAt: minutesOn(5) } as const;
    await challenges.open({ ...challenge, id: "c", subject: "s" });
    const use = (request: string, opens: string, code = "123456", at = AT) =>
      challenges.attempt("c", { purpose: "register", code }, at, { request, opens, asOf: 0 });
    expect(await use("one", "p", "000000")).toEqual({ right: false });
    const tries = await Promise.all(["p", "q", "r"].map((opens) => use("one", opens)));
    const opened = tries.map((tried) => (tried.right ? tried.use?.opens : undefined));
    expect(new Set(opened).size).toBe(1);
    expect(tries.map((tried) => tried.right && tried.use?.isRepeat).sort()).toEqual([false, true, true]);
    expect(await use("one", "t")).toEqual({
      right: true,
      subject: "s",
      use: { opens: opened[0], asOf: 0, isRepeat: true },
    });
    expect(await use("two", "p")).toEqual({ right: false });
    expect(await challenges.attempt("c", { purpose: "register", code: "123456" }, AT)).toEqual({ right: false });
  });

  it("counts within a window, everyone who comes at the same time too", async () => {
    const limits = limitsStore(await create(), cipher);
    const hits = await Promise.all(Array.from({ length: 6 }, () => limits.within("n", "someone", 4, 60, AT)));
    expect(hits.filter(Boolean)).toHaveLength(4);
    expect(await limits.within("n", "someone else", 4, 60, AT)).toBe(true);
    expect(await limits.within("n", "someone", 4, 60, minutesOn(2))).toBe(true);
    await limits.clear("n", "someone");
    expect(await limits.within("n", "someone", 1, 60, AT)).toBe(true);
  });

  it("keeps who looked once, a page at a time, and which cases are open by their latest event", async () => {
    const rows = await create();
    const records = recordsStore(rows);
    const cases = casesStore(rows);
    for (const minute of [1, 2, 3, 3])
      await records.add("p", {
        id: `r${minute}`,
        at: minutesOn(minute),
        by: { client: "c" },
        purpose: "decision",
        what: "application",
      });
    const page = await records.list("p", { limit: 2 });
    if (page === "bad-cursor") throw new Error();
    expect(page.items.map(({ id }) => id)).toEqual(["r3", "r2"]);
    expect(await records.list("p", { limit: 2, cursor: page.next })).toMatchObject({ items: [{ id: "r1" }] });
    expect(await records.list("p", { limit: 2, cursor: "x" })).toBe("bad-cursor");
    await cases.note("p", "case", true, 1);
    expect(await cases.hasOpen("p")).toBe(true);
    await cases.note("p", "case", false, 4);
    await cases.note("p", "case", true, 1);
    expect(await cases.hasOpen("p")).toBe(false);
  });

  it("keeps visits", async () => {
    const visits = visitsStore(await create(), cipher);
    const visit = openVisit(
      {
        id: "v",
        request: visits.marksOf("asked")[0],
        staff: "s",
        department: "d",
        person: "p",
        principal: { kind: "natural", id: "p" },
      },
      AT,
    );
    await visits.save(visit);
    expect(await visits.find("v")).toEqual(visit);
    expect(visits.marksOf("asked")).toContain((await visits.find("v"))?.request);
    expect(visits.marksOf("asked otherwise")).not.toContain(visit.request);
    await visits.save({ ...visit, version: 2, endedAt: AT });
    expect(await visits.find("v")).toMatchObject({ endedAt: AT });
    const later = new Date(Date.parse(AT) + 60_000).toISOString();
    await visits.save({ ...visit, id: "w", openedAt: later });
    await visits.save({ ...visit, id: "x", person: "somebody-else" });
    expect((await visits.ofPerson(visit.person)).map(({ id }) => id)).toEqual(["w", "v"]);
    expect(await visits.ofPerson("nobody")).toEqual([]);
  });
});
