import { describe, expect, it } from "vitest";
import { memoryRows } from "#functions/identity/adapters/memory-rows.ts";
import { recordsStore } from "#functions/identity/adapters/records-store.ts";
import { type caseEvents, onCaseChanged } from "#functions/identity/consumers/on-case-changed.ts";
import { onPersonalDataRead } from "#functions/identity/consumers/on-personal-data-read.ts";
import {
  ApplicationConcludedV1,
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationReopenedV1,
  ApplicationRevokedV1,
  ApplicationSubmittedV1,
  ApplicationWithdrawnV1,
  FileReadV1,
  PersonalDataReadV1,
} from "#shared/contracts/events/applications.ts";
import * as routes from "#shared/contracts/http/identity.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { clerk, identityStage, li, origin, START, self, zhang } from "#test/support/accounts-stage.ts";
import { context, fromBus } from "#test/support/queue-events.ts";

const event = (
  contract: (typeof caseEvents)[number] | typeof PersonalDataReadV1 | typeof FileReadV1,
  version: number,
  person: string,
  subject = "case-1",
) =>
  eventsOf({ source: "/applications", subject, version, at: START }, [
    { contract, data: { ...contract.example, applicant: { kind: "natural", id: person } } },
  ])[0];

/** A stage whose table can be told to be out of reach for the next write. */
const failingStage = () => {
  let failing = false;
  const stage = identityStage({
    rows: (now) => {
      const rows = memoryRows(now);
      const save: typeof rows.save = async (...change) => {
        if (!failing) return rows.save(...change);
        failing = false;
        throw new Error("the table is not there");
      };
      return { ...rows, save };
    },
  });
  return {
    stage,
    failNextSave: () => {
      failing = true;
    },
  };
};

