import { describe, expect, it } from "vitest";
import { correctApplication, submitApplication } from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { applicant, materialRules, otherPerson, rules } from "#test/support/applications.ts";
import { applicationsApi, hotline, portal, submission, submittedCase } from "#test/support/applications-api.ts";
import { AGENT, problemOf as code, PERSON, person } from "#test/support/case-people.ts";
import { item, whole } from "#test/support/demanding-item.ts";

describe("what is missing is told at once to whoever fills in a page", () => {
  const refused = async (more: object, as: Verdict = portal) => {
    const api = applicationsApi([item], undefined, [
      { id: PERSON, owner: applicant(), grade: "C", state: "clean", format: "image/png", bytes: 5 },
      { id: AGENT, owner: otherPerson, grade: "A", state: "clean", format: "image/png", bytes: 5 },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9A",
        owner: applicant(),
        grade: "D",
        state: "clean",
        format: "image/png",
        bytes: 5,
      },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9B",
        owner: applicant(),
        grade: "B",
        state: "checking",
        format: "image/png",
        bytes: 5,
      },
      {
        id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9C",
        owner: applicant(),
        grade: "B",
        state: "clean",
        format: "text/html",
        bytes: 5,
      },
    ]);
    const answer = await api.call(submitApplication, { as, body: { ...submission(), ...whole, ...more } });
    return [
      code(answer) ?? answer.body.status,
      (answer.body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer),
    ];
  };
  const withFile = (file: string) => ({ materials: [{ material: "m1", file }, whole.materials[1]] });

  it.each([
    ["nothing", {}, "submitted", []],
    ["a question of the situation", { situation: {} }, "application.situation-incomplete", ["/situation/o1"]],
    ["a choice there is not", { situation: { o1: "c" } }, "application.situation-incomplete", ["/situation/o1"]],
    ["a field of the form", { form: {} }, "application.form-invalid", ["/form/面积"]],
    ["a sensible value", { form: { 面积: -1 } }, "application.form-invalid", ["/form/面积"]],
    ["a material", { materials: [whole.materials[0]] }, "application.materials-missing", ["/materials/m2"]],
    [
      "one that this situation asks for",
      { situation: { o1: "b" } },
      "application.materials-missing",
      ["/materials/m3"],
    ],
    [
      "nothing, one deferred that may be",
      { materials: [whole.materials[0], { material: "m2", deferred: true }] },
      "submitted",
      [],
    ],
    [
      "one deferred that may not be",
      { materials: [{ material: "m1", deferred: true }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "a material there is not",
      { materials: [{ material: "m9", onPaper: true }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "a licence where none will do",
      { materials: [{ material: "m2", licence: "x" }] },
      "application.material-unfit",
      ["/materials/0"],
    ],
    ["nothing, with a file of one's own", withFile(PERSON), "submitted", []],
    ["a file of one's own: it is another's", withFile(AGENT), "application.material-unfit", ["/materials/0"]],
    [
      "trust: it is only declared",
      withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9A"),
      "application.material-unfit",
      ["/materials/0"],
    ],
    [
      "patience: it is still checked",
      withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9B"),
      "application.material-unfit",
      ["/materials/0"],
    ],
    ["the format", withFile("01KB0M5Q2W8ZC3T7N4XJ6VHR9C"), "application.material-unfit", ["/materials/0"]],
    [
      "what allows a promise",
      { commitment: { statement: "承诺符合全部法定条件" } },
      "application.commitment-not-allowed",
      [],
    ],
  ])("missing: %s", async (_what, more, result, pointers) => expect(await refused(more)).toEqual([result, pointers]));

  it("but on the hotline it is received as it is", async () =>
    expect(await refused({ form: {}, materials: [] }, hotline)).toEqual(["submitted", []]));

  it.each([
    ["on the hotline", hotline],
    ["at the window", { ...portal, client: "window", channel: "window" } as const],
    ["with a clerk's help", { ...person, helper: "clerk-9", counter: "v-1" } as const],
  ])("%s too the situation has to be answered: nothing later can, and fees and materials hang on it", async (_at, as) =>
    expect(await refused({ situation: {}, ...(as.client === "app" && { applicant: undefined }) }, as)).toEqual([
      "application.situation-incomplete",
      ["/situation/o1"],
    ]),
  );

  it("paper is not enough where the issuer itself has to supply it", async () => {
    const api = applicationsApi([rules({ materials: [materialRules({ grade: "A" })] })]);
    const apply = (material: object) =>
      api.call(submitApplication, { as: portal, body: { ...submission(), materials: [material] } });
    expect(code(await apply({ material: "m1", onPaper: true }))).toBe("application.material-unfit");
    expect((await apply({ material: "m1", licence: "居民身份证" })).status).toBe(201);
  });

  it("two ways to bring one material do not fit the contract", async () =>
    expect((await refused({ materials: [{ material: "m1", onPaper: true, licence: "x" }] }))[0]).toBe(
      "request.invalid",
    ));

  it("nor does one material brought twice, in a submission or in a correction", async () => {
    const materials = [whole.materials[0], { material: "m2", deferred: true }, { material: "m2", onPaper: true }];
    expect(await refused({ materials })).toEqual(["request.invalid", ["/materials/2/material"]]);
    const api = await submittedCase();
    const body = { applicant: { kind: "natural", idNumber: applicant().idNumber }, materials };
    const answer = await api.call(correctApplication, { as: portal, params: api.params, body });
    expect([code(answer), answer.body.errors]).toEqual([
      "request.invalid",
      [{ pointer: "/materials/2/material", detail: expect.stringContaining("同一材料") }],
    ]);
  });
});
