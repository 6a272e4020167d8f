import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isPast } from "#shared/kernel/working-days.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { EXTENSION_DAYS } from "./settings.ts";
import { lengthened } from "./term.ts";

export type ExtendRefusal =
  | "application.not-accepted"
  | "application.suspended"
  | "application.already-extended"
  | "application.limit-passed";

/** Extends the limits by 10 working days: once, before they pass, the reason told (Administrative Licensing Law art. 42). */
export const extendCase = (
  state: Application,
  given: Given,
  reason: string,
  command: Command,
): Decision<Change, ExtendRefusal> => {
  const { phase } = state;
  if (phase.status === "suspended") return refuse("application.suspended");
  if (phase.status !== "accepted") return refuse("application.not-accepted");
  if (state.extended) return refuse("application.already-extended");
  if (isPast(phase.decideBy, command.at)) return refuse("application.limit-passed");
  const limits = {
    promisedBy: lengthened(phase.promisedBy, EXTENSION_DAYS),
    decideBy: lengthened(phase.decideBy, EXTENSION_DAYS),
  };
  return accept(
    changed(
      state,
      {
        phase: { ...phase, ...limits },
        facts: { extended: true },
        steps: [{ step: "extended", reasons: [reason] }],
        events: [{ type: "extended", ...limits }],
      },
      command,
      given,
    ),
  );
};
