import { legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { workingDaysBetween } from "#shared/kernel/working-days.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { isDecidedByLaw } from "./decision.ts";
import type { Procedure } from "./item-rules.ts";
import { lengthened, term } from "./term.ts";

export type SuspendRefusal =
  | "application.not-accepted"
  | "application.suspended"
  | "application.limit-passed"
  | "application.no-such-procedure";

/** A special procedure (特别程序) begins: its time does not count, and how long it takes is told (Administrative Licensing Law art. 45). */
export const suspendCase = (
  state: Application,
  given: Given,
  procedure: Procedure,
  command: Command,
): Decision<Change, SuspendRefusal> => {
  const { phase } = state;
  if (phase.status === "suspended") return refuse("application.suspended");
  if (phase.status !== "accepted") return refuse("application.not-accepted");
  if (isDecidedByLaw(phase.decideBy, given.rules, command.at)) return refuse("application.limit-passed");
  const known = given.rules.specialProcedures.find(({ kind }) => kind === procedure);
  if (!known) return refuse("application.no-such-procedure");
  const suspendedOn = legalDate(command.at);
  const expectedBy = term(suspendedOn, known.workingDays);
  return accept(
    changed(
      state,
      {
        phase: { ...phase, status: "suspended", procedure, suspendedOn, expectedBy },
        steps: [{ step: "suspended", procedure }],
        events: [{ type: "suspended", procedure, expectedBy }],
      },
      command,
      given,
    ),
  );
};

/** It is over: every limit moves by the working days it took. */
export const resumeCase = (
  state: Application,
  given: Given,
  command: Command,
): Decision<Change, "application.not-suspended"> => {
  const { phase } = state;
  if (phase.status !== "suspended") return refuse("application.not-suspended");
  const { stage, acceptedBy, procedure, suspendedOn } = phase;
  const took = workingDaysBetween(suspendedOn, legalDate(command.at));
  const limits = { promisedBy: lengthened(phase.promisedBy, took), decideBy: lengthened(phase.decideBy, took) };
  return accept(
    changed(
      state,
      {
        phase: { status: "accepted", stage, acceptedBy, ...limits },
        steps: [{ step: "resumed", procedure }],
        events: [{ type: "resumed", procedure, ...limits }],
      },
      command,
      given,
    ),
  );
};
