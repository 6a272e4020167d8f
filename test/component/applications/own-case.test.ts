import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  concludeApplication,
  correctApplication,
  decideStage,
  declineApplication,
  readApplication,
  reopenApplication,
  requestCorrection,
  submitApplication,
  supplyMaterial,
  verifyCommitment,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { instantRules, materialRules, rules, stages } from "#test/support/applications.ts";
import { applicationsApi, department, submission } from "#test/support/applications-api.ts";
import { AGENT, agent, problemOf as code, PERSON, person, staff } from "#test/support/case-people.ts";

const itsOwn = [
  ["applied for themselves", person, PERSON],
  ["applied for another under a mandate", agent, AGENT],
  ["is applied for by another", agent, PERSON],
] as const;

const promise = { commitment: { statement: "承诺符合全部法定条件" } };

/** A promised case of one stage, brought to where the act is due, and the act by whoever's account it is. */
const broughtTo = async (as: Verdict, until: "submitted" | "approved" | "concluded") => {
  const api = applicationsApi([rules({ stages: stages("approval"), commitment: true })]);
  const { body } = await api.call(submitApplication, {
    as,
    body: { ...submission({ applicant: undefined }), ...promise },
  });
  const params = { id: body.id as string };
  const act = (contract: Pick<Route, "method" | "path">, by: Verdict, more: object = {}) =>
    api.call(contract, { as: by, params: { ...params, stage: "approval" }, body: more });
  if (until !== "submitted") {
    await act(acceptApplication, staff("c-1", "clerk"));
    await act(decideStage, staff("a-1", "approver"), { outcome: "approve" });
  }
  if (until === "concluded") await act(concludeApplication, staff("c-1", "clerk"));
  return { ...api, params, act };
};

describe.each(itsOwn)("who %s", (_who, as, account) => {
  it.each([
    ["accept it", acceptApplication, "clerk", "submitted", {}],
    ["decline it", declineApplication, "clerk", "submitted", { reasons: ["不属于本部门职权"] }],
    ["give it back", requestCorrection, "clerk", "submitted", { defects: [{ what: "缺身份证" }] }],
    ["find its promise kept", verifyCommitment, "officer", "approved", { found: "kept" }],
    [
      "find its promise broken",
      verifyCommitment,
      "officer",
      "approved",
      { found: "broken", reasons: ["现场与承诺不符"] },
    ],
    ["reopen it", reopenApplication, "supervisor", "concluded", { complaint: "TS-2026-1", reason: "投诉成立" }],
  ] as const)("may not %s, whatever their staff number; another may", async (_does, contract, role, until, body) => {
    const { act, store, params } = await broughtTo(as, until);
    const official = staff("x-1", role);
    const before = await store.find(params.id);
    const refused = await act(contract, { ...official, staffPerson: account }, body);
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/application.own-case" } });
    expect(await store.find(params.id)).toEqual(before);
    const done = await act(contract, { ...official, staffPerson: "01KB0M5Q2W8ZC3T7N4XJ6VHR9F" }, body);
    expect(done.status).toBe(200);
  });
});

it("the clerk who helped may accept what they helped with: whoever decides is another", async () => {
  const { act } = await broughtTo({ ...person, helper: "c-1", counter: "v" }, "submitted");
  expect((await act(acceptApplication, staff("c-1", "clerk"))).status).toBe(200);
});

it.each(itsOwn)("who %s decides it at no stage, whatever their staff number", async (_what, as, account) => {
  const api = applicationsApi([rules({ stages: stages("handling", "approval") })]);
  const { body } = await api.call(submitApplication, { as, body: submission({ applicant: undefined }) });
  const params = { id: body.id };
  await api.call(acceptApplication, { as: staff("c-1", "clerk"), params, body: {} });
  const decide = (stage: string, by: Verdict) =>
    api.call(decideStage, { as: by, params: { ...params, stage }, body: { outcome: "approve" } });
  const [officer, approver] = [staff("o-1", "officer"), staff("a-1", "approver")];
  const refused = await decide("handling", { ...officer, staffPerson: account });
  expect(refused).toMatchObject({
    status: 409,
    body: { type: "/problems/application.own-case", title: expect.stringContaining("不得办理本人申请") },
  });
  expect((await decide("handling", { ...officer, staffPerson: "01KB0M5Q2W8ZC3T7N4XJ6VHR9F" })).status).toBe(200);
  expect(code(await decide("approval", { ...approver, staffPerson: account }))).toBe("application.own-case");
  const approved = await decide("approval", approver);
  expect(approved.status).toBe(200);
  // The officer's own account is compared, and stands nowhere.
  const view = await api.call(readApplication, { as: department, params });
  expect(view.text).not.toContain("01KB0M5Q2W8ZC3T7N4XJ6VHR9F");
});

describe("who comes into a case later than its submission", () => {
  const item = rules({ stages: stages("approval"), materials: [materialRules({ deferrable: true })] });
  const onPaper = [{ material: "m1", onPaper: true }] as const;
  const approver = staff("a-1", "approver");
  type Act = (contract: Pick<Route, "method" | "path">, as: Verdict, body: object) => Promise<unknown>;

  /** Submitted by the person themselves, and brought to its decision; `later` on the way. */
  const decidedAfter = async (later: (act: Act) => Promise<unknown>, by: Verdict) => {
    const api = applicationsApi([item]);
    const materials = [{ material: "m1", deferred: true }] as const;
    const { body } = await api.call(submitApplication, {
      as: person,
      body: submission({ applicant: undefined, materials }),
    });
    const params = { id: body.id as string, stage: "approval" };
    await later((contract, as, more) => api.call(contract, { as, params, body: more }));
    await api.call(acceptApplication, { as: staff("c-9", "clerk"), params, body: {} });
    return api.call(decideStage, { as: by, params, body: { outcome: "refuse", reasons: ["不符合条件"] } });
  };
  const corrected = (as: Verdict) => async (act: Act) => {
    await act(requestCorrection, staff("c-9", "clerk"), { defects: [{ material: "m1", what: "缺身份证" }] });
    await act(correctApplication, as, { materials: onPaper });
  };
  const helped = { ...person, helper: "A-1", counter: "v" } as const;

  it("and brings what was missing under a mandate decides it at no stage", async () => {
    const refused = await decidedAfter(corrected(agent), { ...approver, staffPerson: AGENT });
    expect(code(refused)).toBe("application.own-case");
    expect((await decidedAfter(corrected(person), { ...approver, staffPerson: AGENT })).status).toBe(200);
  });

  it("and helps with what was missing, or with what was to follow, decides it at no stage", async () => {
    expect(code(await decidedAfter(corrected(helped), approver))).toBe("application.own-case");
    const supplied = (as: Verdict) => decidedAfter((act) => act(supplyMaterial, as, { supply: onPaper[0] }), approver);
    expect(code(await supplied(helped))).toBe("application.own-case");
    expect((await supplied({ ...helped, helper: "c-2" })).status).toBe(200);
  });
});

it("the clerk who helped does not decide an instant item in the same breath as they accept it", async () => {
  const api = applicationsApi([instantRules()]);
  const helped = { ...person, helper: "C-1", counter: "v" } as const;
  const sent = submission({ applicant: undefined, itemCode: instantRules().code });
  const { body } = await api.call(submitApplication, { as: helped, body: sent });
  const accept = (officer: string) =>
    api.call(acceptApplication, {
      as: staff(officer, "clerk"),
      params: { id: body.id },
      body: { decision: { outcome: "approve" } },
    });
  expect(code(await accept("c-1"))).toBe("application.own-case");
  expect((await accept("c-2")).status).toBe(200);
});
