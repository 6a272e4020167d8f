import { describe, expect, it } from "vitest";
import { events } from "#shared/contracts/events/index.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  declineApplication,
  readApplication,
} from "#shared/contracts/http/applications.ts";
import { instantRules, personalTexts, rules, stages } from "#test/support/applications.ts";
import { cityOffice, hotline, portal, submittedCase } from "#test/support/applications-api.ts";

const clerk = { officer: "clerk-1" };
const approver = { officer: "approver-1", outcome: "approve" };

describe("the life of a case over the API", () => {
  it("goes from submission to conclusion, each answer carrying the version and what is due next", async () => {
    const { call, asDepartment, at, params, published } = await submittedCase();
    const steps = [
      await call(acceptApplication, { ...asDepartment, body: clerk }),
      await call(decideStage, {
        ...at("handling"),
        body: { ...approver, outcome: "refuse", reasons: ["面积与登记簿不符"] },
      }),
      await call(decideStage, { ...at("review"), body: approver }),
      await call(decideStage, { ...at("approval"), body: approver }),
      await call(concludeApplication, { ...asDepartment, body: clerk }),
    ];
    expect(steps.map(({ status, headers, body }) => [status, headers.etag, body.status, body.stage])).toEqual([
      [200, '"2"', "accepted", "handling"],
      [200, '"3"', "accepted", "review"],
      [200, '"4"', "accepted", "approval"],
      [200, '"5"', "approved", undefined],
      [200, '"6"', "concluded", undefined],
    ]);
    expect(steps[3]?.body.deliverBy).toEqual({ date: "2026-12-04", provisional: false });

    const read = await call(readApplication, { as: hotline, params });
    expect(read.headers.etag).toBe('"6"');
    expect(read.body).toMatchObject({
      status: "concluded",
      outcome: "approved",
      applicant: { kind: "natural", name: "欧***", idNumber: "4****************7", phone: "138****2345" },
    });
    expect(
      read.body.timeline.map(({ step, stage, by }: { step: string; stage?: string; by: { officer?: string } }) => [
        step,
        stage,
        by.officer,
      ]),
    ).toEqual([
      ["submitted", undefined, undefined],
      ["accepted", undefined, "clerk-1"],
      ["stage-decided", "handling", "approver-1"],
      ["stage-decided", "review", "approver-1"],
      ["approved", "approval", "approver-1"],
      ["concluded", undefined, "clerk-1"],
    ]);
    expect(published().map(({ type }) => type.split(".")[3])).toEqual([
      "submitted",
      "accepted",
      "stage-decided",
      "stage-decided",
      "decided",
      "concluded",
    ]);
  });

  it.each([
    ["approve", [], "approved"],
    ["refuse", ["不符合法定条件"], "refused"],
  ])("decides an instant item when it is accepted: %s", async (outcome, reasons, status) => {
    const { call, asDepartment, published } = await submittedCase(instantRules());
    const answer = await call(acceptApplication, {
      ...asDepartment,
      body: { ...clerk, decision: { outcome, reasons } },
    });
    expect(answer.body).toMatchObject({ status, version: 2 });
    expect(
      published()
        .slice(1)
        .map(({ id, sequence }) => [id.slice(27), sequence]),
    ).toEqual([
      ["2.0", 2],
      ["2.1", 2],
    ]);
  });

  it("ends when it is declined, with the reasons in the case and in no event", async () => {
    const { call, asDepartment, params, published } = await submittedCase();
    const reasons = ["欧阳小明不是登记的权利人"];
    expect((await call(declineApplication, { ...asDepartment, body: { ...clerk, reasons } })).body.status).toBe(
      "declined",
    );
    expect((await call(readApplication, { as: portal, params })).body.timeline.at(-1).reasons).toEqual(reasons);
    expect(JSON.stringify(published())).not.toContain("欧阳小明");
  });

  it.each([
    [
      "accept without a decision an instant item",
      instantRules(),
      acceptApplication,
      clerk,
      422,
      "application.decision-required",
    ],
    [
      "accept with a decision a committed item",
      rules(),
      acceptApplication,
      { ...clerk, decision: { outcome: "approve" } },
      422,
      "application.decision-not-due",
    ],
    [
      "refuse without a reason",
      instantRules(),
      acceptApplication,
      { ...clerk, decision: { outcome: "refuse" } },
      422,
      "application.reason-required",
    ],
    ["decline without a reason", rules(), declineApplication, { ...clerk, reasons: [] }, 422, "request.invalid"],
    [
      "decline with a reason of blanks",
      rules(),
      declineApplication,
      { ...clerk, reasons: ["   "] },
      422,
      "request.invalid",
    ],
    ["act without an officer", rules(), acceptApplication, {}, 422, "application.officer-required"],
    ["conclude what is not decided", rules(), concludeApplication, clerk, 409, "application.not-decided"],
  ])("does not let a department %s", async (_what, item, contract, body, status, code) => {
    const { call, asDepartment, params, published, store } = await submittedCase(item);
    const before = await store.find(params.id);
    expect(await call(contract, { ...asDepartment, body })).toMatchObject({
      status,
      body: { type: `/problems/${code}` },
    });
    expect(await store.find(params.id)).toEqual(before);
    expect(published()).toHaveLength(1);
  });

  it("does not let the clerk who accepted approve", async () => {
    const { call, asDepartment, at } = await submittedCase(rules({ stages: stages("approval") }));
    await call(acceptApplication, { ...asDepartment, body: clerk });
    const answer = await call(decideStage, { ...at("approval"), body: { ...clerk, outcome: "approve" } });
    expect(answer).toMatchObject({ status: 409, body: { type: "/problems/application.same-officer" } });
  });

  it("tells at which stage a case is when another is decided", async () => {
    const { call, asDepartment, at } = await submittedCase();
    await call(acceptApplication, { ...asDepartment, body: clerk });
    const answer = await call(decideStage, { ...at("approval"), body: approver });
    expect(answer.body).toMatchObject({ type: "/problems/application.wrong-stage", detail: "it is at handling" });
    expect((await call(decideStage, { ...at("archive"), body: approver })).status).toBe(404);
  });
});

