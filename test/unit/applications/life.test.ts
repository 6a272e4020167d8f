import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloudEventsOf } from "#functions/applications/adapters/application-events.ts";
import {
  type Application,
  acceptCase,
  type Change,
  type Command,
  concludeCase,
  decideCaseStage,
  declineCase,
  type ItemRules,
  type StageName,
  withdrawCase,
} from "#functions/applications/domain/application.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { byOfficer, command, instantRules, personalTexts, rules, submitted } from "#test/support/applications.ts";

const stageNames = ["handling", "review", "approval"] as const;

const anItem: fc.Arbitrary<ItemRules> = fc.oneof(
  fc.constant(instantRules()),
  fc.subarray([...stageNames], { minLength: 1 }).map((stages) => rules({ stages })),
);

interface Attempt {
  readonly name: "accept" | "decline" | "decide" | "conclude" | "withdraw";
  readonly stage: StageName;
  readonly outcome: "approve" | "refuse";
  readonly reasons: readonly string[];
  readonly verdict: boolean;
  readonly officer: string;
}

const anAttempt: fc.Arbitrary<Attempt> = fc.record({
  name: fc.constantFrom("accept", "accept", "decide", "decide", "decide", "conclude", "withdraw", "decline"),
  stage: fc.constantFrom(...stageNames),
  outcome: fc.constantFrom("approve", "refuse"),
  reasons: fc.constantFrom([], ["不符合法定条件"]),
  verdict: fc.boolean(),
  officer: fc.constantFrom("a", "b"),
});

const give = (state: Application, { name, stage, outcome, reasons, verdict }: Attempt, given: Command) => {
  const all: Record<Attempt["name"], () => Decision<Change, string>> = {
    accept: () => acceptCase(state, verdict ? { outcome, reasons } : undefined, given),
    decline: () => declineCase(state, ["不属于本部门职权"], given),
    decide: () => decideCaseStage(state, stage, { outcome, reasons }, given),
    conclude: () => concludeCase(state, given),
    withdraw: () => withdrawCase(state, undefined, given),
  };
  return all[name]();
};

interface Known {
  readonly status: string;
  readonly stage?: StageName;
  readonly acceptedBy?: string;
}

/** The rules once more, from the table of the law and not from the code: the next state, or undefined for a refusal. */
const next = (known: Known, { stages }: ItemRules, attempt: Attempt): Known | undefined => {
  const { name, stage, outcome, reasons, verdict, officer } = attempt;
  const lacking = outcome === "refuse" && reasons.length === 0;
  const decided = { status: outcome === "approve" ? "approved" : "refused" };
  switch (`${known.status} ${name}`) {
    case "submitted accept":
      if (stages.length > 0) return verdict ? undefined : { status: "accepted", stage: stages[0], acceptedBy: officer };
      return verdict && !lacking ? decided : undefined;
    case "submitted decline":
      return { status: "declined" };
    case "submitted withdraw":
    case "accepted withdraw":
      return { status: "withdrawn" };
    case "accepted decide": {
      if (stage !== known.stage || lacking) return undefined;
      const following = stages[stages.indexOf(stage) + 1];
      if (following) return { ...known, stage: following };
      return officer === known.acceptedBy ? undefined : decided;
    }
    case "approved conclude":
    case "refused conclude":
      return { status: "concluded" };
    default:
      return undefined;
  }
};

const life = (check: (before: Application, after: Change, known: Known) => void) =>
  fc.property(anItem, fc.array(anAttempt, { maxLength: 14 }), (item, attempts) => {
    let { state } = submitted(item);
    let known: Known = { status: "submitted" };
    for (const attempt of attempts) {
      const expected = next(known, item, attempt);
      const decision = give(state, attempt, command(byOfficer(attempt.officer)));
      expect(decision.ok, JSON.stringify({ known, attempt })).toBe(expected !== undefined);
      if (!decision.ok || !expected) continue;
      check(state, decision.value, expected);
      state = decision.value.state;
      known = expected;
    }
  });

const RUNS = { numRuns: 300 };

describe("whatever is asked of a case, in whatever order,", () => {
  it("it goes only where the law lets it go", () => {
    fc.assert(
      life((_, { state }, known) => {
        expect(state.status).toBe(known.status);
        expect("stage" in state ? state.stage : undefined).toBe(known.stage);
      }),
      RUNS,
    );
  });

  it("each change counts one, adds to the timeline and to the commands, and leaves what was received alone", () => {
    fc.assert(
      life((before, { state }) => {
        expect(state.version).toBe(before.version + 1);
        expect(state.timeline.length).toBeGreaterThan(before.timeline.length);
        expect(state.timeline.slice(0, before.timeline.length)).toEqual(before.timeline);
        expect(state.commands.slice(0, -1)).toEqual(before.commands);
        expect(state.commands.at(-1)?.receipt).toMatchObject({ version: state.version, status: state.status });
        for (const part of ["id", "number", "item", "applicant", "form", "receivedAt"] as const)
          expect(state[part]).toBe(before[part]);
      }),
      RUNS,
    );
  });

  it("each change is told by events that keep their contracts and name no one", () => {
    fc.assert(
      life((_, change) => {
        const told = cloudEventsOf(change);
        expect(told.length).toBeGreaterThan(0);
        expect(
          told.every(({ subject, sequence }) => subject === change.state.id && sequence === change.state.version),
        ).toBe(true);
        for (const text of personalTexts) expect(JSON.stringify(told)).not.toContain(text);
      }),
      RUNS,
    );
  });

  it("every status is reached by some of these lives, so that the rest means something", () => {
    const reached = new Set<string>();
    fc.assert(
      life((_, { state }) => void reached.add(state.status)),
      { numRuns: 1000 },
    );
    expect([...reached].sort()).toEqual(["accepted", "approved", "concluded", "declined", "refused", "withdrawn"]);
  });
});
