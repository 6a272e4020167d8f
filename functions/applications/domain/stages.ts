import { accept, type Decision, type Fault, refuse } from "#shared/kernel/decision.ts";
import type { Answer, Application } from "./application.ts";
import { type Change, type Command, changed, type Given, isSameOfficer } from "./change.ts";
import { decided, isDecidedByLaw, lacksReason, reasonsOf, type Verdict } from "./decision.ts";
import { type StageName, type StageRules, stageNames } from "./item-rules.ts";
import { isOwnCase } from "./own-case.ts";

export type StageRefusal =
  | "application.not-accepted"
  | "application.suspended"
  | "application.limit-passed"
  | "application.wrong-stage"
  | "application.checks-unanswered"
  | "application.check-unknown"
  | "application.check-reason-required"
  | "application.decision-contradicts-checks"
  | "application.reason-required"
  | "application.same-officer"
  | "application.own-case"
  | "application.material-outstanding";

export interface StageVerdict extends Verdict {
  readonly answers: readonly Answer[];
}

/**
 * An earlier stage gives its opinion and hands on; the last stage decides the case. Every check of the stage's approval form
 * (标准化审批表) is answered, each "no" with its legal reason, and the decision follows from the answers.
 */
export const decideCaseStage = (
  state: Application,
  given: Given,
  stage: StageName,
  verdict: StageVerdict,
  command: Command,
): Decision<Change, StageRefusal> => {
  const { phase } = state;
  if (phase.status === "suspended") return refuse("application.suspended");
  if (phase.status !== "accepted") return refuse("application.not-accepted");
  if (isDecidedByLaw(phase.decideBy, given.rules, command.at)) return refuse("application.limit-passed");
  if (phase.stage !== stage) return refuse("application.wrong-stage", `it is at ${phase.stage}`);
  if (isOwnCase(state, command)) return refuse("application.own-case");
  const form = given.rules.stages.find(({ name }) => name === stage);
  const faulty = faultOfForm(form, verdict);
  if (faulty) return refuse(faulty.code, undefined, faulty.errors);
  const reasons = [
    ...verdict.reasons,
    ...verdict.answers.flatMap(({ yes, reason }) => (!yes && reason ? [reason] : [])),
  ];
  if (lacksReason({ ...verdict, reasons })) return refuse("application.reason-required");

  const stages = stageNames(given.rules);
  const nextStage = stages[stages.indexOf(stage) + 1];
  const answers = verdict.answers.length > 0 ? { answers: verdict.answers } : {};
  if (nextStage)
    return accept(
      changed(
        state,
        {
          phase: { ...phase, stage: nextStage },
          steps: [{ step: "stage-decided", stage, opinion: verdict.outcome, ...reasonsOf({ reasons }), ...answers }],
          events: [{ type: "stage-decided", stage, outcome: verdict.outcome, nextStage }],
        },
        command,
        given,
      ),
    );

  if (isSameOfficer(phase.acceptedBy.officer, command.by.officer)) return refuse("application.same-officer");
  const outstanding = state.deferred.filter(({ supplied }) => !supplied);
  if (verdict.outcome === "approve" && outstanding.length > 0)
    return refuse("application.material-outstanding", outstanding.map(({ material }) => material).join(", "));
  const made = decided(state, given, { ...verdict, reasons }, command.at);
  return accept(
    changed(state, { ...made, steps: made.steps.map((step) => ({ ...step, stage, ...answers })) }, command, given),
  );
};

type FormFault = {
  readonly code:
    | "application.checks-unanswered"
    | "application.check-unknown"
    | "application.check-reason-required"
    | "application.decision-contradicts-checks";
  readonly errors?: readonly Fault[];
};

const faultOfForm = (form: StageRules | undefined, { outcome, answers }: StageVerdict): FormFault | undefined => {
  const checks = form?.checks ?? [];
  const given = new Map(answers.map((answer) => [answer.check, answer]));
  const unknown = answers.filter(({ check }) => !checks.some(({ id }) => id === check));
  if (unknown.length > 0 || given.size < answers.length) return { code: "application.check-unknown" };
  const unanswered = checks.filter(({ id }) => !given.has(id));
  if (unanswered.length > 0)
    return {
      code: "application.checks-unanswered",
      errors: unanswered.map(({ id, text }) => ({ pointer: `/answers/${id}`, detail: text })),
    };
  const unreasoned = answers.filter(({ yes, reason }) => !yes && !reason);
  if (unreasoned.length > 0)
    return {
      code: "application.check-reason-required",
      errors: unreasoned.map(({ check }) => ({ pointer: `/answers/${check}/reason`, detail: "须写明依据和理由" })),
    };
  const follows = answers.every(({ yes }) => yes) ? "approve" : "refuse";
  return checks.length > 0 && outcome !== follows ? { code: "application.decision-contradicts-checks" } : undefined;
};
