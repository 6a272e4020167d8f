import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  correctApplication,
  decideStage,
  readApplication,
  reopenApplication,
  requestCorrection,
  submitApplication,
  supplyMaterial,
  verifyCommitment,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { rules, stages } from "#test/support/applications.ts";
import { applicationsApi, department, hotline, submission } from "#test/support/applications-api.ts";
import { problemOf as code, person, staff } from "#test/support/case-people.ts";
import { item, whole } from "#test/support/demanding-item.ts";

describe("what follows", () => {
  it("a correction is asked for once and answered whole, and the days begin anew", async () => {
    const api = applicationsApi([item]);
    const { body } = await api.call(submitApplication, {
      as: hotline,
      body: submission({ itemCode: item.code, form: {}, situation: { o1: "a" } }),
    });
    const params = { id: body.id as string };
    const defects = [
      { material: "m1", what: "缺身份证" },
      { field: "面积", what: "未填面积" },
    ];
    const asked = await api.call(requestCorrection, { as: department, params, body: { officer: "c-1", defects } });
    expect(asked.body).toMatchObject({ status: "returned", correctBy: { date: "2026-12-04" } });
    const { body: returned } = await api.call(readApplication, { as: person, params });
    expect(returned.defects).toEqual(defects);
    // As the notice lists them: by the names that the applicant knows.
    expect(returned.timeline.at(-1).reasons).toEqual(["居民身份证：缺身份证", "面积（平方米）：未填面积"]);
    expect(returned.outcome).toBeUndefined();
    const correct = (more: object) => api.call(correctApplication, { as: person, params, body: more });
    const half = await correct({ materials: [{ material: "m1", onPaper: true }] });
    expect([code(half), half.body.errors]).toEqual([
      "application.materials-missing",
      [{ pointer: "/form/面积", detail: "未填面积" }],
    ]);
    expect(code(await correct({ form: { 面积: "x" }, materials: [{ material: "m1", onPaper: true }] }))).toBe(
      "application.form-invalid",
    );
    api.setNow("2026-11-25T02:00:00.000Z");
    const done = await correct({ form: { 面积: 3 }, materials: [{ material: "m1", onPaper: true }] });
    expect(done.body).toMatchObject({ status: "submitted", acceptBy: { date: "2026-12-02" } });
    const again = await api.call(requestCorrection, { as: department, params, body: { officer: "c-1", defects } });
    expect(code(again)).toBe("application.correction-used");
  });

  it("a deferred material is chased, supplied, and approved only then", async () => {
    const api = applicationsApi([item]);
    const materials = [whole.materials[0], { material: "m2", deferred: true }];
    const { body } = await api.call(submitApplication, {
      as: person,
      body: { ...submission({ applicant: undefined }), ...whole, materials },
    });
    const params = { id: body.id as string };
    await api.call(acceptApplication, { as: department, params, body: { officer: "c-1" } });
    expect(api.published().at(-1)?.data.tasks).toContainEqual(
      expect.objectContaining({ kind: "chase-material", dueBy: { date: "2026-11-27", provisional: false } }),
    );
    const approve = {
      officer: "a-1",
      outcome: "approve",
      answers: [
        { check: "c1", yes: true },
        { check: "c2", yes: true },
      ],
    };
    const decide = () =>
      api.call(decideStage, { as: department, params: { ...params, stage: "approval" }, body: approve });
    expect(code(await decide())).toBe("application.material-outstanding");
    const supply = (more: object, as: Verdict = person) =>
      api.call(supplyMaterial, { as, params, body: { supply: more } });
    expect(code(await supply({ material: "m1", onPaper: true }))).toBe("application.material-not-deferred");
    // That it is on paper is a clerk's to say, who has it in hand.
    const said = await supply({ material: "m2", onPaper: true });
    expect([code(said), said.body.errors]).toEqual([
      "application.material-unfit",
      [{ pointer: "/supply", detail: "纸质材料由窗口工作人员当面收取" }],
    ]);
    expect(code(await decide())).toBe("application.material-outstanding");
    const atCounter = { ...person, helper: "clerk-9", counter: "v-1" } as const;
    expect((await supply({ material: "m2", onPaper: true }, atCounter)).status).toBe(200);
    expect((await decide()).body.status).toBe("approved");
    const view = await api.call(readApplication, { as: person, params });
    expect(view.body).toMatchObject({ status: "approved", outcome: "approved" });
  });

  it("a promise is decided first, looked into later; a broken one is revoked and bars the next", async () => {
    const promising = rules({ ...item, commitment: true, stages: stages("handling", "approval") });
    const api = applicationsApi([promising]);
    const apply = () =>
      api.call(submitApplication, {
        as: person,
        body: {
          ...submission({ applicant: undefined }),
          ...whole,
          materials: [],
          commitment: { statement: "承诺符合全部法定条件" },
        },
      });
    const { body } = await apply();
    const params = { id: body.id as string };
    const accepted = await api.call(acceptApplication, { as: department, params, body: { officer: "c-1" } });
    expect(accepted.body.stage).toBe("approval");
    await api.call(decideStage, {
      as: department,
      params: { ...params, stage: "approval" },
      body: { officer: "a-1", outcome: "approve" },
    });
    expect(api.published().at(-1)?.data).toMatchObject({ commitment: true });
    const verify = (more: object) =>
      api.call(verifyCommitment, { as: department, params, body: { officer: "o-1", ...more } });
    expect(code(await verify({ found: "broken" }))).toBe("application.reason-required");
    expect((await verify({ found: "broken", reasons: ["现场与承诺不符"] })).body.status).toBe("revoked");
    expect(code(await apply())).toBe("application.commitment-barred");
    // The notice of revocation tells of the reconsideration; when that annuls it, the case is decided anew and nothing stands on record.
    const annulled = { complaint: "佛府复〔2026〕1号", reason: "复议决定撤销原撤销决定" };
    const reopened = await api.call(reopenApplication, { as: staff("s-1", "supervisor"), params, body: annulled });
    expect(reopened.body).toMatchObject({ status: "accepted", stage: "handling" });
    expect((await apply()).status).toBe(201);
  });
});
