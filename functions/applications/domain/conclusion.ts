import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { isDecidedByLaw } from "./decision.ts";

export type ConcludeRefusal = "application.not-decided" | "application.fee-unpaid";

/** Concludes (办结): the result has been issued and delivered. */
export const concludeCase = (state: Application, given: Given, command: Command): Decision<Change, ConcludeRefusal> => {
  const { phase } = state;
  if (phase.status !== "approved" && phase.status !== "refused") return refuse("application.not-decided");
  if (phase.held) return refuse("application.fee-unpaid");
  const outcome = phase.status;
  return accept(
    changed(
      state,
      {
        phase: { status: "concluded", outcome },
        steps: [{ step: "concluded" }],
        events: [{ type: "concluded", outcome }],
      },
      command,
      given,
    ),
  );
};

/** Withdraws (撤回), at any time before the decision, the law's (默示) included. */
export const withdrawCase = (
  state: Application,
  given: Given,
  reason: string | undefined,
  command: Command,
): Decision<Change, "application.already-decided"> => {
  if (!["submitted", "returned", "accepted", "suspended"].includes(state.phase.status))
    return refuse("application.already-decided");
  if (state.phase.status === "accepted" && isDecidedByLaw(state.phase.decideBy, given.rules, command.at))
    return refuse("application.already-decided");
  return accept(
    changed(
      state,
      {
        phase: { status: "withdrawn" },
        steps: [{ step: "withdrawn", ...(reason && { reasons: [reason] }) }],
        events: [{ type: "withdrawn" }],
      },
      command,
      given,
    ),
  );
};
