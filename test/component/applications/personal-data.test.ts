import { describe, expect, it } from "vitest";
import { PersonalDataReadV1 } from "#shared/contracts/events/applications.ts";
import { readApplication, readPersonalData, submitApplication } from "#shared/contracts/http/applications.ts";
import { applicant, form, personalTexts, rules } from "#test/support/applications.ts";
import {
  applicationsApi,
  cityOffice,
  department,
  otherDepartment,
  portal,
  submission,
  submittedCase,
} from "#test/support/applications-api.ts";

const reading = { purpose: "decision", officer: "ss-sj-0203" };

describe("reading an applicant's data", () => {
  it("shows all of it to the case's department", async () => {
    const { call, asDepartment } = await submittedCase();
    const answer = await call(readPersonalData, { ...asDepartment, body: reading });
    expect(answer).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
    expect(answer.body).toEqual({ applicant: applicant(), form });
  });

  it("is told in an event: who, of which case, and what for; not what was read", async () => {
    const { call, params, published } = await submittedCase();
    const read = () => call(readPersonalData, { as: cityOffice, params, body: reading });
    await read();
    await read();
    const [, first, second] = published();
    expect(PersonalDataReadV1.schema.parse(first)).toEqual(first);
    expect(first).toMatchObject({
      source: "/applications/readings",
      sequence: 1,
      department: "11440606MB2D26310W",
      data: {
        client: "dept-land-city",
        officer: "ss-sj-0203",
        purpose: "decision",
        number: expect.stringContaining(rules().code),
      },
    });
    expect(second?.id).not.toBe(first?.id);
    for (const text of personalTexts) expect(JSON.stringify(published())).not.toContain(text);
  });

  it("shows nothing when it cannot be recorded", async () => {
    const { call } = applicationsApi([rules()], (store) => ({
      ...store,
      recordReading: () => Promise.reject(new Error("the table is away")),
    }));
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const answer = await call(readPersonalData, { as: department, params: { id: body.id }, body: reading });
    expect(answer.status).toBe(500);
    for (const text of personalTexts) expect(answer.text).not.toContain(text);
  });

  it("shows nothing before the record is kept", async () => {
    let kept: () => void = () => undefined;
    const keeping = new Promise<void>((resolve) => {
      kept = resolve;
    });
    const order: string[] = [];
    let asked: () => void = () => undefined;
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { call } = applicationsApi([rules()], (store) => ({
      ...store,
      async recordReading() {
        asked();
        await keeping;
        order.push("recorded");
      },
    }));
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const shown = call(readPersonalData, { as: department, params: { id: body.id }, body: reading }).then(() => {
      order.push("shown");
    });
    await wasAsked;
    kept();
    await shown;
    expect(order).toEqual(["recorded", "shown"]);
  });

  it.each([
    ["another department", otherDepartment, 404],
    ["the same department of another district", { ...department, division: "440604" }, 404],
    ["a channel", portal, 403],
    ["a channel that got the scope", { ...portal, scopes: `${portal.scopes} applications:personal` }, 404],
    ["a department without the scope", { ...department, scopes: "applications:read applications:decide" }, 403],
  ])("is denied to %s, and no reading is recorded", async (_who, as, status) => {
    const { call, params, published } = await submittedCase();
    const answer = await call(readPersonalData, { as, params, body: reading });
    expect(answer.status).toBe(status);
    for (const text of personalTexts) expect(answer.text).not.toContain(text);
    expect(published()).toHaveLength(1);
  });

  it.each([
    ["no purpose", { officer: "ss-sj-0203" }, "/purpose"],
    ["a purpose of one's own", { ...reading, purpose: "curiosity" }, "/purpose"],
  ])("is refused with %s", async (_what, body, pointer) => {
    const { call, asDepartment, published } = await submittedCase();
    const answer = await call(readPersonalData, { ...asDepartment, body });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(published()).toHaveLength(1);
  });
});

it("is refused when nobody says which officer reads", async () => {
  const { call, asDepartment, published } = await submittedCase();
  const answer = await call(readPersonalData, { ...asDepartment, body: { purpose: "decision" } });
  expect(answer).toMatchObject({ status: 422, body: { type: "/problems/application.officer-required" } });
  expect(published()).toHaveLength(1);
});

describe("reading a case", () => {
  it.each([
    ["its department", department],
    ["a channel", portal],
  ])("shows %s the applicant masked, and nothing of the form", async (_who, as) => {
    const { call, params } = await submittedCase();
    const answer = await call(readApplication, { as, params });
    expect(answer.body.applicant).toEqual({
      kind: "natural",
      name: "欧***",
      idNumber: "4****************7",
      phone: "138****2345",
    });
    expect(answer.body).not.toHaveProperty("form");
    for (const text of personalTexts) expect(answer.text).not.toContain(text);
  });

  it.each([
    ["unknown", "0".repeat(26), "application.not-found"],
    ["no id at all", "abc", "request.not-found"],
  ])("finds nothing under an id that is %s", async (_what, id, code) => {
    const { call } = await submittedCase();
    const answer = await call(readApplication, { as: portal, params: { id } });
    expect(answer).toMatchObject({ status: 404, body: { type: `/problems/${code}` } });
  });
});
