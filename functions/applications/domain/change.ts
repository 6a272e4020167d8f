import type { Instant } from "#shared/kernel/clock.ts";
import type {
  Actor,
  Application,
  CaseFee,
  CommandRecord,
  Duplicate,
  Opinion,
  Outcome,
  Phase,
  Receipt,
  TimelineEntry,
} from "./application.ts";
import type { DeadlineKind } from "./deadlines.ts";
import type { FeeDue, ItemRules, Procedure, StageName } from "./item-rules.ts";
import type { CitySettings } from "./settings.ts";
import type { Term } from "./term.ts";
import { nextWake } from "./wake.ts";

interface Limits {
  readonly promisedBy: Term;
  readonly decideBy: Term;
}

export type ApplicationEvent =
  | { readonly type: "submitted"; readonly acceptBy: Term; readonly deliverable: boolean }
  | { readonly type: "correction-requested"; readonly correctBy: Term }
  | { readonly type: "corrected"; readonly acceptBy: Term }
  | ({ readonly type: "accepted"; readonly stage?: StageName; readonly deemed?: true } & Limits)
  | { readonly type: "declined" }
  | { readonly type: "claimed"; readonly officer: string }
  | { readonly type: "released"; readonly officer: string }
  | {
      readonly type: "stage-decided";
      readonly stage: StageName;
      readonly outcome: Opinion;
      readonly nextStage: StageName;
    }
  | { readonly type: "suspended"; readonly procedure: Procedure; readonly expectedBy: Term }
  | ({ readonly type: "resumed"; readonly procedure: Procedure } & Limits)
  | ({ readonly type: "extended" } & Limits)
  | {
      readonly type: "decided";
      readonly outcome: Outcome;
      readonly deliverBy: Term;
      readonly tacit?: true;
      readonly commitment?: true;
      readonly held?: true;
    }
  | { readonly type: "commitment-verified" }
  | { readonly type: "revoked" }
  | { readonly type: "material-supplied"; readonly material: string }
  | { readonly type: "concluded"; readonly outcome: Outcome }
  | { readonly type: "withdrawn" }
  | { readonly type: "lapsed" }
  | ({ readonly type: "reopened"; readonly stage: StageName } & Limits)
  | ({ readonly type: "fee-due" } & Pick<CaseFee, "due" | "charges" | "total">)
  | { readonly type: "fee-settled"; readonly due: FeeDue; readonly order: string }
  | { readonly type: "deadline-near"; readonly deadline: DeadlineKind; readonly dueBy: Term }
  | { readonly type: "overdue"; readonly deadline: DeadlineKind; readonly dueBy: Term }
  | { readonly type: "deadlines-recomputed" };

/** A new state and the events that tell of the way to it: written together or not at all. */
export interface Change {
  readonly state: Application;
  readonly at: Instant;
  readonly events: readonly ApplicationEvent[];
  /** Stands on record against the applicant from this change on, while the case is revoked. */
  readonly brokenCommitment?: true;
}

/** A command as it came in: who, when, and what makes a repeat of it recognisable. */
export interface Command {
  readonly at: Instant;
  readonly by: Actor;
  /** The account that the officer who acts has as a person. It is compared, and stands in no case. */
  readonly ownAccount?: string | undefined;
  readonly key: string;
  readonly fingerprint: string;
}

/** What a decision rests on beside the case: the item's rules in the case's version, and the city's settings. */
export interface Given {
  readonly rules: ItemRules;
  readonly settings: CitySettings;
}

export type Step = Omit<TimelineEntry, "at" | "by">;

type Facts = Partial<
  Pick<
    Application,
    "form" | "materials" | "fees" | "deferred" | "commitment" | "corrected" | "extended" | "claimedBy" | "raised"
  >
>;

/** What a rule makes of a case; nothing of it is written yet. */
export interface Outcomes {
  readonly phase?: Phase;
  readonly facts?: Facts;
  readonly steps?: readonly Step[];
  readonly events: readonly ApplicationEvent[];
  readonly brokenCommitment?: true;
}

export const receiptOf = (
  { id, number, version, phase }: Pick<Application, "id" | "number" | "version" | "phase">,
  duplicates: readonly Duplicate[] = [],
): Receipt => ({
  id,
  number,
  status: phase.status,
  version,
  ...("stage" in phase && { stage: phase.stage }),
  ...("acceptBy" in phase && !phase.payBy && { acceptBy: phase.acceptBy }),
  ...("payBy" in phase && phase.payBy && { payBy: phase.payBy }),
  ...("correctBy" in phase && { correctBy: phase.correctBy }),
  ...("promisedBy" in phase && { promisedBy: phase.promisedBy, decideBy: phase.decideBy }),
  ...("expectedBy" in phase && { expectedBy: phase.expectedBy }),
  ...("deliverBy" in phase && !phase.held && { deliverBy: phase.deliverBy }),
  ...(duplicates.length > 0 && { duplicates }),
});

export const recordOf = ({ key, fingerprint }: Command, receipt: Receipt): CommandRecord => ({
  key,
  fingerprint,
  receipt,
});

/** The case after what a rule has made of it, as the next version. A claim ends with the task it was for. */
export const changed = (before: Application, made: Outcomes, command: Command, { settings, rules }: Given): Change => {
  const { claimedBy, ...rest } = before;
  const phase = made.phase ?? before.phase;
  const next: Application = {
    ...rest,
    ...(claimedBy !== undefined && isSameTask(before.phase, phase) && { claimedBy }),
    ...made.facts,
    phase,
    version: before.version + 1,
    timeline: [...before.timeline, ...(made.steps ?? []).map((step) => ({ at: command.at, by: command.by, ...step }))],
  };
  const state = {
    ...next,
    wake: nextWake(next, { settings, rules }),
    commands: [...before.commands, recordOf(command, receiptOf(next))],
  };
  return { state, at: command.at, events: made.events, ...(made.brokenCommitment && { brokenCommitment: true }) };
};

const isSameTask = (a: Phase, b: Phase): boolean =>
  a.status === b.status && ("stage" in a ? a.stage : undefined) === ("stage" in b ? b.stage : undefined);

/** A clerk is there, at the window's own program or beside the person who acts. */
export const isAtWindow = ({ channel, helper }: Pick<Actor, "channel" | "helper">): boolean =>
  channel === "window" || helper !== undefined;

/** Staff numbers are account names of the government chat, which takes upper and lower case for the same. */
export const isSameOfficer = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
