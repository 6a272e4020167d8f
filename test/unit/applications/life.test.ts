import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptCase, declineCase } from "#functions/applications/domain/acceptance.ts";
import type { Application, CaseMaterial, Status } from "#functions/applications/domain/application.ts";
import { calendarChange } from "#functions/applications/domain/calendar.ts";
import type { Change, Command, Given } from "#functions/applications/domain/change.ts";
import { claimTask, releaseTask } from "#functions/applications/domain/claims.ts";
import { verifyCommitment } from "#functions/applications/domain/commitments.ts";
import { concludeCase, withdrawCase } from "#functions/applications/domain/conclusion.ts";
import { correct, requestCorrection } from "#functions/applications/domain/correction.ts";
import { isOpen } from "#functions/applications/domain/deadlines.ts";
import { supplyMaterial } from "#functions/applications/domain/deferred-materials.ts";
import { deskOf, tasksOf } from "#functions/applications/domain/desk.ts";
import { extendCase } from "#functions/applications/domain/extension.ts";
import { settleFee } from "#functions/applications/domain/fees.ts";
import type { ItemRules } from "#functions/applications/domain/item-rules.ts";
import { reopenCase } from "#functions/applications/domain/reopening.ts";
import { resumeCase, suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { decideCaseStage } from "#functions/applications/domain/stages.ts";
import { trueWake } from "#functions/applications/domain/wake.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import {
  APPROVE,
  byOfficer,
  caseIn,
  codeOf,
  command,
  givenOf,
  granted,
  materialRules,
  RECEIVED,
  REFUSE,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";

type Made = Decision<Change, string>;

const nothingFound = { formFaults: [], files: new Map() };
const atWindow = { by: { client: "window", channel: "window" } } as const;
const LATER = "2027-12-01T00:00:00.000Z";

/** Each command of the table, given as a sensible officer or applicant gives it. */
const commands: Record<string, (state: Application, given: Given) => Made | undefined> = {
  accept: (state, given) => acceptCase(state, given, undefined, command()),
  decline: (state, given) => declineCase(state, given, ["不属于本部门职权"], command()),
  "request-correction": (state, given) => requestCorrection(state, given, [{ what: "缺身份证" }], command()),
  correct: (state, given) => correct(state, given, { form: {}, materials: [] }, nothingFound, command()),
  decide: (state, given) => decideCaseStage(state, given, "approval", APPROVE, command(byOfficer("approver-1"))),
  suspend: (state, given) => suspendCase(state, given, "inspection", command()),
  resume: (state, given) => resumeCase(state, given, command()),
  extend: (state, given) => extendCase(state, given, "案情复杂", command()),
  conclude: (state, given) => concludeCase(state, given, command()),
  withdraw: (state, given) => withdrawCase(state, given, undefined, command()),
  verify: (state, given) => verifyCommitment(state, given, { found: "kept", reasons: [] }, command()),
  reopen: (state, given) => reopenCase(state, given, { complaint: "TS-1", reason: "投诉成立" }, command()),
  claim: (state, given) => claimTask(state, given, "officer-1", command()),
  supply: (state, given) =>
    supplyMaterial(state, given, { material: "m1", onPaper: true }, new Map(), command(atWindow)),
  calendar: (state, given) => {
    const change = calendarChange(state, given, LATER);
    return change && { ok: true, value: change };
  },
};

/** The table of functions/applications/README.md: state -> command -> what comes of it. */
const table = (() => {
  const lines = readFileSync("functions/applications/README.md", "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith("| state | accept |"));
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [, ...names] = cells(lines[start] ?? "");
  const rows = lines.slice(start + 2, lines.indexOf("", start)).map(cells);
  return rows.map(([state = "", ...results]) => ({
    state: state as Status,
    results: names.map((name, i) => ({ name, result: results[i] ?? "" })),
  }));
})();

const cases = table.flatMap(({ state, results }) => results.map(({ name, result }) => [state, name, result] as const));

const resultOf = (before: Application, made: Made | undefined): string =>
  made === undefined ? before.phase.status : made.ok ? made.value.state.phase.status : `\`${codeOf(made)}\``;

describe("the table of the life of a case", () => {
  it("names every state and every command", () => {
    expect(table.map(({ state }) => state).sort()).toEqual(
      [
        "submitted",
        "returned",
        "declined",
        "accepted",
        "suspended",
        "approved",
        "refused",
        "concluded",
        "revoked",
        "withdrawn",
        "lapsed",
      ].sort(),
    );
    for (const { results } of table) expect(results.map(({ name }) => name)).toEqual(Object.keys(commands));
  });

  it.each(cases)("%s: %s -> %s", (status, name, result) => {
    const state = caseIn(status);
    const given = givenOf(rules({ stages: stages("approval"), commitment: status === "revoked" }));
    expect(resultOf(state, commands[name]?.(state, given))).toBe(result);
  });
});

describe("a material that may follow (容缺)", () => {
  const item = rules({ stages: stages("approval"), materials: [materialRules({ deferrable: true, deferDays: 7 })] });
  const given = givenOf(item);
  const returned = (materials: readonly CaseMaterial[]) =>
    granted(
      requestCorrection(
        submitted(item, { materials }).state,
        given,
        [{ material: "m1", what: "身份证已过期" }],
        command(),
      ),
    ).state;
  const corrected = (state: Application, material: CaseMaterial) =>
    granted(correct(state, given, { materials: [material] }, nothingFound, command())).state;
  const decided = (state: Application) => {
    const accepted = granted(acceptCase(state, given, undefined, command())).state;
    return decideCaseStage(accepted, given, "approval", APPROVE, command(byOfficer("approver-1")));
  };

  it("may be deferred in a correction too: its period runs, and nothing is approved without it", () => {
    const state = corrected(returned([{ material: "m1", onPaper: true }]), { material: "m1", deferred: true });
    expect(state.deferred).toEqual([{ material: "m1", days: 7 }]);
    const accepted = granted(acceptCase(state, given, undefined, command())).state;
    expect(accepted.deferred).toMatchObject([{ material: "m1", by: { days: 7 } }]);
    expect(codeOf(decided(state))).toBe("material-outstanding");
  });

  it("is waited for no more once a correction has brought it", () => {
    const state = corrected(returned([{ material: "m1", deferred: true }]), { material: "m1", onPaper: true });
    expect(state.deferred).toEqual([]);
    expect(resultOf(state, decided(state))).toBe("approved");
  });
});

describe("a case that is reopened", () => {
  const reopened = (state: Application, given: Given) =>
    granted(reopenCase(state, given, { complaint: "TS-1", reason: "投诉成立" }, command(byOfficer("super-1")))).state;

  const promised = rules({ stages: stages("approval"), commitment: true });
  const given = givenOf(promised);
  const decide = (state: Application, verdict: typeof APPROVE | typeof REFUSE) =>
    granted(decideCaseStage(state, given, "approval", verdict, command(byOfficer("approver-1")))).state;
  const conclude = (state: Application) => granted(concludeCase(state, given, command())).state;
  const verify = (state: Application) =>
    verifyCommitment(state, given, { found: "kept", reasons: [] }, command(byOfficer("officer-1")));
  const approved = () => {
    const { state } = submitted(promised, { commitment: { statement: "承诺符合全部许可条件" } });
    return decide(granted(acceptCase(state, given, undefined, command())).state, APPROVE);
  };

  it("and then refused waits for nobody to look into the promise", () => {
    const state = conclude(decide(reopened(conclude(approved()), given), REFUSE));
    expect(state.commitment?.verifyBy).toBeUndefined();
    expect(deskOf(state)).toBeUndefined();
    expect(tasksOf(state)).toEqual([]);
    expect(calendarChange(state, given, LATER)).toBeUndefined();
  });

  it("and approved anew has its promise looked into anew, also where it was found kept", () => {
    const before = conclude(granted(verify(approved())).state);
    expect(deskOf(before)).toBeUndefined();
    const again = conclude(decide(reopened(before, given), APPROVE));
    expect(deskOf(again)).toBe("verify");
    expect(again.commitment).toMatchObject({ statement: "承诺符合全部许可条件", verifyBy: { days: 40 } });
    expect(codeOf(verify(again))).toBe("done");
  });

  it("after it was declined gives what is to follow its period", () => {
    const item = rules({ stages: stages("approval"), materials: [materialRules({ deferrable: true, deferDays: 7 })] });
    const { state } = submitted(item, { materials: [{ material: "m1", deferred: true }] });
    const declined = granted(declineCase(state, givenOf(item), ["不属于本部门职权"], command())).state;
    const again = reopened(declined, givenOf(item));
    expect(again.deferred).toMatchObject([{ material: "m1", by: { days: 7 } }]);
    const warned = calendarChange(again, givenOf(item), LATER)?.events;
    expect(warned).toContainEqual(expect.objectContaining({ type: "overdue", deadline: "material" }));
  });
});

/** What may come of a command at all: the table's states, and what its footnotes add. */
const reachable: Record<string, readonly Status[]> = {
  accept: ["accepted", "approved", "refused"],
  decline: ["declined"],
  "request-correction": ["returned"],
  correct: ["submitted"],
  decide: ["accepted", "approved", "refused"],
  suspend: ["suspended"],
  resume: ["accepted"],
  extend: ["accepted"],
  conclude: ["concluded"],
  withdraw: ["withdrawn"],
  verify: ["approved", "concluded", "revoked"],
  reopen: ["accepted"],
};
const codesOf: Record<string, readonly string[]> = {
  accept: ["not-submitted", "fee-unpaid", "decision-required", "decision-not-due", "reason-required", "limit-passed"],
  decline: ["not-submitted", "fee-unpaid", "deemed-accepted"],
  "request-correction": ["not-submitted", "fee-unpaid", "deemed-accepted", "correction-used", "material-unknown"],
  correct: ["not-returned", "correction-late", "materials-missing"],
  decide: [
    "not-accepted",
    "suspended",
    "limit-passed",
    "wrong-stage",
    "checks-unanswered",
    "decision-contradicts-checks",
    "check-reason-required",
    "same-officer",
    "material-outstanding",
  ],
  suspend: ["not-accepted", "suspended", "limit-passed", "no-such-procedure"],
  resume: ["not-suspended"],
  extend: ["not-accepted", "suspended", "already-extended", "limit-passed"],
  conclude: ["not-decided", "fee-unpaid"],
  withdraw: ["already-decided"],
  verify: ["no-commitment-to-verify", "reason-required"],
  reopen: ["not-closed"],
  claim: ["no-task", "claimed"],
  release: ["not-claimed", "claimed"],
  supply: ["already-decided", "material-not-deferred"],
  settle: ["no-fee-due"],
};

const anyRules = fc
  .record({
    stages: fc.subarray(["handling", "review", "approval"] as const),
    checked: fc.boolean(),
    tacit: fc.constantFrom("none" as const, "approved" as const, "refused" as const),
    fee: fc.constantFrom(undefined, "acceptance" as const, "issue" as const),
    deferrable: fc.boolean(),
    commitment: fc.boolean(),
    promised: fc.integer({ min: 0, max: 20 }),
  })
  .map(
    ({ stages: names, checked, tacit, fee, deferrable, commitment, promised }): ItemRules =>
      rules({
        handling: names.length === 0 ? "instant" : "committed",
        stages: names.map((name) => ({ name, checks: checked ? [{ id: "c1", text: "材料齐全" }] : [] })),
        tacit,
        fees: fee ? [{ name: "登记费", amount: 8000, due: fee }] : [],
        materials: deferrable ? [materialRules({ deferrable: true })] : [],
        commitment,
        limits: { statutory: 20, promised },
      }),
  );

const officer = fc.constantFrom("o-1", "o-2", "o-3");
const verdicts = [APPROVE, REFUSE] as const;
const step = fc.record({
  name: fc.constantFrom(...Object.keys(codesOf), "calendar", "calendar"),
  officer,
  days: fc.integer({ min: 0, max: 12 }),
  verdict: fc.constantFrom(...verdicts),
  stage: fc.constantFrom("handling" as const, "review" as const, "approval" as const, "current" as const),
  withDecision: fc.boolean(),
  brings: fc.constantFrom(undefined, { deferred: true } as const, { onPaper: true } as const),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const run = (
  state: Application,
  given: Given,
  { name, verdict, stage, withDecision, officer: by, brings }: Step,
  c: Command,
): Made | undefined => {
  const { phase } = state;
  const at = stage === "current" ? ("stage" in phase ? phase.stage : "approval") : stage;
  const hasChecks = given.rules.stages.find((each) => each.name === at)?.checks.length;
  const answers = hasChecks ? [{ check: "c1", yes: verdict.outcome === "approve", reason: "依法不符" }] : [];
  switch (name) {
    case "accept":
      return acceptCase(state, given, withDecision ? verdict : undefined, c);
    case "decide":
      return decideCaseStage(state, given, at, { ...verdict, answers }, c);
    case "release":
      return releaseTask(state, given, { officer: by, isSupervisor: withDecision }, c);
    case "claim":
      return claimTask(state, given, by, c);
    case "settle":
      return settleFee(state, given, { due: withDecision ? "acceptance" : "issue", order: "o" }, c);
    case "verify":
      return verifyCommitment(state, given, { found: withDecision ? "kept" : "broken", reasons: verdict.reasons }, c);
    case "calendar": {
      const change = calendarChange(state, given, c.at);
      return change && { ok: true, value: change };
    }
    case "decline":
      return declineCase(state, given, ["不属于本部门职权"], c);
    case "request-correction":
      return requestCorrection(state, given, [{ what: "缺身份证" }], c);
    case "correct":
      return correct(
        state,
        given,
        { form: {}, materials: brings && given.rules.materials[0] ? [{ material: "m1", ...brings }] : [] },
        nothingFound,
        c,
      );
    case "suspend":
      return suspendCase(state, given, withDecision ? "inspection" : "hearing", c);
    case "resume":
      return resumeCase(state, given, c);
    case "extend":
      return extendCase(state, given, "案情复杂", c);
    case "conclude":
      return concludeCase(state, given, c);
    case "withdraw":
      return withdrawCase(state, given, undefined, c);
    case "reopen":
      return reopenCase(state, given, { complaint: "TS-1", reason: "投诉成立" }, c);
    case "supply":
      return supplyMaterial(state, given, { material: "m1", onPaper: true }, new Map(), { ...c, ...atWindow });
    default:
      throw new Error(name);
  }
};

const DAY_MS = 24 * 3_600_000;

describe("from any state any command", () => {
  it("leads where the table says or is refused with its code, and loses nothing of the history", () => {
    fc.assert(
      fc.property(
        anyRules,
        fc.boolean(),
        fc.boolean(),
        fc.array(step, { maxLength: 25 }),
        (itemRules, promises, defers, way) => {
          const given = givenOf(itemRules);
          const commitment = promises && itemRules.commitment ? { commitment: { statement: "承诺符合全部条件" } } : {};
          const materials = itemRules.materials.map(({ id }) =>
            defers ? { material: id, deferred: true as const } : { material: id, onPaper: true as const },
          );
          let state = submitted(itemRules, { ...commitment, materials }).state;
          let now = Date.parse(RECEIVED);
          for (const each of way) {
            now += each.days * DAY_MS;
            const at = new Date(now).toISOString();
            const made = run(state, given, each, command({ at, by: { client: "dept", officer: each.officer } }));
            if (made === undefined) continue;
            if (!made.ok) {
              expect(codesOf[each.name]).toContain(codeOf(made));
              continue;
            }
            const next = made.value.state;
            const allowed = reachable[each.name];
            if (allowed) expect(allowed).toContain(next.phase.status);
            if (["claim", "release", "supply"].includes(each.name)) expect(next.phase.status).toBe(state.phase.status);
            expect(next.version).toBe(state.version + 1);
            expect(next.timeline.slice(0, state.timeline.length)).toEqual(state.timeline);
            expect(made.value.events.length).toBeGreaterThan(0);
            for (const kept of ["id", "number", "item", "applicant", "receivedAt"] as const)
              expect(next[kept]).toEqual(state[kept]);
            state = next;
            // Nobody is approved by an officer while a material is still to follow.
            const toFollow = state.materials.flatMap((one) => ("deferred" in one ? [one.material] : []));
            expect(state.deferred.filter(({ supplied }) => !supplied).map(({ material }) => material)).toEqual(
              toFollow,
            );
            if (each.name === "decide" && state.phase.status === "approved") expect(toFollow).toEqual([]);
            // The sweep never looks too late, and what is open has a desk or is nobody's turn.
            const wake = trueWake(state, given.settings);
            if (wake !== undefined) expect((state.wake ?? "9") <= wake).toBe(true);
            expect(deskOf(state) !== undefined).toBe(isOpen(state));
            if (!isOpen(state)) expect(tasksOf(state)).toEqual([]);
          }
          for (const once of ["correction-requested", "extended"] as const)
            expect(state.timeline.filter(({ step: what }) => what === once).length).toBeLessThanOrEqual(1);
          expect(new Set(state.raised).size).toBe(state.raised.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("lets the calendar act once: asked again it has nothing to say", () => {
    fc.assert(
      fc.property(anyRules, fc.integer({ min: 0, max: 400 }), (itemRules, days) => {
        const given = givenOf(itemRules);
        const at = new Date(Date.parse(RECEIVED) + days * DAY_MS).toISOString();
        const materials = itemRules.materials.map(({ id }) => ({ material: id, onPaper: true as const }));
        const { state } = submitted(itemRules, { materials });
        const change = calendarChange(state, given, at);
        expect(change === undefined ? undefined : calendarChange(change.state, given, at)).toBeUndefined();
      }),
    );
  });
});
