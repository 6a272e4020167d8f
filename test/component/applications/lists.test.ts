import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  decideStage,
  declineApplication,
  listWorklist,
  searchApplications,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { applicant, company, otherPerson, personalTexts, rules, stages } from "#test/support/applications.ts";
import {
  type ApplicationsApi,
  applicationsApi,
  cityOffice,
  department,
  hotline,
  otherDepartment,
  portal,
  submission,
  submittedCase,
} from "#test/support/applications-api.ts";

const minutesLater = (minutes: number): string =>
  new Date(Date.parse("2026-11-22T02:00:00Z") + minutes * 60_000).toISOString();
const daysLater = (days: number): string => minutesLater(days * 24 * 60);

const submitAt = async ({ call, setNow }: ApplicationsApi, at: string, more: Parameters<typeof submission>[0] = {}) => {
  setNow(at);
  return (await call(submitApplication, { as: portal, body: submission(more) })).body.id as string;
};

const person = ({ kind, idNumber }: { kind: string; idNumber: string }) => ({ applicant: { kind, idNumber } });
const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);

/** Follows the cursors from the first page to the last; also says how long each page was. */
const pages = async (
  read: (
    query: Record<string, string>,
  ) => Promise<{ status: number; body: { items: { id: string }[]; next?: string } }>,
  limit: number,
) => {
  const ids: string[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const { status, body } = await read({ limit: `${limit}`, ...(cursor && { cursor }) });
    expect(status).toBe(200);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    ids.push(...idsOf(body.items));
    cursor = body.next;
  }
  return ids;
};

describe("searching an applicant's cases", () => {
  it("finds them newest first, by whatever channel they came, and no one else's", async () => {
    const api = applicationsApi();
    const ids = [];
    for (const minute of [0, 1, 2]) ids.unshift(await submitAt(api, minutesLater(minute)));
    await submitAt(api, minutesLater(3), { applicant: otherPerson });
    await submitAt(api, minutesLater(4), { applicant: company });
    const answer = await api.call(searchApplications, { as: hotline, body: person(applicant()) });
    expect(idsOf(answer.body.items)).toEqual(ids);
    expect(answer.body.items[0]).toEqual({
      id: ids[0],
      number: expect.stringMatching(/^.{50}$/),
      itemName: rules().name,
      itemCode: rules().code,
      status: "submitted",
      receivedAt: minutesLater(2),
      dueBy: { date: "2026-11-27", provisional: false },
    });
    for (const text of personalTexts) expect(answer.text).not.toContain(text);
  });

  it("shows no deadline while the issue is held for a fee, and keeps the case on its department's list", async () => {
    const fees = [{ name: "登记费", amount: 8000, due: "issue" as const }];
    const api = await submittedCase(rules({ stages: stages("approval"), fees }));
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "c-1" } });
    await api.call(decideStage, { ...api.at("approval"), body: { officer: "a-1", outcome: "approve" } });
    const { body } = await api.call(searchApplications, { as: portal, body: person(applicant()) });
    const worklist = await api.call(listWorklist, { as: department, query: { list: "open" } });
    for (const { items } of [body, worklist.body]) {
      expect(items).toMatchObject([{ id: api.params.id, status: "approved" }]);
      expect(items[0].dueBy).toBeUndefined();
    }
  });

  it("tells the number of a person from the same number of another kind", async () => {
    const api = applicationsApi();
    await submitAt(api, minutesLater(0));
    const { body } = await api.call(searchApplications, {
      as: portal,
      body: person({ ...applicant(), kind: "legal" }),
    });
    expect(body).toEqual({ items: [] });
  });

  it("pages through each case once, newest first, whatever the limit", async () => {
    const api = applicationsApi();
    const ids: string[] = [];
    for (const minute of [0, 0, 0, 1, 2, 2, 3, 4, 5]) ids.push(await submitAt(api, minutesLater(minute)));
    const read = (query: Record<string, string>) =>
      api.call(searchApplications, { as: portal, query, body: person(applicant()) });
    const whole = (await read({ limit: "100" })).body.items as { id: string; receivedAt: string }[];
    expect(whole.map(({ receivedAt }) => receivedAt)).toEqual([5, 4, 3, 2, 2, 1, 0, 0, 0].map(minutesLater));
    expect(idsOf(whole).sort()).toEqual([...ids].sort());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), async (limit) => {
        expect(await pages(read, limit)).toEqual(
          (await read({ limit: "100" })).body.items.map(({ id }: { id: string }) => id),
        );
      }),
      { numRuns: 20 },
    );
  });

  it("shows the rest once when a case comes in between two pages", async () => {
    const api = applicationsApi();
    const ids: string[] = [];
    for (const minute of [0, 1, 2, 3]) ids.unshift(await submitAt(api, minutesLater(minute)));
    const read = (query: Record<string, string>) =>
      api.call(searchApplications, { as: portal, query, body: person(applicant()) });
    const first = (await read({ limit: "2" })).body;
    await submitAt(api, minutesLater(4));
    const second = (await read({ limit: "2", cursor: first.next })).body;
    expect(idsOf([...first.items, ...second.items])).toEqual(ids);
  });

  it.each([
    "junk",
    Buffer.from("[1]").toString("base64url"),
    Buffer.from('"x"').toString("base64url"),
    Buffer.from('{"at":"2026"}').toString("base64url"),
    Buffer.from('{"pk":1,"at":"2026"}').toString("base64url"),
    Buffer.from('{"pk":"","at":""}').toString("base64url"),
  ])("refuses the cursor %s, which it has not given", async (cursor) => {
    const answer = await applicationsApi().call(searchApplications, {
      as: portal,
      query: { cursor },
      body: person(applicant()),
    });
    expect(answer).toMatchObject({ status: 422, body: { type: "/problems/request.bad-cursor" } });
  });

  it.each(["0", "101", "-1", "1.5", "many", ""])("refuses the limit %j", async (limit) => {
    const answer = await applicationsApi().call(searchApplications, {
      as: portal,
      query: { limit },
      body: person(applicant()),
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { type: "/problems/request.invalid", errors: [{ pointer: "limit" }] },
    });
  });

  it("is not for departments", async () => {
    const answer = await applicationsApi().call(searchApplications, { as: department, body: person(applicant()) });
    expect(answer.status).toBe(403);
  });
});

