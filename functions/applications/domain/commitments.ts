import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import type { Application } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { isOwnApplication } from "./own-case.ts";

export type VerifyRefusal =
  | "application.no-commitment-to-verify"
  | "application.own-case"
  | "application.reason-required";

export interface Verification {
  readonly found: "kept" | "broken";
  readonly reasons: readonly string[];
}

/**
 * Looks into what was promised (告知承诺), after the decision. A broken promise revokes the approval and stands on record: later
 * promises of that applicant are not taken (State Council General Office 国办发〔2020〕42号).
 */
export const verifyCommitment = (
  state: Application,
  given: Given,
  { found, reasons }: Verification,
  command: Command,
): Decision<Change, VerifyRefusal> => {
  const { phase, commitment } = state;
  const isDue = phase.status === "approved" || (phase.status === "concluded" && phase.outcome === "approved");
  if (!isDue || !commitment?.verifyBy || commitment.found) return refuse("application.no-commitment-to-verify");
  if (isOwnApplication(state, command)) return refuse("application.own-case");
  const facts = { commitment: { ...commitment, found } };
  if (found === "kept")
    return accept(
      changed(
        state,
        { facts, steps: [{ step: "commitment-verified" }], events: [{ type: "commitment-verified" }] },
        command,
        given,
      ),
    );
  if (reasons.length === 0) return refuse("application.reason-required");
  return accept(
    changed(
      state,
      {
        phase: { status: "revoked" },
        facts,
        steps: [{ step: "revoked", reasons }],
        events: [{ type: "revoked" }],
        brokenCommitment: true,
      },
      command,
      given,
    ),
  );
};
