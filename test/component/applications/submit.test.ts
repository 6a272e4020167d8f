import { describe, expect, it } from "vitest";
import { readApplication, submitApplication } from "#shared/contracts/http/applications.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { applicant, company, rules } from "#test/support/applications.ts";
import { applicationsApi, department, hotline, portal, submission } from "#test/support/applications-api.ts";

describe("submitting an application", () => {
  it("answers with the case number and the day by which it is accepted, and publishes one event", async () => {
    const { call, published } = applicationsApi();
    const answer = await call(submitApplication, { as: portal, body: submission(), key: "k-1" });
    const id = derivedId("application", "portal", "k-1");
    expect(answer.status).toBe(201);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toEqual({
      id,
      number: `${rules().code}20261122${id.slice(-11)}`,
      status: "submitted",
      version: 1,
      acceptBy: { date: "2026-11-27", provisional: false },
    });
    expect(published().map(({ type, subject }) => [type, subject])).toEqual([
      ["gov.yimen.application.submitted.v1", id],
    ]);
  });

  it("keeps the version of the item it was made under, whatever is published later", async () => {
    const { call, items } = applicationsApi();
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    await items.keep(rules({ version: 3, name: "新名称" }));
    const read = await call(readApplication, { as: portal, params: { id: body.id } });
    expect(read.body.item).toEqual({ code: rules().code, version: 2, name: rules().name });
  });

  it.each([
    ["an item that is not published", { itemCode: "11440606MB2D26310W4440712009999" }, "application.item-not-found"],
    ["an applicant of the wrong kind", { applicant: company }, "application.applicant-not-eligible"],
    [
      "a wrong check character",
      { applicant: applicant({ idNumber: "440606199003070018" }) },
      "application.invalid-id-number",
    ],
  ])("is refused for %s, and nothing is published", async (_what, more, code) => {
    const { call, published } = applicationsApi([rules({ applicants: ["natural"] })]);
    const answer = await call(submitApplication, { as: portal, body: submission(more) });
    expect(answer).toMatchObject({ status: 422, body: { type: `/problems/${code}` } });
    expect(published()).toEqual([]);
  });

  it.each([
    ["a department", department],
    ["a channel that may only read", { ...portal, scopes: "applications:read" }],
  ])("is not for %s", async (_what, as) => {
    const { call, published } = applicationsApi();
    const answer = await call(submitApplication, { as, body: submission() });
    expect(answer).toMatchObject({ status: 403, body: { type: "/problems/request.scope-missing" } });
    expect(published()).toEqual([]);
  });

  it("does not echo what was sent when it does not fit", async () => {
    const { call } = applicationsApi();
    const wrong = applicant({ idNumber: "440606 1990-03-07", phone: "+86 138 2771 2345" });
    const answer = await call(submitApplication, { as: portal, body: submission({ applicant: wrong }) });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/applicant/idNumber",
      "/applicant/phone",
    ]);
    expect(answer.text).not.toMatch(/1990-03-07|2771/);
  });
});

describe("submitting again with the same key", () => {
  it("and the same body answers the same bytes, later too, and publishes nothing more", async () => {
    const { call, published, setNow } = applicationsApi();
    const first = await call(submitApplication, { as: portal, body: submission(), key: "k-1" });
    setNow("2027-01-04T02:00:00.000Z");
    const { form, ...rest } = submission();
    const again = await call(submitApplication, { as: portal, body: { form, ...rest }, key: "k-1" });
    expect([again.status, again.text, again.headers]).toEqual([first.status, first.text, first.headers]);
    expect(published()).toHaveLength(1);
  });

  it("answers the same after the item no longer takes such applicants", async () => {
    const { call, items } = applicationsApi();
    const first = await call(submitApplication, { as: portal, body: submission(), key: "k-1" });
    await items.keep(rules({ version: 3, applicants: ["legal"] }));
    const again = await call(submitApplication, { as: portal, body: submission(), key: "k-1" });
    expect([again.status, again.text]).toEqual([first.status, first.text]);
  });

  it.each([
    ["another form", { form: { 房屋坐落: "别处" } }],
    ["another applicant", { applicant: company }],
    ["an applicant with a wrong number", { applicant: applicant({ idNumber: "440606199003070018" }) }],
  ])("and %s is refused, and the case stays as it was", async (_what, more) => {
    const { call, published, store } = applicationsApi();
    const { body } = await call(submitApplication, { as: portal, body: submission(), key: "k-1" });
    const before = await store.find(body.id);
    const answer = await call(submitApplication, { as: portal, body: submission(more), key: "k-1" });
    expect(answer).toMatchObject({ status: 409, body: { type: "/problems/request.key-reused" } });
    expect(await store.find(body.id)).toEqual(before);
    expect(published()).toHaveLength(1);
  });

  it("from another client is another case", async () => {
    const { call, published } = applicationsApi();
    const [one, other] = await Promise.all(
      [portal, hotline].map((as) => call(submitApplication, { as, body: submission(), key: "k-1" })),
    );
    expect([one?.status, other?.status]).toEqual([201, 201]);
    expect(one?.body.id).not.toBe(other?.body.id);
    expect(one?.body.number).not.toBe(other?.body.number);
    expect(published()).toHaveLength(2);
  });

  it("many times at once makes one case, and answers all the same", async () => {
    const { call, published } = applicationsApi();
    const calls = Array.from({ length: 8 }, () =>
      call(submitApplication, { as: portal, body: submission(), key: "k-1" }),
    );
    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(published()).toHaveLength(1);
  });
});