describe("a department's worklist", () => {
  const urgent = async () => {
    const slow = rules({ code: "11440606MB2D26310W4440712002041", limits: { statutory: 30, promised: 20 } });
    const api = applicationsApi([
      rules(),
      slow,
      rules({ code: "11440606MB2D26310W4440712002042", division: "440604" }),
    ]);
    const later = await submitAt(api, daysLater(5));
    const sooner = await submitAt(api, daysLater(0));
    const slowest = await submitAt(api, daysLater(1), { itemCode: slow.code });
    await submitAt(api, daysLater(0), { itemCode: "11440606MB2D26310W4440712002042" });
    return { api, later, sooner, slowest };
  };
  const listed = async ({ call }: ApplicationsApi, as: Verdict = department) =>
    idsOf((await call(listWorklist, { as })).body.items);

  it("shows its open cases by what is due first, not by what came first", async () => {
    const { api, later, sooner, slowest } = await urgent();
    expect(await listed(api)).toEqual([sooner, slowest, later]);
    await api.call(acceptApplication, { as: department, params: { id: slowest }, body: { officer: "c" } });
    expect(await listed(api)).toEqual([sooner, later, slowest]);
    const { body } = await api.call(listWorklist, { as: department });
    expect(body.items[2]).toMatchObject({ status: "accepted", stage: "handling", dueBy: { provisional: false } });
  });

  it("loses a case when it is closed, in whatever way", async () => {
    const { api, later, sooner, slowest } = await urgent();
    const body = { officer: "c", reasons: ["不属于本部门职权"] };
    await api.call(declineApplication, { as: department, params: { id: sooner }, body });
    expect(await listed(api)).toEqual([slowest, later]);
  });

  it("pages through each case once, whatever the limit", async () => {
    const { api, later, sooner, slowest } = await urgent();
    for (const limit of [1, 2, 3, 4])
      expect(await pages((query) => api.call(listWorklist, { as: department, query }), limit)).toEqual([
        sooner,
        slowest,
        later,
      ]);
  });

  it("is its own: another department or a neighbouring division has another one, the city's office sees all below it", async () => {
    const { api, later, sooner, slowest } = await urgent();
    expect(await listed(api, otherDepartment)).toEqual([]);
    expect(await listed(api, { ...department, division: "440604" })).toHaveLength(1);
    expect(await listed(api, cityOffice)).toEqual(expect.arrayContaining([later, sooner, slowest]));
  });

  it.each([
    ["a channel", { ...portal, scopes: "applications:decide" }],
    ["a department without a division", { ...department, division: undefined }],
  ])("is not for %s", async (_who, as) => {
    const answer = await applicationsApi().call(listWorklist, { as });
    expect(answer).toMatchObject({ status: 403, body: { type: "/problems/request.scope-missing" } });
  });

  it("refuses a cursor that it has not given", async () => {
    const answer = await applicationsApi().call(listWorklist, { as: department, query: { cursor: "junk" } });
    expect(answer).toMatchObject({ status: 422, body: { type: "/problems/request.bad-cursor" } });
  });
});
