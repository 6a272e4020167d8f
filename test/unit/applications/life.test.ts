import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptCase, declineCase } from "#functions/applications/domain/acceptance.ts";
import type { Answer, Application, CaseMaterial, Status } from "#functions/applications/domain/application.ts";
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
import type { ItemRules, StageName } from "#functions/applications/domain/item-rules.ts";
import { reopenCase } from "#functions/applications/domain/reopening.ts";
import { resumeCase, suspendCase } from "#functions/applications/domain/special-procedures.ts";
import { decideCaseStage } from "#functions/applications/domain/stages.ts";
import type { Term } from "#functions/applications/domain/term.ts";
import { trueWake } from "#functions/applications/domain/wake.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { isPast } from "#shared/kernel/working-days.ts";
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

  it("may have its limit extended, as any other: once", () => {
    const extend = (state: Application) => extendCase(state, given, "案情复杂", command());
    const { state } = submitted(promised);
    const extended = granted(extend(granted(acceptCase(state, given, undefined, command())).state)).state;
    const again = granted(extend(reopened(conclude(decide(extended, REFUSE)), given))).state;
    expect(codeOf(extend(again))).toBe("already-extended");
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

interface Pair {
  readonly state: Application;
  readonly given: Given;
  readonly command: Command;
}
type Footnote = readonly [
  from: readonly Status[],
  command: string,
  results: readonly string[],
  /** When only; left out, always. */
  when?: (pair: Pair) => boolean,
];

const isPastIn =
  (name: "acceptBy" | "correctBy" | "decideBy") =>
  ({ state, command: { at } }: Pair) => {
    const deadline = (state.phase as Partial<Record<typeof name, Term>>)[name];
    return deadline !== undefined && isPast(deadline, at);
  };
const isInstant = ({ given }: Pair) => given.rules.stages.length === 0;
const isPromised = ({ state }: Pair) => state.commitment?.verifyBy !== undefined && !state.commitment.found;
const isHeld = ({ state: { phase } }: Pair) => ("payBy" in phase && !!phase.payBy) || ("held" in phase && !!phase.held);
const isSilent = (pair: Pair) => pair.given.rules.tacit !== "none" && isPastIn("decideBy")(pair);
const awaits = ({ state }: Pair) => state.deferred.some(({ supplied }) => !supplied);
const isClaimed = ({ state }: Pair) => state.claimedBy !== undefined;

/** What the footnotes of the table add to its cells: from where, by what, what comes of it, and when only. */
const footnotes: readonly Footnote[] = [
  [["submitted"], "accept", ["`fee-unpaid`"], isHeld],
  [["submitted"], "accept", ["approved", "refused", "`decision-required`", "`reason-required`"], isInstant],
  [["submitted"], "accept", ["`limit-passed`"], (pair) => isInstant(pair) && isPastIn("acceptBy")(pair)],
  [["submitted"], "accept", ["`decision-not-due`"], (pair) => !isInstant(pair)],
  [["submitted"], "decline", ["`fee-unpaid`"], isHeld],
  [["submitted"], "decline", ["`deemed-accepted`"], isPastIn("acceptBy")],
  [["submitted"], "request-correction", ["`fee-unpaid`"], isHeld],
  [["submitted"], "request-correction", ["`deemed-accepted`"], isPastIn("acceptBy")],
  [["submitted"], "request-correction", ["`correction-used`"], ({ state }) => state.corrected === true],
  [["returned"], "correct", ["`correction-late`"], isPastIn("correctBy")],
  [["returned"], "correct", ["`materials-missing`"]],
  [["accepted"], "decide", ["accepted"], ({ given }) => given.rules.stages.length > 1],
  [["accepted"], "decide", ["refused", "`wrong-stage`", "`reason-required`"]],
  [
    ["accepted"],
    "decide",
    ["`checks-unanswered`", "`check-unknown`", "`check-reason-required`", "`decision-contradicts-checks`"],
    ({ given }) => given.rules.stages.some(({ checks }) => checks.length > 0),
  ],
  [
    ["accepted"],
    "decide",
    ["`same-officer`"],
    ({ state: { phase }, command: { by } }) => phase.status === "accepted" && phase.acceptedBy.officer === by.officer,
  ],
  [["accepted"], "decide", ["`material-outstanding`"], awaits],
  [["accepted"], "decide", ["`limit-passed`"], isSilent],
  [["accepted"], "suspend", ["`no-such-procedure`"]],
  [["accepted"], "suspend", ["`limit-passed`"], isSilent],
  [["accepted"], "extend", ["`already-extended`"], ({ state }) => state.extended === true],
  [["accepted"], "extend", ["`limit-passed`"], isPastIn("decideBy")],
  [["accepted"], "withdraw", ["`already-decided`"], isSilent],
  [["approved"], "conclude", ["`fee-unpaid`"], isHeld],
  [["approved"], "verify", ["approved", "revoked", "`reason-required`"], isPromised],
  [["concluded"], "verify", ["concluded", "revoked", "`reason-required`"], isPromised],
  [["submitted", "approved"], "claim", ["`no-task`"], isHeld],
  [["concluded"], "claim", ["concluded"], isPromised],
  [["submitted", "accepted", "approved", "refused", "concluded"], "claim", ["`claimed`"], isClaimed],
  [["submitted"], "supply", ["submitted"], awaits],
  [["accepted"], "supply", ["accepted"], awaits],
  [["suspended"], "supply", ["suspended"], awaits],
  [["submitted"], "calendar", ["lapsed"], isHeld],
  [["submitted", "accepted"], "calendar", ["approved", "refused"], ({ given }) => given.rules.tacit !== "none"],
];

/** In every state, since nothing of the table changes by them. */
const inEveryState: Readonly<Record<string, readonly string[]>> = {
  calendar: ["(same)"],
  release: ["(same)", "`not-claimed`", "`claimed`"],
  settle: ["(same)", "`no-fee-due`"],
};

const allowed = (name: string, pair: Pair): readonly string[] => {
  const { status } = pair.state.phase;
  const cell = table.find(({ state }) => state === status)?.results.find((each) => each.name === name)?.result;
  const every = (inEveryState[name] ?? []).map((result) => (result === "(same)" ? status : result));
  const beside = footnotes.filter(
    ([from, command, , when]) => from.includes(status) && command === name && (when?.(pair) ?? true),
  );
  return [...(cell === undefined ? [] : [cell]), ...every, ...beside.flatMap(([, , results]) => results)];
};

/** What somebody who reads the table would do in this state. */
const sensible = ({ phase }: Application): readonly string[] => [
  ...(table.find(({ state }) => state === phase.status)?.results ?? [])
    .filter(({ name, result }) => !result.startsWith("`") && name !== "calendar" && name !== "withdraw")
    .map(({ name }) => name),
  "settle",
  "supply",
  "verify",
];
/** What the footnotes of this state speak of. */
const spokenOf = ({ phase }: Application): readonly string[] =>
  footnotes.filter(([from]) => from.includes(phase.status)).map(([, name]) => name);

it("has every code of the footnotes in what stands below the table", () => {
  const text = readFileSync("functions/applications/README.md", "utf8");
  const below = text.slice(text.indexOf("The table is of a case"), text.indexOf("## Events"));
  for (const [, , results] of footnotes)
    for (const code of results.filter((result) => result.startsWith("`"))) expect(below).toContain(code);
});

/** What it takes for most of the footnotes. */
const mostly = fc.constantFrom(true, true, true, false);

const anyRules = fc
  .record({
    stages: fc.constantFrom<StageName[]>(
      [],
      [],
      ["approval"],
      ["approval"],
      ["handling", "approval"],
      ["handling", "review", "approval"],
    ),
    checked: fc.boolean(),
    tacit: fc.constantFrom("none" as const, "approved" as const, "refused" as const),
    fee: fc.constantFrom(undefined, "acceptance" as const, "issue" as const),
    deferrable: mostly,
    commitment: mostly,
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

const STAGES = ["handling", "review", "approval"] as const;
const officer = fc.constantFrom("o-1", "o-2", "o-3");
const UNREASONED = { ...REFUSE, reasons: [] };
const verdicts = [APPROVE, REFUSE, UNREASONED] as const;
/** How the approval form is filled in: as it should be, mostly. */
const formsFilled = ["right", "right", "right", "empty", "unknown", "unreasoned", "contrary"] as const;
const answersOf = (filled: (typeof formsFilled)[number], outcome: "approve" | "refuse"): readonly Answer[] => {
  const right = { check: "c1", yes: outcome === "approve", reason: "依法不符" };
  return {
    right: [right],
    empty: [],
    unknown: [right, { ...right, check: "c99" }],
    unreasoned: [{ check: "c1", yes: false }],
    contrary: [{ ...right, yes: !right.yes }],
  }[filled];
};
const step = fc.record({
  name: fc.constantFrom(...Object.keys(commands), "release", "settle", "calendar"),
  /** In place of the name: one of what is sensible in the state, or of what the footnotes speak of. */
  instead: fc.constantFrom(undefined, sensible, spokenOf, spokenOf),
  pick: fc.nat(),
  officer,
  days: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 2 }) },
    { weight: 1, arbitrary: fc.integer({ min: 3, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 13, max: 60 }) },
  ),
  verdict: fc.constantFrom(...verdicts),
  stage: fc.oneof({ weight: 4, arbitrary: fc.constant("current" as const) }, fc.constantFrom(...STAGES)),
  withDecision: mostly,
  filled: fc.constantFrom(...formsFilled),
  brings: fc.constantFrom(undefined, { deferred: true } as const, { onPaper: true } as const),
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const by = (officer: Step["officer"], name: string, more: Partial<Step> = {}): Step => ({
  name,
  instead: undefined,
  pick: 0,
  officer,
  days: 0,
  verdict: APPROVE,
  stage: "current",
  withDecision: true,
  filled: "right",
  brings: undefined,
  ...more,
});
/** `withDecision` tells whether the fee before the acceptance is paid, or the one before the issue. */
const paid = [by("o-1", "settle")];
const accepted = [...paid, by("o-1", "accept", { withDecision: false }), by("o-1", "accept")];
const decided = (verdict: Step["verdict"]) => [
  ...accepted.slice(0, -1),
  by("o-1", "accept", { verdict }),
  by("o-1", "supply"),
  ...Array.from({ length: 3 }, () => by("o-2", "decide", { verdict })),
];
const returned = [...paid, by("o-1", "request-correction")];
/** How a case comes to be in each status, of whatever item; what its item does not know is refused on the way. */
const waysTo: Readonly<Record<Status, readonly Step[]>> = {
  submitted: [],
  returned,
  declined: [...paid, by("o-1", "decline")],
  accepted,
  suspended: [...accepted, by("o-1", "suspend")],
  approved: decided(APPROVE),
  refused: decided(REFUSE),
  concluded: [...decided(APPROVE), by("o-1", "settle", { withDecision: false }), by("o-1", "conclude")],
  revoked: [...decided(APPROVE), by("o-3", "verify", { verdict: REFUSE, withDecision: false })],
  withdrawn: [by("o-1", "withdraw")],
  lapsed: [...returned, by("o-1", "calendar", { days: 60 })],
};

/** From where most of the footnotes go on; a case that is closed goes nowhere. */
const OPEN = ["submitted", "submitted", "returned", "accepted", "accepted", "approved", "concluded"] as const;

const run = (
  state: Application,
  given: Given,
  { name, verdict, stage, withDecision, officer: by, brings, filled }: Step,
  c: Command,
): Made | undefined => {
  const { phase } = state;
  const at = stage === "current" ? ("stage" in phase ? phase.stage : "approval") : stage;
  const hasChecks = given.rules.stages.find((each) => each.name === at)?.checks.length;
  const answers = hasChecks ? answersOf(filled, verdict.outcome) : [];
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
      return settleFee(state, given, { due: withDecision ? "acceptance" : "issue", order: "o", settledAt: c.at }, c);
    case "verify":
      return verifyCommitment(state, given, { found: withDecision ? "kept" : "broken", reasons: verdict.reasons }, c);
    case "calendar": {
      const change = calendarChange(state, given, c.at);
      return change && { ok: true, value: change };
    }
    case "decline":
      return declineCase(state, given, ["不属于本部门职权"], c);
    case "request-correction":
      return requestCorrection(
        state,
        given,
        [{ ...(withDecision && given.rules.materials[0] && { material: "m1" }), what: "缺身份证" }],
        c,
      );
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

/** The rarest promise is met once or twice in each, by chance: one that is met in none of them is not kept. */
const ROUNDS = 24;

const whatStays = ({ id, number, item, applicant, receivedAt }: Application) => ({
  id,
  number,
  item,
  applicant,
  receivedAt,
});

describe("from any state any command", () => {
  /** Walks that many ways, holds each step to the table, and tells what was met. */
  const walked = (numRuns: number): ReadonlySet<string> => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        anyRules,
        mostly,
        mostly,
        fc.constantFrom(...(Object.keys(waysTo) as Status[]), ...OPEN, ...OPEN),
        fc.constantFrom(0, 0, 7, 20, 45),
        fc.array(step, { maxLength: 25, size: "max" }),
        (itemRules, promises, defers, from, waits, way) => {
          const given = givenOf(itemRules);
          const commitment = promises && itemRules.commitment ? { commitment: { statement: "承诺符合全部条件" } } : {};
          const materials = itemRules.materials.map(({ id }) =>
            defers ? { material: id, deferred: true as const } : { material: id, onPaper: true as const },
          );
          let state = submitted(itemRules, { ...commitment, materials }).state;
          let now = Date.parse(RECEIVED);
          for (const [i, each] of [...waysTo[from], ...way].entries()) {
            now += (each.days + (i === waysTo[from].length ? waits : 0)) * DAY_MS;
            const at = new Date(now).toISOString();
            const choices = each.instead?.(state) ?? [];
            const name = choices[each.pick % choices.length] ?? each.name;
            const asked = command({ at, by: { client: "dept", officer: each.officer } });
            const made = run(state, given, { ...each, name }, asked);
            const came = `${state.phase.status}: ${name} -> ${resultOf(state, made)}`;
            seen.add(came).add(state.phase.status);
            expect(allowed(name, { state, given, command: asked }), came).toContain(resultOf(state, made));
            if (!made?.ok) continue;
            const next = made.value.state;
            expect(next.version).toBe(state.version + 1);
            expect(next.timeline.slice(0, state.timeline.length)).toEqual(state.timeline);
            expect(made.value.events.length).toBeGreaterThan(0);
            expect(whatStays(next)).toEqual(whatStays(state));
            state = next;
            // Nobody is approved by an officer while a material is still to follow.
            const toFollow = state.materials.flatMap((one) => ("deferred" in one ? [one.material] : []));
            expect(state.deferred.filter(({ supplied }) => !supplied).map(({ material }) => material)).toEqual(
              toFollow,
            );
            if (name === "decide" && state.phase.status === "approved") expect(toFollow).toEqual([]);
            // The sweep never looks too late, and what is open has a desk or is nobody's turn.
            const wake = trueWake(state, given.settings);
            if (wake !== undefined) expect((state.wake ?? "9") <= wake).toBe(true);
            expect(deskOf(state) !== undefined).toBe(isOpen(state));
            if (!isOpen(state)) expect(tasksOf(state)).toEqual([]);
          }
          const taken = state.timeline.map(({ step: what }) => what);
          expect(taken.filter((what) => what === "correction-requested").length).toBeLessThanOrEqual(1);
          // The new period of a case that is reopened may be extended anew.
          const ofThisPeriod = taken.slice(taken.lastIndexOf("reopened") + 1);
          expect(ofThisPeriod.filter((what) => what === "extended").length).toBeLessThanOrEqual(1);
          expect(new Set(state.raised).size).toBe(state.raised.length);
        },
      ),
      { numRuns },
    );
    return seen;
  };

  it("leads where the table says or is refused with its code, and loses nothing of the history", () => {
    // A promise of the footnotes that no walk ever came by would be held to nothing; nor would a state.
    const promised = footnotes.flatMap(([from, name, results]) =>
      from.flatMap((status) => results.map((result) => `${status}: ${name} -> ${result}`)),
    );
    let unmet = [...Object.keys(waysTo), ...promised];
    for (let round = 0; round < ROUNDS && unmet.length > 0; round++) {
      const met = walked(300);
      unmet = unmet.filter((each) => !met.has(each));
    }
    expect(unmet).toEqual([]);
  }, 180_000);

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
