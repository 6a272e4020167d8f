import { describe, expect, it } from "vitest";
import {
  acceptApplication,
  claimTask,
  decideStage,
  extendApplication,
  listWorklist,
  releaseTask,
  reopenApplication,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { rules, stages } from "#test/support/applications.ts";
import { applicationsApi, submission, submittedCase } from "#test/support/applications-api.ts";
import { problemOf as code, person, staff } from "#test/support/case-people.ts";

describe("staff act by their roles", () => {
  const accepted = async (itemRules = rules({ stages: stages("handling", "approval") })) => {
    const api = await submittedCase(itemRules);
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body: {} });
    const decide = (as: Verdict, stage: string, more: object = {}) =>
      api.call(decideStage, { as, params: { ...api.params, stage }, body: { outcome: "approve", ...more } });
    return { ...api, decide };
  };

  it("under their own number, whatever officer the body names", async () => {
    const api = await submittedCase();
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body: { officer: "c-2" } });
    expect((await api.store.find(api.params.id))?.timeline.at(-1)?.by.officer).toBe("c-1");
  });

  it("and not beyond them", async () => {
    const { call, params, decide } = await accepted();
    expect(code(await decide(staff("c-2", "clerk"), "handling"))).toBe("application.role-missing");
    expect((await decide(staff("o-1", "officer"), "handling")).status).toBe(200);
    expect(code(await decide(staff("o-1", "officer"), "approval"))).toBe("application.role-missing");
    const extension = { as: staff("o-1", "officer"), params, body: { reason: "案情复杂" } };
    expect(code(await call(extendApplication, extension))).toBe("application.role-missing");
    expect((await call(extendApplication, { ...extension, as: staff("a-1", "approver") })).status).toBe(200);
    const elsewhere = { ...staff("a-1", "approver"), division: "440604" };
    expect((await decide(elsewhere, "approval")).status).toBe(404);
  });

  it("but the clerk who accepted does not approve, nor who helped to fill it in", async () => {
    const { decide } = await accepted(rules({ stages: stages("approval") }));
    expect(code(await decide(staff("C-1", "approver"), "approval"))).toBe("application.same-officer");
    const api = applicationsApi([rules({ stages: stages("approval") })]);
    const helped = { ...person, helper: "a-1", counter: "v" } as const;
    const { body } = await api.call(submitApplication, { as: helped, body: submission({ applicant: undefined }) });
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: { id: body.id }, body: {} });
    const answer = await api.call(decideStage, {
      as: staff("a-1", "approver"),
      params: { id: body.id, stage: "approval" },
      body: { outcome: "approve" },
    });
    expect(code(answer)).toBe("application.own-case");
  });

  it("a claimed task is its officer's until it is done, given back, or released by a supervisor", async () => {
    const { call, params, decide, published } = await accepted();
    const claim = (as: Verdict) => call(claimTask, { as, params, body: {} });
    expect((await claim(staff("o-1", "officer"))).status).toBe(200);
    expect(published().at(-1)?.data.tasks).toMatchObject([{ kind: "decide", claimedBy: "o-1" }]);
    expect(code(await claim(staff("o-2", "officer")))).toBe("application.claimed");
    expect(code(await decide(staff("o-2", "officer"), "handling"))).toBe("application.claimed");
    const release = (as: Verdict) => call(releaseTask, { as, params, body: {} });
    expect(code(await release(staff("o-2", "officer")))).toBe("application.claimed");
    const mine = await call(listWorklist, { as: staff("o-1", "officer"), query: { list: "mine" } });
    expect(mine.body.items.map(({ id }: { id: string }) => id)).toEqual([params.id]);
    expect((await release(staff("s-1", "supervisor"))).status).toBe(200);
    expect((await claim(staff("O-2", "officer"))).status).toBe(200);
    expect((await decide(staff("o-2", "officer"), "handling")).status).toBe(200);
    // The claim ended with the task.
    expect((await decide(staff("a-1", "approver"), "approval")).status).toBe(200);
  });

  it("two who decide at once: one wins, the other is told", async () => {
    const { decide, published } = await accepted(rules({ stages: stages("approval") }));
    const before = published().length;
    const answers = await Promise.all([
      decide(staff("a-1", "approver"), "approval"),
      decide(staff("a-2", "approver"), "approval", { outcome: "refuse", reasons: ["不符合条件"] }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(published()).toHaveLength(before + 1);
  });

  it("only a supervisor reopens, with the complaint", async () => {
    const api = await submittedCase(rules({ handling: "instant", stages: [] }));
    const body = { decision: { outcome: "refuse", reasons: ["不符合条件"] } };
    await api.call(acceptApplication, { as: staff("c-1", "clerk"), params: api.params, body });
    const reopen = (as: Verdict) =>
      api.call(reopenApplication, { as, params: api.params, body: { complaint: "TS-2026-1", reason: "投诉成立" } });
    expect(code(await reopen(staff("a-1", "approver")))).toBe("application.role-missing");
    expect(code(await reopen(staff("s-1", "supervisor")))).toBe("application.not-closed");
  });
});
