import { describe, expect, it } from "vitest";
import {
  type Application,
  acceptCase,
  type Change,
  type Command,
  concludeCase,
  decideCaseStage,
  declineCase,
  dueBy,
  type Status,
  withdrawCase,
} from "#functions/applications/domain/application.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { byOfficer, caseIn, command, granted, instantRules, rules, submitted } from "#test/support/applications.ts";

const statuses = ["submitted", "declined", "accepted", "approved", "refused", "concluded", "withdrawn"] as const;
const APPROVE = { outcome: "approve", reasons: [] } as const;
/** The timeline keeps reasons only where there are any. */
const given = (reasons: readonly string[]) => (reasons.length > 0 ? { reasons } : {});
const REFUSE = { outcome: "refuse", reasons: ["不符合法定条件"] } as const;
const approver = () => command(byOfficer("approver-1"));

const commands = {
  accept: (state, given) => acceptCase(state, undefined, given),
  decline: (state, given) => declineCase(state, ["不属于本部门职权"], given),
  approve: (state, given) => decideCaseStage(state, "approval", APPROVE, given),
  refuse: (state, given) => decideCaseStage(state, "approval", REFUSE, given),
  conclude: concludeCase,
  withdraw: (state, given) => withdrawCase(state, "不办了", given),
} as const satisfies Record<string, (state: Application, given: Command) => Decision<Change, string>>;
type Name = keyof typeof commands;

const legal: Readonly<Record<Name, Readonly<Partial<Record<Status, Status>>>>> = {
  accept: { submitted: "accepted" },
  decline: { submitted: "declined" },
  approve: { accepted: "approved" },
  refuse: { accepted: "refused" },
  conclude: { approved: "concluded", refused: "concluded" },
  withdraw: { submitted: "withdrawn", accepted: "withdrawn" },
};

const otherwise: Readonly<Record<Name, string>> = {
  accept: "application.not-submitted",
  decline: "application.not-submitted",
  approve: "application.not-accepted",
  refuse: "application.not-accepted",
  conclude: "application.not-decided",
  withdraw: "application.already-decided",
};

const table = statuses.flatMap((status) =>
  (Object.keys(commands) as Name[]).map((name) => ({ status, name, leadsTo: legal[name][status] })),
);

describe("a case", () => {
  it.each(table.filter(({ leadsTo }) => leadsTo))(
    "that is $status may be given $name and is $leadsTo then",
    ({ status, name, leadsTo }) => {
      const before = caseIn(status);
      const { state, events } = granted(commands[name](before, approver()));
      expect(state.status).toBe(leadsTo);
      expect(state.version).toBe(before.version + 1);
      expect(state.timeline.slice(0, -1)).toEqual(before.timeline);
      expect(state.commands.slice(0, -1)).toEqual(before.commands);
      expect(events).not.toEqual([]);
    },
  );

  it.each(table.filter(({ leadsTo }) => !leadsTo))(
    "that is $status refuses $name, and nothing of it changes",
    ({ status, name }) => {
      const state = caseIn(status);
      const before = structuredClone(state);
      expect(commands[name](state, approver())).toMatchObject({ ok: false, refusal: { code: otherwise[name] } });
      expect(state).toEqual(before);
    },
  );

  it.each(table.filter(({ leadsTo }) => leadsTo))(
    "that is $status is not changed in place by $name",
    ({ status, name }) => {
      const state = caseIn(status);
      const before = structuredClone(state);
      commands[name](state, approver());
      expect(state).toEqual(before);
    },
  );
});

describe("acceptance", () => {
  it("of a committed item starts its first stage and the clock, and decides nothing", () => {
    const { state, events } = granted(acceptCase(submitted().state, undefined, command()));
    const deadlines = {
      promisedBy: { date: "2026-11-25", provisional: false },
      decideBy: { date: "2026-12-18", provisional: false },
    };
    expect(state).toMatchObject({
      status: "accepted",
      stage: "handling",
      acceptedBy: { officer: "clerk-1" },
      ...deadlines,
    });
    expect(events).toEqual([{ type: "accepted", stage: "handling", ...deadlines }]);
    expect(state.timeline.at(-1)).toEqual({
      at: "2026-11-22T02:00:00.000Z",
      by: { client: "dept", officer: "clerk-1" },
      step: "accepted",
    });
  });

  it.each([
    ["approve", [], "approved"],
    ["refuse", ["不符合法定条件"], "refused"],
  ] as const)("of an instant item decides it in the same change: %s", (outcome, reasons, status) => {
    const { state, events } = granted(acceptCase(submitted(instantRules()).state, { outcome, reasons }, command()));
    expect(state).toMatchObject({ status, version: 2, deliverBy: { date: "2026-12-04" } });
    expect(events.map(({ type }) => type)).toEqual(["accepted", "decided"]);
    expect(events[0]).not.toHaveProperty("stage");
    expect(state.timeline.map(({ step }) => step)).toEqual(["submitted", "accepted", status]);
    expect(state.timeline.at(-1)?.reasons ?? []).toEqual(reasons);
    expect(state.commands).toHaveLength(2);
  });

  it.each([
    ["an instant item without a decision", instantRules(), undefined, "application.decision-required"],
    [
      "an instant item, refused without a reason",
      instantRules(),
      { outcome: "refuse", reasons: [] },
      "application.reason-required",
    ],
    ["a committed item with a decision", rules(), APPROVE, "application.decision-not-due"],
  ] as const)("is refused for %s", (_what, itemRules, verdict, code) => {
    expect(acceptCase(submitted(itemRules).state, verdict, command())).toMatchObject({ ok: false, refusal: { code } });
  });
});

