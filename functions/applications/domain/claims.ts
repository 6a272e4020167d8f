import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given, isSameOfficer } from "./change.ts";
import { deskOf } from "./desk.ts";

/** An officer takes the current task: until it is done or released nobody else decides it. */
export const claimTask = (
  state: Application,
  given: Given,
  officer: string,
  command: Command,
): Decision<Change, "application.no-task" | "application.claimed"> => {
  const desk = deskOf(state);
  if (!desk || desk === "waiting") return refuse("application.no-task");
  if (state.claimedBy !== undefined) return refuse("application.claimed");
  return accept(
    changed(
      state,
      { facts: { claimedBy: officer }, steps: [{ step: "claimed" }], events: [{ type: "claimed", officer }] },
      command,
      given,
    ),
  );
};

/** Gives it back; a supervisor may do so for another. */
export const releaseTask = (
  state: Application,
  given: Given,
  by: { readonly officer: string; readonly isSupervisor: boolean },
  command: Command,
): Decision<Change, "application.not-claimed" | "application.claimed"> => {
  const officer = state.claimedBy;
  if (officer === undefined) return refuse("application.not-claimed");
  if (!isSameOfficer(officer, by.officer) && !by.isSupervisor) return refuse("application.claimed");
  return accept(
    changed(
      state,
      { facts: { claimedBy: undefined }, steps: [{ step: "released" }], events: [{ type: "released", officer }] },
      command,
      given,
    ),
  );
};

/** Another has taken the task that this officer is about to do. */
export const isTakenByAnother = ({ claimedBy }: Application, officer: string | undefined): boolean =>
  claimedBy !== undefined && !isSameOfficer(claimedBy, officer);
