import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { limitsFrom } from "./acceptance.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { followingFrom } from "./deferred-materials.ts";
import { stageNames } from "./item-rules.ts";
import { isOwnApplication } from "./own-case.ts";

const isClosed = ({ phase }: Pick<Application, "phase">): boolean =>
  ["declined", "concluded", "revoked"].includes(phase.status);

/**
 * Reopens a closed case after a successful complaint, or a revocation that a reconsideration has annulled (Administrative Reconsideration
 * Law (2023) art. 64), from its first stage, with new limits. It counts as accepted by the supervisor
 * who reopens it: they may not approve it. A promise (告知承诺) is looked into anew after the new decision, whatever was found before,
 * and what is still to follow (容缺) has its period anew.
 */
export const reopenCase = (
  state: Application,
  given: Given,
  { complaint, reason }: { readonly complaint: string; readonly reason: string },
  command: Command,
): Decision<Change, "application.not-closed" | "application.own-case"> => {
  if (!isClosed(state)) return refuse("application.not-closed");
  if (isOwnApplication(state, command)) return refuse("application.own-case");
  const [stage] = stageNames(given.rules);
  const limits = limitsFrom(command.at, given);
  const { commitment, deferred } = state;
  return accept(
    changed(
      state,
      {
        phase: { status: "accepted", stage, acceptedBy: command.by, ...limits },
        facts: {
          deferred: followingFrom(command.at, deferred),
          // The extension was of the period that has ended (art. 42: once for each).
          extended: undefined,
          ...(commitment && { commitment: { statement: commitment.statement, instead: commitment.instead } }),
        },
        steps: [{ step: "reopened", complaint, reasons: [reason] }],
        events: [{ type: "reopened", stage, ...limits }],
      },
      command,
      given,
    ),
  );
};