describe("a command that is repeated", () => {
  it("answers the same bytes, even after the case has moved on, and writes nothing", async () => {
    const { call, asDepartment, at, published } = await submittedCase();
    const accept = () => call(acceptApplication, { ...asDepartment, body: clerk, key: "k-1" });
    const first = await accept();
    await call(decideStage, { ...at("handling"), body: approver });
    const again = await accept();
    expect([again.status, again.text, again.headers]).toEqual([200, first.text, first.headers]);
    expect(published()).toHaveLength(3);
  });

  it.each([
    ["another body", acceptApplication, { officer: "clerk-2" }],
    ["another command", concludeApplication, clerk],
  ])("with %s is refused", async (_what, contract, body) => {
    const { call, asDepartment } = await submittedCase();
    await call(acceptApplication, { ...asDepartment, body: clerk, key: "k-1" });
    expect(await call(contract, { ...asDepartment, body, key: "k-1" })).toMatchObject({
      status: 409,
      body: { type: "/problems/request.key-reused" },
    });
  });

  it("by another client with the same key is another command", async () => {
    const { call, asDepartment, params } = await submittedCase();
    await call(acceptApplication, { ...asDepartment, body: clerk, key: "k-1" });
    expect(await call(acceptApplication, { as: cityOffice, params, body: clerk, key: "k-1" })).toMatchObject({
      status: 409,
      body: { type: "/problems/application.not-submitted" },
    });
  });

  it("many times at once acts once", async () => {
    const { call, asDepartment, published } = await submittedCase();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => call(acceptApplication, { ...asDepartment, body: clerk, key: "k-1" })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(published()).toHaveLength(2);
  });

  it("at once under different keys is decided once; the others are told what became of the case", async () => {
    const { call, asDepartment, published } = await submittedCase();
    const answers = await Promise.all(
      ["clerk-1", "clerk-2", "clerk-3"].map((officer) =>
        call(acceptApplication, { ...asDepartment, body: { officer } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(published()).toHaveLength(2);
  });
});

describe("a command that names the version it saw", () => {
  it.each([
    ['"1"', 200],
    ['"2"', 412],
    ['"0"', 412],
  ])("in If-Match: %s on version 1 answers %i", async (ifMatch, status) => {
    const { call, asDepartment } = await submittedCase();
    expect((await call(acceptApplication, { ...asDepartment, body: clerk, ifMatch })).status).toBe(status);
  });

  it("is answered as before when it is repeated, although the version has moved on", async () => {
    const { call, asDepartment } = await submittedCase();
    const accept = () => call(acceptApplication, { ...asDepartment, body: clerk, key: "k-1", ifMatch: '"1"' });
    const first = await accept();
    expect(await accept()).toEqual(first);
  });
});

describe("the events of a case", () => {
  it("of every step keep their contracts, name the department and the item, and no person", async () => {
    const { call, at, asDepartment, params, published } = await submittedCase(
      rules({ stages: stages("handling", "approval") }),
    );
    await call(acceptApplication, { ...asDepartment, body: clerk });
    await call(decideStage, { ...at("handling"), body: { ...approver, reasons: ["欧阳小明住环市东路8号"] } });
    await call(decideStage, { ...at("approval"), body: approver });
    await call(concludeApplication, { ...asDepartment, body: clerk });
    expect(published()).toHaveLength(5);
    for (const event of published()) {
      const contract = events.find(({ type }) => type === event.type);
      expect(contract?.schema.parse(event)).toEqual(event);
      expect(event).toMatchObject({
        source: "/applications",
        subject: params.id,
        department: "11440606MB2D26310W",
        division: "440606",
        itemcode: rules().code,
        correlationid: "request-1",
        data: { itemVersion: 2, itemName: rules().name },
      });
      for (const text of personalTexts) expect(JSON.stringify(event)).not.toContain(text);
    }
    expect(new Set(published().map(({ id }) => id)).size).toBe(5);
  });
});
