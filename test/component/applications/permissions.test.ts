import { describe, expect, it } from "vitest";
import type { Applicant } from "#functions/applications/domain/application.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  declineApplication,
  readApplication,
  withdrawApplication,
} from "#shared/contracts/http/applications.ts";
import { applicant, instantRules, otherPerson } from "#test/support/applications.ts";
import {
  type Call,
  cityOffice,
  department,
  hotline,
  otherDepartment,
  portal,
  submittedCase,
} from "#test/support/applications-api.ts";

const clerk = { officer: "clerk-1" };
const approver = { officer: "approver-1", outcome: "approve" };
const identity = ({ kind, idNumber }: Applicant) => ({ kind, idNumber });

describe("who may act on a case", () => {
  const acts = [
    ["accept", acceptApplication, clerk],
    ["decline", declineApplication, { ...clerk, reasons: ["不属于本部门职权"] }],
    ["decide", decideStage, approver],
    ["conclude", concludeApplication, clerk],
  ] as const;

  it.each(acts)("another department cannot %s it, and is not told that it is there", async (_name, contract, body) => {
    const { call, params, published } = await submittedCase();
    const call404 = { params: { ...params, stage: "handling" }, body };
    const answers = [
      await call(contract, { as: otherDepartment, ...call404 }),
      await call(contract, { as: { ...department, division: "440604" }, ...call404 }),
      await call(contract, { as: { ...department, division: undefined }, ...call404 }),
      await call(contract, { as: department, ...call404, params: { id: "0".repeat(26), stage: "handling" } }),
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 404, body: { type: "/problems/application.not-found" } });
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(published()).toHaveLength(1);
  });

  it.each(acts)("a channel cannot %s it, with or without the scope", async (_name, contract, body) => {
    const { call, params } = await submittedCase();
    const act: Omit<Call, "as"> = { params: { ...params, stage: "handling" }, body };
    expect((await call(contract, { as: portal, ...act })).status).toBe(403);
    const bold = { ...portal, scopes: `${portal.scopes} applications:decide` };
    expect((await call(contract, { as: bold, ...act })).status).toBe(404);
  });

  it("the department's house of the city may act on a case of a district", async () => {
    const { call, params } = await submittedCase();
    expect((await call(acceptApplication, { as: cityOffice, params, body: clerk })).body.status).toBe("accepted");
  });

  it.each([
    ["its own department", department, 200],
    ["a channel that knows its id", hotline, 200],
    ["another department", otherDepartment, 404],
  ])("read by %s it is answered as the contract says", async (_who, as, status) => {
    const { call, params } = await submittedCase();
    expect((await call(readApplication, { as, params })).status).toBe(status);
  });
});

describe("a withdrawal", () => {
  const withdrawal = { applicant: identity(applicant()), reason: "不办了" };

  it("is made through any channel that names the applicant", async () => {
    const { call, params, published } = await submittedCase();
    const answer = await call(withdrawApplication, { as: hotline, params, body: withdrawal });
    expect(answer).toMatchObject({ status: 200, body: { status: "withdrawn", version: 2 } });
    expect(published().at(-1)?.type).toBe("gov.yimen.application.withdrawn.v1");
  });

  it.each([
    ["another person's number", identity(otherPerson)],
    ["the number as another kind's", { kind: "legal", idNumber: applicant().idNumber }],
  ])("with %s finds no case", async (_what, named) => {
    const { call, params, store } = await submittedCase();
    const answer = await call(withdrawApplication, { as: portal, params, body: { applicant: named } });
    expect(answer).toMatchObject({ status: 404, body: { type: "/problems/application.not-found" } });
    expect((await store.find(params.id))?.phase.status).toBe("submitted");
  });

  it("is too late after the decision", async () => {
    const { call, params, asDepartment } = await submittedCase(instantRules());
    await call(acceptApplication, { ...asDepartment, body: { ...clerk, decision: { outcome: "approve" } } });
    const answer = await call(withdrawApplication, { as: portal, params, body: withdrawal });
    expect(answer).toMatchObject({ status: 409, body: { type: "/problems/application.already-decided" } });
  });
});