describe("one's own account", () => {
  it("shows who looked at the data, once, newest first, a page at a time", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const consumer = onPersonalDataRead({ records: recordsStore(stage.rows) });
    for (const subject of ["r1", "r2", "r3"]) {
      const reading = event(PersonalDataReadV1, 1, id, subject);
      await consumer(fromBus(reading, reading), context);
    }
    const page = await stage.call(routes.listAccesses, { as: self(id), query: { limit: "2" } });
    expect(page.body.items).toHaveLength(2);
    expect(page.body.items[0]).toMatchObject({ by: { staff: "ss-sj-0203" }, purpose: "decision", what: "application" });
    const rest = await stage.call(routes.listAccesses, { as: self(id), query: { cursor: page.body.next } });
    expect(rest.body.items).toHaveLength(1);
    expect(rest.body.next).toBeUndefined();
    expect((await stage.call(routes.listAccesses, { as: self(id), query: { cursor: "bad" } })).status).toBe(422);

    await consumer(fromBus(event(FileReadV1, 1, id, "r4")), context);
    const files = await stage.call(routes.listAccesses, { as: self(id), query: { limit: "100" } });
    expect(files.body.items.filter(({ what }: { what: string }) => what === "file")).toMatchObject([
      { by: { staff: "ss-sj-0203" }, purpose: "decision", reference: FileReadV1.example.number },
    ]);
  });

  it("shows an unmasked profile only once it is on record who wanted it", async () => {
    const stage = identityStage();
    const id = await stage.person();
    expect(await stage.accounts.profile(id)).toEqual({ name: "张**", phone: "138****8000", masked: true });
    expect(await stage.accounts.profile(id, { client: "land", purpose: "delivery" })).toMatchObject({
      name: zhang.name,
    });
    const log = await stage.call(routes.listAccesses, { as: self(id) });
    expect(log.body.items).toMatchObject([{ by: { client: "land" }, purpose: "delivery", what: "profile" }]);
  });

  it("is signed out wherever it was, when the password is changed through a channel", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const change = { current: zhang.password, wanted: "another long one" };
    await stage.accounts.changePassword(id, { ...change, current: "wrong" }, origin);
    expect(stage.ended).toEqual([]);
    await stage.accounts.changePassword(id, change, origin);
    expect(stage.ended).toEqual([id]);
  });

  it("changes the password with the old one, and the phone with a code to the new one", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const change = (current: string, wanted: string) =>
      stage.call(routes.changePassword, { as: self(id), body: { current, wanted } });
    expect((await change("wrong password", "another long one")).body.type).toBe("/problems/person.password-wrong");
    expect((await change(zhang.password, "short")).body.type).toBe("/problems/person.password-weak");
    expect((await change(zhang.password, "another long one")).status).toBe(200);
    const old = await stage.accounts.signInWithPassword(
      { identifier: zhang.idNumber, password: zhang.password },
      origin,
    );
    expect(old.ok).toBe(false);
    const proof = await stage.codeFor("13112345678", "change-phone");
    const body = { phone: "13112345678", ...proof, current: "another long one" };
    expect((await stage.call(routes.changePhone, { as: self(id), body })).status).toBe(200);
    expect((await stage.call(routes.changePhone, { as: self(id), body })).body.type).toBe(
      "/problems/challenge.wrong-code",
    );
    expect(stage.sent.at(-1)).toEqual({ phone: zhang.phone, notice: "phone-changed" });
  });

  it("changes the phone with the password only, where there is one; what is wrong is counted and costs no code", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const proof = await stage.codeFor("13112345678", "change-phone");
    const change = (current?: string) =>
      stage.call(routes.changePhone, { as: self(id), body: { phone: "13112345678", ...proof, current } });
    for (const current of [undefined, "wrong", "wrong", "wrong", "wrong"])
      expect((await change(current)).status).toBe(422);
    expect((await change(zhang.password)).body.type).toBe("/problems/identity.too-many-attempts");
    stage.later(16);
    const anew = await stage.codeFor("13112345678", "change-phone");
    const right = { phone: "13112345678", ...anew, current: zhang.password };
    expect((await stage.call(routes.changePhone, { as: self(id), body: { ...right, current: "no" } })).body.type).toBe(
      "/problems/person.password-wrong",
    );
    expect((await stage.call(routes.changePhone, { as: self(id), body: right })).status).toBe(200);
    const linked = await stage.accounts.linkUpstream({ ...li, phone: undefined, upstream: "gd", assurance: 3 }, origin);
    const none = linked.ok ? linked.value.person : "";
    const first = { phone: li.phone, ...(await stage.codeFor(li.phone, "change-phone")) };
    expect((await stage.call(routes.changePhone, { as: self(none), body: first })).status).toBe(200);
  });

  it("answers a repeat as it did the first, and does nothing twice", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const twice = async (contract: Parameters<typeof stage.call>[0], key: string, body: object) => {
      const [first, again] = [
        await stage.call(contract, { as: self(id), key, body }),
        await stage.call(contract, { as: self(id), key, body }),
      ];
      expect(first.status).toBe(200);
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      return first;
    };
    const wanted = "another long one";
    const change = { current: zhang.password, wanted };
    await twice(routes.changePassword, "a", change);
    // The same key says nothing for another password, and the same passwords say nothing under another key.
    for (const [key, body] of [
      ["a", { ...change, wanted: "not that long one" }],
      ["b", change],
    ] as const)
      expect((await stage.call(routes.changePassword, { as: self(id), key, body })).body.type).toBe(
        "/problems/person.password-wrong",
      );
    const phone = "13112345678";
    await twice(routes.changePhone, "c", { phone, ...(await stage.codeFor(phone, "change-phone")), current: wanted });
    await twice(routes.closeMe, "d", { password: wanted });
    expect(stage.sent.flatMap(({ notice }) => notice ?? [])).toEqual([
      "password-changed",
      "phone-changed",
      "account-closed",
    ]);
  });

  it("goes on with a change of phone that failed after its code was used", async () => {
    const { stage, failNextSave } = failingStage();
    const id = await stage.person();
    const phone = "13112345678";
    const body = { phone, ...(await stage.codeFor(phone, "change-phone")), current: zhang.password };
    failNextSave();
    const change = () => stage.call(routes.changePhone, { as: self(id), key: "a", body });
    expect((await change()).status).toBe(500);
    expect((await change()).status).toBe(200);
    expect(await stage.accounts.account(id)).toMatchObject({ phone: "131****5678" });
  });

  it("is not changed by a repeat once the account has changed hands, though the code was used before", async () => {
    const { stage, failNextSave } = failingStage();
    const id = await stage.person();
    const phone = "13112345678";
    const body = { phone, ...(await stage.codeFor(phone, "change-phone")), current: zhang.password };
    const change = () => stage.call(routes.changePhone, { as: self(id), key: "a", body });
    failNextSave();
    expect((await change()).status).toBe(500);
    const wanted = "another long one";
    await stage.accounts.changePassword(id, { current: zhang.password, wanted }, origin);
    expect((await change()).body.type).toBe("/problems/person.password-wrong");
    const knowing = { ...body, current: wanted };
    const again = await stage.call(routes.changePhone, { as: self(id), key: "a", body: knowing });
    expect(again.body.type).toBe("/problems/challenge.wrong-code");
    expect(await stage.accounts.account(id)).toMatchObject({ phone: "138****8000" });
  });

  it("answers two of the same request that come at the same time alike", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const phone = "13112345678";
    const body = { phone, ...(await stage.codeFor(phone, "change-phone")), current: zhang.password };
    const both = await Promise.all([1, 2].map(() => stage.call(routes.changePhone, { as: self(id), key: "a", body })));
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(stage.sent.filter(({ notice }) => notice === "phone-changed")).toHaveLength(1);
  });

  it("without a password changes its phone only by whoever has the phone until then", async () => {
    const stage = identityStage();
    const linked = await stage.accounts.linkUpstream({ ...li, upstream: "gd", assurance: 3 }, origin);
    const id = linked.ok ? linked.value.person : "";
    const phone = "13112345678";
    const change = async (more: object, key?: string) => {
      const { status, text, body } = await stage.call(routes.changePhone, {
        as: self(id),
        key,
        body: { phone, ...more },
      });
      return { status, text, type: body.type };
    };
    const refused = { status: 422, type: "/problems/person.present-phone-wrong" };
    const proof = await stage.codeFor(phone, "change-phone");
    expect(await change(proof)).toMatchObject(refused);
    expect(await change({ ...proof, present: proof })).toMatchObject(refused);
    expect(await change({ ...proof, current: "whatever there is" })).toMatchObject(refused);
    stage.later(2);
    const anew = await stage.codeFor(phone, "change-phone");
    const present = await stage.codeFor(li.phone, "change-phone");
    expect(await change({ ...anew, present: { ...present, code: "not it" } })).toMatchObject({ status: 422 });
    const changed = await change({ ...anew, present }, "k");
    expect(changed.status).toBe(200);
    expect((await change({ ...anew, present }, "k")).text).toBe(changed.text);
    expect(await stage.accounts.account(id)).toMatchObject({ phone: "131****5678" });
    expect(stage.sent.at(-1)).toEqual({ phone: li.phone, notice: "phone-changed" });
  });

  it("is changed and closed as well where the message about it cannot be sent", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const agent = await stage.person(li);
    stage.messages.sendNotice = async () => {
      throw new Error("the text message gateway answered HTTP 401");
    };
    const wanted = "another long one";
    const call = (contract: Parameters<typeof stage.call>[0], body?: object, params = {}) =>
      stage.call(contract, { as: self(id), body, params });
    expect((await call(routes.changePassword, { current: zhang.password, wanted })).status).toBe(200);
    const validUntil = "2027-01-01T00:00:00.000Z";
    const granted = await call(routes.grantMandate, { agent, scope: "all", validUntil });
    expect(granted.status).toBe(201);
    expect((await call(routes.revokeMandate, undefined, { id: granted.body.id })).status).toBe(200);
    expect((await call(routes.closeMe, { password: wanted })).status).toBe(200);
    expect(stage.ended).toEqual([id, id]);
  });

  it("keeps what was agreed to and when; what an account needs is not withdrawn", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const given = await stage.call(routes.giveConsent, {
      as: self(id),
      body: { purpose: "notices", textVersion: "1" },
    });
    expect(given.body.items).toHaveLength(4);
    const withdraw = (purpose: string) => stage.call(routes.withdrawConsent, { as: self(id), params: { purpose } });
    expect((await withdraw("notices")).body.items.at(-1)).toMatchObject({ withdrawnAt: expect.any(String) });
    expect((await withdraw("notices")).status).toBe(409);
    expect((await withdraw("account")).body.type).toBe("/problems/consent.needed");
  });

  it("is exported whole, to its owner alone, and the log has it", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const { status, body } = await stage.call(routes.exportMe, { as: self(id) });
    expect(status).toBe(200);
    expect(body.person).toMatchObject({ name: zhang.name, idNumber: zhang.idNumber, phone: zhang.phone });
    expect(JSON.stringify(body)).not.toContain("scrypt");
    expect(body.accesses).toMatchObject([{ what: "export" }]);
    const client = { client: "portal", scopes: "persons:manage" };
    expect((await stage.call(routes.exportMe, { as: client })).status).toBe(403);
  });

  it("is neither exported nor changed with a token that may only read it", async () => {
    const stage = identityStage();
    const as = { ...self(await stage.person()), scopes: "persons:self" };
    expect((await stage.call(routes.readMe, { as })).status).toBe(200);
    const writes = [
      [routes.exportMe],
      [routes.closeMe, { password: zhang.password }],
      [routes.changePassword, { current: zhang.password, wanted: "another long one" }],
      [routes.giveConsent, { purpose: "notices", textVersion: "1" }],
    ] as const;
    for (const [route, body] of writes)
      expect((await stage.call(route, { as, body })).body.type).toBe("/problems/request.scope-missing");
  });

  it("is exported with the visits to the counter and where it is signed in, and with nobody else's", async () => {
    const stage = identityStage();
    const id = await stage.person();
    await stage.person(li);
    await stage.staff.save(clerk, stage.clock());
    const visit = async (who: typeof zhang) => {
      const opened = await stage.accounts.openCounterSession(
        clerk.staff,
        { name: who.name, idNumber: who.idNumber },
        origin,
      );
      return opened.ok ? opened.value.id : "";
    };
    const [first, , last] = [await visit(zhang), await visit(li), await visit(zhang)];
    await stage.accounts.endCounterSession(clerk.staff, last);
    const iat = Math.floor(Date.parse(START) / 1000);
    const kept = { accountId: id, iat, exp: iat + 3600 };
    const rar = [{ type: "urn:yimen:device", device: "Firefox，Windows" }];
    const authorizations = { portal: { sid: "s", grantId: "g1" } };
    await stage.models("Session").upsert("s1", { ...kept, jti: "s1", uid: "u1", loginTs: iat, authorizations }, 3600);
    await stage.models("Grant").upsert("g1", { ...kept, jti: "g1", clientId: "portal", rar }, 3600);
    await stage.models("Grant").upsert("g2", { ...kept, jti: "g2", iat: iat - 60, clientId: "mini" }, 3600);
    await stage.models("Grant").upsert("g3", { ...kept, accountId: "another", jti: "g3", clientId: "mini" }, 3600);

    const { body } = await stage.call(routes.exportMe, { as: self(id) });
    expect(body.counterVisits).toMatchObject([
      { id: last, staff: clerk.staff, department: clerk.department, endedAt: expect.any(String) },
      { id: first, staff: clerk.staff, department: clerk.department },
    ]);
    expect(body.sessions).toEqual([
      { kind: "session", since: START, until: expect.any(String), device: "Firefox，Windows", clients: ["portal"] },
      { kind: "grant", since: "2026-11-22T01:59:00.000Z", until: expect.any(String), clients: ["mini"] },
    ]);
  });

  it.each([
    ["declined", ApplicationDeclinedV1],
    ["withdrawn", ApplicationWithdrawnV1],
    ["lapsed", ApplicationLapsedV1],
    ["revoked", ApplicationRevokedV1],
  ] as const)("may be closed when the case has %s, and not while it is open again", async (_how, contract) => {
    const stage = identityStage();
    const id = await stage.person();
    const consumer = onCaseChanged({ cases: stage.cases });
    const close = async () => {
      const as = self(id);
      return (await stage.call(routes.closeMe, { as, body: { password: zhang.password } })).status;
    };
    await consumer(fromBus(event(ApplicationSubmittedV1, 1, id), event(contract, 2, id)), context);
    await consumer(fromBus(event(ApplicationReopenedV1, 3, id)), context);
    expect(await close()).toBe(409);
    await consumer(fromBus(event(contract, 4, id)), context);
    expect(await close()).toBe(200);
  });

  it("is not closed while a case is open; then what must stay, stays without a name", async () => {
    const stage = identityStage();
    const id = await stage.person();
    const agent = await stage.person(li);
    await stage.call(routes.grantMandate, {
      as: self(id),
      body: { agent, scope: "all", validUntil: "2027-01-01T00:00:00.000Z" },
    });
    const consumer = onCaseChanged({ cases: stage.cases });
    await consumer(fromBus(event(ApplicationSubmittedV1, 1, id)), context);
    const close = () => stage.call(routes.closeMe, { as: self(id), body: { password: zhang.password } });
    expect((await close()).body.type).toBe("/problems/person.open-cases");
    // Late and twice: what was concluded does not open again.
    await consumer(fromBus(event(ApplicationConcludedV1, 4, id), event(ApplicationSubmittedV1, 1, id)), context);
    expect((await close()).status).toBe(200);
    const kept = JSON.stringify(stage.memory.atRest().filter(({ pk }) => pk === `person#${id}`));
    for (const gone of ["sealed", "password", "reference"]) expect(kept).not.toContain(gone);
    expect(kept).toContain("closed");
    expect(stage.ended).toContain(id);
    expect(await stage.accounts.mayActFor(agent, { kind: "natural", id })).toMatchObject({ ok: false });
    const again = await stage.person({ ...zhang, phone: "13112345678" });
    expect(again).not.toBe(id);
  });
});
