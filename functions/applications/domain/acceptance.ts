import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isPast } from "#shared/kernel/working-days.ts";
import type { Actor, Application, PhaseOf } from "./application.ts";
import { type Change, type Command, changed, type Given, type Outcomes } from "./change.ts";
import { decided, isDecidedByLaw, lacksReason, type Verdict } from "./decision.ts";
import { followingFrom } from "./deferred-materials.ts";
import { stageNames } from "./item-rules.ts";
import { isOwnApplication, isOwnCase } from "./own-case.ts";
import { termAfter } from "./term.ts";

export type AcceptRefusal =
  | "application.not-submitted"
  | "application.fee-unpaid"
  | "application.own-case"
  | "application.decision-required"
  | "application.decision-not-due"
  | "application.limit-passed"
  | "application.reason-required";

/**
 * Accepts (受理): the clock starts. After five working days in which nobody answered it only says what the law has made of it: the clock
 * has run since the receipt (Administrative Licensing Law art. 32), that of what was missing, or the payment of a fee that held it. An
 * instant item (即办件) is decided in the same breath; what was promised (告知承诺) goes to the last stage at once.
 */
export const acceptCase = (
  state: Application,
  given: Given,
  verdict: Verdict | undefined,
  command: Command,
): Decision<Change, AcceptRefusal> => {
  const { phase } = state;
  if (phase.status !== "submitted") return refuse("application.not-submitted");
  if (phase.payBy) return refuse("application.fee-unpaid");
  if (isOwnApplication(state, command)) return refuse("application.own-case");
  const deemed = isPast(phase.acceptBy, command.at);
  const since = deemed ? phase.since : command.at;
  if (given.rules.stages.length > 0) {
    if (verdict) return refuse("application.decision-not-due");
    return accept(changed(state, underWay(state, given, command.by, since, deemed), command, given));
  }
  if (!verdict) return refuse("application.decision-required");
  if (lacksReason(verdict)) return refuse("application.reason-required");
  if (isOwnCase(state, command)) return refuse("application.own-case");
  const { promisedBy, decideBy } = limitsFrom(since, given);
  if (isDecidedByLaw(decideBy, given.rules, command.at)) return refuse("application.limit-passed");
  const made = decided(state, given, verdict, command.at);
  return accept(
    changed(
      state,
      {
        ...made,
        steps: [{ step: "accepted" }, ...made.steps],
        events: [{ type: "accepted", promisedBy, decideBy, ...(deemed && { deemed }) }, ...made.events],
      },
      command,
      given,
    ),
  );
};

export const limitsFrom = (since: Instant, { rules: { limits } }: Given) => ({
  promisedBy: termAfter(since, limits.promised),
  decideBy: termAfter(since, limits.statutory),
});

const underWay = (state: Application, given: Given, acceptedBy: Actor, since: Instant, deemed: boolean) => {
  const stages = stageNames(given.rules);
  const stage = (state.commitment ? stages.at(-1) : undefined) ?? stages[0];
  const limits = limitsFrom(since, given);
  return {
    phase: { status: "accepted", stage, acceptedBy, ...limits },
    facts: { deferred: followingFrom(since, state.deferred) },
    steps: [{ step: "accepted" }],
    events: [{ type: "accepted", stage, ...limits, ...(deemed && { deemed }) }],
  } as const satisfies Outcomes;
};

/** Accepted by law, as of the day from which nobody answered within five working days. */
export const deemedAccepted = (state: Application, given: Given, phase: PhaseOf<"submitted">, by: Actor): Outcomes => ({
  ...underWay(state, given, by, phase.since, true),
  steps: [{ step: "accepted", byLaw: true }],
});

export type DeclineRefusal =
  | "application.not-submitted"
  | "application.fee-unpaid"
  | "application.own-case"
  | "application.deemed-accepted";

/** Declines (不予受理), as long as the law has not accepted it. */
export const declineCase = (
  state: Application,
  given: Given,
  reasons: readonly string[],
  command: Command,
): Decision<Change, DeclineRefusal> => {
  const { phase } = state;
  if (phase.status !== "submitted") return refuse("application.not-submitted");
  if (phase.payBy) return refuse("application.fee-unpaid");
  if (isOwnApplication(state, command)) return refuse("application.own-case");
  if (isPast(phase.acceptBy, command.at)) return refuse("application.deemed-accepted");
  return accept(
    changed(
      state,
      { phase: { status: "declined" }, steps: [{ step: "declined", reasons }], events: [{ type: "declined" }] },
      command,
      given,
    ),
  );
};
