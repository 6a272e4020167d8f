import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  decideStage,
  readApplication,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import { applicationsApi, department, portal, submission } from "#test/support/applications-api.ts";
import { problemOf as code } from "#test/support/case-people.ts";
import { item, whole } from "#test/support/demanding-item.ts";

describe("the approval form", () => {
  const decided = async (answers: object[], more: object = { outcome: "approve" }) => {
    const api = await submittedCaseOf();
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "c-1" } });
    return api.call(decideStage, { ...api.at("approval"), body: { officer: "a-1", answers, ...more } });
  };
  const submittedCaseOf = async () => {
    const api = applicationsApi([item]);
    const { body } = await api.call(submitApplication, { as: portal, body: { ...submission(), ...whole } });
    const params = { id: body.id as string };
    return {
      ...api,
      params,
      asDepartment: { as: department, params },
      at: (stage: string) => ({ as: department, params: { ...params, stage } }),
    };
  };
  const yes = (check: string) => ({ check, yes: true });
  const no = { check: "c2", yes: false, reason: "依据第十条，面积不足" };

  it.each([
    ["all yes, approved", [yes("c1"), yes("c2")], { outcome: "approve" }, 200, undefined],
    ["one no with its reason, refused", [yes("c1"), no], { outcome: "refuse" }, 200, undefined],
    ["one left out", [yes("c1")], { outcome: "approve" }, 422, "application.checks-unanswered"],
    [
      "one that is not asked",
      [yes("c1"), yes("c2"), yes("c3")],
      { outcome: "approve" },
      422,
      "application.check-unknown",
    ],
    ["one answered twice", [yes("c1"), yes("c1"), yes("c2")], { outcome: "approve" }, 422, "application.check-unknown"],
    [
      "a no without its reason",
      [yes("c1"), { check: "c2", yes: false }],
      { outcome: "refuse" },
      422,
      "application.check-reason-required",
    ],
    [
      "one no, and approved all the same",
      [yes("c1"), no],
      { outcome: "approve" },
      422,
      "application.decision-contradicts-checks",
    ],
    [
      "all yes, and refused all the same",
      [yes("c1"), yes("c2")],
      { outcome: "refuse", reasons: ["就是不行"] },
      422,
      "application.decision-contradicts-checks",
    ],
  ])("%s", async (_what, answers, more, status, refusal) => {
    const answer = await decided(answers, more);
    expect([answer.status, code(answer)]).toEqual([status, refusal]);
  });

  it("stands in the history with every answer and reason", async () => {
    const api = await submittedCaseOf();
    await api.call(acceptApplication, { ...api.asDepartment, body: { officer: "c-1" } });
    await api.call(decideStage, {
      ...api.at("approval"),
      body: { officer: "a-1", outcome: "refuse", answers: [yes("c1"), no] },
    });
    const { body } = await api.call(readApplication, { as: department, params: api.params });
    expect(body.timeline.at(-1)).toMatchObject({ step: "refused", reasons: [no.reason], answers: [yes("c1"), no] });
  });
});
