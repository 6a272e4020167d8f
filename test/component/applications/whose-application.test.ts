import { describe, expect, it } from "vitest";
import {
  beginDraft,
  readApplication,
  searchApplications,
  searchDrafts,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { applicant, company, instantRules, otherPerson, rules } from "#test/support/applications.ts";
import { applicationsApi, department, hotline, portal, submission } from "#test/support/applications-api.ts";
import { agent, problemOf as code, PERSON, person, staff, stranger } from "#test/support/case-people.ts";

describe("whose application it is", () => {
  it("a person's token says: no applicant is stated, and the account stands in the events", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    expect((await api.store.find(body.id))?.applicant).toEqual({ ...applicant(), person: PERSON });
    expect(api.published()[0]?.data.applicant).toEqual({ kind: "natural", id: PERSON });
  });

  it("another's cannot be brought, found, read or withdrawn by a person", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    const foreign = submission({ applicant: otherPerson });
    expect(code(await api.call(submitApplication, { as: person, body: foreign }))).toBe(
      "application.applicant-differs",
    );
    expect((await api.call(readApplication, { as: person, params: { id: body.id } })).status).toBe(200);
    expect((await api.call(readApplication, { as: stranger, params: { id: body.id } })).status).toBe(404);
    const mine = await api.call(searchApplications, { as: person, body: {} });
    expect(mine.body.items).toHaveLength(1);
    expect((await api.call(searchApplications, { as: stranger, body: {} })).body.items).toEqual([]);
    const { kind } = otherPerson;
    const theirs = { applicant: { kind, idNumber: otherPerson.idNumber } };
    expect((await api.call(searchApplications, { as: person, body: theirs })).status).toBe(422);
  });

  it("an agent's right and the clerk who helped stand in the history", async () => {
    const api = applicationsApi();
    const helped = { ...agent, helper: "clerk-9", counter: "v-1" } as const;
    const { body } = await api.call(submitApplication, { as: helped, body: submission({ applicant: undefined }) });
    const read = await api.call(readApplication, { as: agent, params: { id: body.id } });
    expect(read.body.timeline[0].by).toEqual({
      client: "app",
      channel: "mobile",
      ground: "mandate:m-1",
      helper: "clerk-9",
    });
    expect(api.published()[0]?.data.helper).toBe("clerk-9");
  });

  it("a mandate for other items reaches neither this item nor its cases", async () => {
    const api = applicationsApi();
    const { body } = await api.call(submitApplication, { as: person, body: submission({ applicant: undefined }) });
    const limited = { ...agent, items: ["11440600007039469J3442014901000"] };
    const again = submission({ applicant: undefined });
    expect(code(await api.call(submitApplication, { as: limited, body: again }))).toBe("application.not-in-mandate");
    expect((await api.call(readApplication, { as: limited, params: { id: body.id } })).status).toBe(404);
  });

  it("a mandate for one item lists the cases and drafts of that item, page by page, and nothing of others", async () => {
    const other = instantRules();
    const api = applicationsApi([rules(), other]);
    const inside: string[] = [];
    for (const itemCode of [rules().code, other.code, rules().code, other.code, other.code]) {
      api.setNow(new Date(Date.parse("2026-11-22T02:00:00.000Z") + inside.length * 1000).toISOString());
      const submittedCase = await api.call(submitApplication, {
        as: person,
        body: submission({ itemCode, applicant: undefined }),
      });
      const draft = await api.call(beginDraft, { as: person, body: { itemCode, content: {} } });
      if (itemCode === other.code) inside.push(submittedCase.body.id, draft.body.id);
    }
    const limited = { ...agent, items: [other.code] };
    const listed: { id: string; itemCode: string }[] = [];
    for (const search of [searchApplications, searchDrafts])
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const { body } = await api.call(search, {
          as: limited,
          body: {},
          query: { limit: "1", ...(cursor && { cursor }) },
        });
        listed.push(...body.items);
        cursor = body.next;
      }
    expect(listed.map(({ id }) => id).sort()).toEqual([...inside].sort());
    expect(new Set(listed.map(({ itemCode }) => itemCode))).toEqual(new Set([other.code]));
    expect((await api.call(searchApplications, { as: person, body: {} })).body.items).toHaveLength(5);
    expect((await api.call(searchApplications, { as: { ...agent, items: [] }, body: {} })).body.items).toEqual([]);
  });

  it("an item that demands a person's own face or document turns less away, and names what it wants", async () => {
    const api = applicationsApi([rules({ assurance: 3 })]);
    const body = submission({ applicant: undefined });
    const refused = await api.call(submitApplication, { as: person, body });
    expect(refused).toMatchObject({
      status: 403,
      body: { type: "/problems/application.assurance-needed", detail: "3" },
    });
    const lesser = { ...person, acr: "2" } as const;
    expect(code(await api.call(submitApplication, { as: lesser, body }))).toBe("application.assurance-needed");
    const verified = { ...person, acr: "3" } as const;
    const done = await api.call(submitApplication, { as: verified, body, key: "verified" });
    expect(done.status).toBe(201);
    // What was answered stays answered, whatever token asks again.
    expect(await api.call(submitApplication, { as: person, body, key: "verified" })).toMatchObject({ text: done.text });
  });

  it("a channel vouches for its applicant, and a clerk for whoever stands before them", async () => {
    const api = applicationsApi([rules({ assurance: 3 })]);
    const helped = { ...person, helper: "clerk-9", counter: "v-1" } as const;
    const body = submission({ applicant: undefined });
    expect((await api.call(submitApplication, { as: helped, body })).status).toBe(201);
    expect((await api.call(submitApplication, { as: portal, body: submission() })).status).toBe(201);
  });

  it("who has an open case for the same item is told of it, and may still apply", async () => {
    const api = applicationsApi();
    const first = await api.call(submitApplication, { as: portal, body: submission() });
    const second = await api.call(submitApplication, { as: hotline, body: submission(), key: "again" });
    expect(second.body.duplicates).toEqual([{ id: first.body.id, number: first.body.number }]);
    const repeated = await api.call(submitApplication, { as: hotline, body: submission(), key: "again" });
    expect(repeated.text).toBe(second.text);
    // The clerk who accepts is told of it as well; what one channel was told is not another's to read.
    const read = async (as: Verdict) => (await api.call(readApplication, { as, params: { id: second.body.id } })).body;
    expect((await read(department)).duplicates).toEqual(second.body.duplicates);
    expect((await read(staff("c-1", "clerk"))).duplicates).toEqual(second.body.duplicates);
    expect((await read(portal)).duplicates).toBeUndefined();
    const other = await api.call(submitApplication, { as: portal, body: submission({ applicant: company }) });
    expect(other.body.duplicates).toBeUndefined();
  });
});