describe("the stages of a committed item", () => {
  const accepted = () => granted(acceptCase(submitted().state, undefined, command())).state;
  const through = (...stages: readonly ("handling" | "review")[]) =>
    stages.reduce((state, stage) => granted(decideCaseStage(state, stage, APPROVE, command())).state, accepted());

  it.each([
    [[], "handling", "review", APPROVE],
    [["handling"], "review", "approval", REFUSE],
  ] as const)(
    "after %j: %s gives its opinion and hands on to %s, whatever the opinion is",
    (before, stage, nextStage, verdict) => {
      const { state, events } = granted(decideCaseStage(through(...before), stage, verdict, approver()));
      expect(state).toMatchObject({ status: "accepted", stage: nextStage });
      expect(events).toEqual([{ type: "stage-decided", stage, outcome: verdict.outcome, nextStage }]);
      expect(state.timeline.at(-1)).toMatchObject({
        step: "stage-decided",
        stage,
        opinion: verdict.outcome,
        ...given(verdict.reasons),
      });
    },
  );

  it("keep who accepted, and both deadlines, from one to the next", () => {
    const clock = (state: Application) => {
      if (state.status !== "accepted") throw new Error(state.status);
      const { acceptedBy, promisedBy, decideBy } = state;
      return { acceptedBy, promisedBy, decideBy };
    };
    const later = command({ at: "2026-11-24T02:00:00.000Z", ...byOfficer("officer-2") });
    const handedOn = granted(decideCaseStage(accepted(), "handling", APPROVE, later)).state;
    expect(clock(handedOn)).toEqual(clock(accepted()));
  });

  it.each([
    [APPROVE, "approved"],
    [REFUSE, "refused"],
  ] as const)("end with the decision of the case: %j", (verdict, status) => {
    const { state, events } = granted(decideCaseStage(through("handling", "review"), "approval", verdict, approver()));
    const deliverBy = { date: "2026-12-04", provisional: false };
    expect(state).toMatchObject({ status, deliverBy });
    expect(events).toEqual([{ type: "decided", outcome: status, deliverBy }]);
    expect(state.timeline.at(-1)).toMatchObject({ step: status, stage: "approval", ...given(verdict.reasons) });
  });

  it("decide against the opinions of earlier stages when the last officer says so", () => {
    const doubted = granted(decideCaseStage(accepted(), "handling", REFUSE, command())).state;
    const reviewed = granted(decideCaseStage(doubted, "review", REFUSE, command())).state;
    expect(granted(decideCaseStage(reviewed, "approval", APPROVE, approver())).state.status).toBe("approved");
  });

  it.each(["review", "approval"] as const)(
    "cannot be skipped: %s is refused while the case is at handling",
    (stage) => {
      expect(decideCaseStage(accepted(), stage, APPROVE, approver())).toEqual({
        ok: false,
        refusal: { code: "application.wrong-stage", detail: "it is at handling" },
      });
    },
  );

  it.each(["handling", "review", "approval"] as const)("need a reason to say no: %s", (stage) => {
    const before = { handling: through(), review: through("handling"), approval: through("handling", "review") };
    expect(decideCaseStage(before[stage], stage, { outcome: "refuse", reasons: [] }, approver())).toMatchObject({
      refusal: { code: "application.reason-required" },
    });
  });

  it("may all be one officer's but the last, which the clerk who accepted may not decide", () => {
    const ready = through("handling", "review");
    expect(decideCaseStage(ready, "approval", APPROVE, command(byOfficer("clerk-1")))).toMatchObject({
      ok: false,
      refusal: { code: "application.same-officer" },
    });
    expect(decideCaseStage(ready, "approval", APPROVE, command(byOfficer("clerk-2"))).ok).toBe(true);
  });
});

describe("a withdrawal", () => {
  it("says why when there is a reason, and only then", () => {
    const why = (reason: string | undefined) =>
      granted(withdrawCase(caseIn("submitted"), reason, command())).state.timeline.at(-1)?.reasons;
    expect(why("不办了")).toEqual(["不办了"]);
    expect(why(undefined)).toBeUndefined();
  });
});

describe("the next deadline of a case", () => {
  it.each([
    ["submitted", "2026-11-27"],
    ["accepted", "2026-11-25"],
    ["approved", "2026-12-04"],
    ["refused", "2026-12-04"],
    ["declined", undefined],
    ["concluded", undefined],
    ["withdrawn", undefined],
  ] as const)("while it is %s is %s", (status, date) => expect(dueBy(caseIn(status))?.date).toBe(date));
});
