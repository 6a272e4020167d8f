import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { isResidentId, isUscc } from "#shared/kernel/identity-numbers.ts";
import { type Deadline, deadlineAfter, isPast } from "#shared/kernel/working-days.ts";

/** Where an officer decides: handling (承办), review (审核), approval (批准). The last stage of an item decides the case. */
export type StageName = "handling" | "review" | "approval";
export type ApplicantKind = "natural" | "legal";
export type Opinion = "approve" | "refuse";
export type Outcome = "approved" | "refused";

/** What an application needs of a published item version. The case keeps the version it was made under. */
export interface ItemRules {
  readonly code: string;
  readonly version: number;
  readonly name: string;
  readonly department: { readonly uscc: string; readonly name: string };
  readonly division: string;
  readonly handling: "instant" | "committed";
  readonly applicants: readonly ApplicantKind[];
  /** Working days from acceptance to the decision. */
  readonly limits: { readonly statutory: number; readonly promised: number };
  /** In order; none for an instant item. */
  readonly stages: readonly StageName[];
}

export interface Applicant {
  readonly kind: ApplicantKind;
  readonly name: string;
  readonly idNumber: string;
  readonly phone?: string | undefined;
  /** The account of a natural person in identity, when the channel knew it. */
  readonly person?: string | undefined;
}

export interface TimelineEntry {
  readonly at: Instant;
  readonly step:
    | "submitted"
    | "accepted"
    | "declined"
    | "stage-decided"
    | "approved"
    | "refused"
    | "concluded"
    | "withdrawn";
  readonly stage?: StageName | undefined;
  readonly opinion?: Opinion | undefined;
  readonly by: Actor;
  readonly reasons?: readonly string[] | undefined;
}

/** Where an application came in (渠道). */
export type Channel = "portal" | "mobile" | "terminal" | "window" | "hotline" | "partner";

/** The client that acted and, for a department, the staff number of its officer. */
export interface Actor {
  readonly client: string;
  readonly channel?: Channel | undefined;
  readonly officer?: string | undefined;
}

interface Case {
  readonly id: string;
  /** Counts the changes; the first is 1. */
  readonly version: number;
  /** Case number (办件编号), at most 50 characters: item code, legal date of receipt, serial. */
  readonly number: string;
  readonly item: Omit<ItemRules, "applicants">;
  readonly applicant: Applicant;
  readonly form: Readonly<Record<string, unknown>>;
  readonly receivedAt: Instant;
  /** Who did what, when and why; it only grows. */
  readonly timeline: readonly TimelineEntry[];
  /** The commands that made this state, so that a repeated one is answered as it was. */
  readonly commands: readonly CommandRecord[];
}

export type Phase =
  | { readonly status: "submitted"; readonly acceptBy: Deadline }
  | { readonly status: "declined" }
  | {
      readonly status: "accepted";
      readonly stage: StageName;
      readonly acceptedBy: Actor;
      readonly promisedBy: Deadline;
      readonly decideBy: Deadline;
    }
  | { readonly status: Outcome; readonly deliverBy: Deadline }
  | { readonly status: "concluded"; readonly outcome: Outcome }
  | { readonly status: "withdrawn" };

export type Application = Case & Phase;
export type Status = Application["status"];

/** What a command answers. It is kept with the command. */
export interface Receipt {
  readonly id: string;
  readonly number: string;
  readonly status: Status;
  readonly version: number;
  readonly stage?: StageName | undefined;
  readonly acceptBy?: Deadline | undefined;
  readonly promisedBy?: Deadline | undefined;
  readonly decideBy?: Deadline | undefined;
  readonly deliverBy?: Deadline | undefined;
}

export interface CommandRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly receipt: Receipt;
}

export type ApplicationEvent =
  | { readonly type: "submitted"; readonly acceptBy: Deadline }
  | {
      readonly type: "accepted";
      readonly stage?: StageName;
      readonly promisedBy: Deadline;
      readonly decideBy: Deadline;
    }
  | { readonly type: "declined" }
  | {
      readonly type: "stage-decided";
      readonly stage: StageName;
      readonly outcome: Opinion;
      readonly nextStage: StageName;
    }
  | { readonly type: "decided"; readonly outcome: Outcome; readonly deliverBy: Deadline }
  | { readonly type: "concluded"; readonly outcome: Outcome }
  | { readonly type: "withdrawn" };

/** A new state and the events that tell of the way to it: written together or not at all. */
export interface Change {
  readonly state: Application;
  readonly events: readonly ApplicationEvent[];
}

/** A command as it came in: who, when, and what makes a repeat of it recognisable. */
export interface Command {
  readonly at: Instant;
  readonly by: Actor;
  readonly key: string;
  readonly fingerprint: string;
}

/** Administrative Licensing Law art. 32: accepted, declined or returned within 5 working days. */
const ACCEPTANCE_DAYS = 5;
/** Administrative Licensing Law art. 44: issued and delivered within 10 working days of the decision. */
const DELIVERY_DAYS = 10;
const NUMBER_LENGTH = 50;

/** The next deadline the department has to keep; none once the case is closed. */
export const dueBy = (state: Application): Deadline | undefined => {
  switch (state.status) {
    case "submitted":
      return state.acceptBy;
    case "accepted":
      return state.promisedBy;
    case "approved":
    case "refused":
      return state.deliverBy;
    case "declined":
    case "concluded":
    case "withdrawn":
      return undefined;
  }
};

export const receiptOf = (state: Omit<Case, "timeline" | "commands"> & Phase): Receipt => ({
  id: state.id,
  number: state.number,
  status: state.status,
  version: state.version,
  ...(state.status === "submitted" && { acceptBy: state.acceptBy }),
  ...(state.status === "accepted" && {
    stage: state.stage,
    promisedBy: state.promisedBy,
    decideBy: state.decideBy,
  }),
  ...((state.status === "approved" || state.status === "refused") && { deliverBy: state.deliverBy }),
});

type Step = Omit<TimelineEntry, "at" | "by">;

const changed = (
  before: Application,
  phase: Phase,
  command: Command,
  steps: readonly [Step, ...Step[]],
  events: readonly ApplicationEvent[],
): Change => {
  const { id, version, number, item, applicant, form, receivedAt } = before;
  const next = { id, version: version + 1, number, item, applicant, form, receivedAt, ...phase };
  return {
    state: {
      ...next,
      timeline: [...before.timeline, ...steps.map((step) => ({ at: command.at, by: command.by, ...step }))],
      commands: [...before.commands, recordOf(command, receiptOf(next))],
    },
    events,
  };
};

const recordOf = ({ key, fingerprint }: Command, receipt: Receipt): CommandRecord => ({ key, fingerprint, receipt });

export type SubmitRefusal =
  | "application.form-too-large"
  | "application.applicant-not-eligible"
  | "application.invalid-id-number";

/** A case is one row of at most 400 KB, and there is more in it than the form. */
const FORM_BYTES_AT_MOST = 200_000;

/** Receives an application. The id comes from the request's key, and the number from the id: neither changes on a retry. */
export const submit = (
  id: string,
  rules: ItemRules,
  { applicant, form }: Pick<Case, "applicant" | "form">,
  command: Command,
): Decision<Change, SubmitRefusal> => {
  const { applicants, ...item } = rules;
  if (Buffer.byteLength(JSON.stringify(form)) > FORM_BYTES_AT_MOST) return refuse("application.form-too-large");
  if (!applicants.includes(applicant.kind)) return refuse("application.applicant-not-eligible");
  const { kind, idNumber } = applicant;
  const isValid = kind === "natural" ? isResidentId(idNumber, legalDate(command.at)) : isUscc(idNumber);
  if (!isValid) return refuse("application.invalid-id-number");

  const acceptBy = deadlineAfter(command.at, ACCEPTANCE_DAYS);
  const received = {
    id,
    version: 1,
    number: caseNumber(item.code, id, command.at),
    item,
    applicant,
    form,
    receivedAt: command.at,
    status: "submitted",
    acceptBy,
  } as const;
  return accept({
    state: {
      ...received,
      timeline: [{ at: command.at, step: "submitted", by: command.by }],
      commands: [recordOf(command, receiptOf(received))],
    },
    events: [{ type: "submitted", acceptBy }],
  });
};

/** The serial is the tail of the id: as unique as the id within one item and day, and nothing has to be counted. */
const caseNumber = (itemCode: string, id: string, at: Instant): string => {
  const head = `${itemCode}${legalDate(at).replaceAll("-", "")}`;
  return head + id.slice(-Math.min(11, NUMBER_LENGTH - head.length));
};

export type AcceptRefusal =
  | "application.not-submitted"
  | "application.decision-required"
  | "application.decision-not-due"
  | "application.reason-required";

export interface Verdict {
  readonly outcome: Opinion;
  readonly reasons: readonly string[];
}

/**
 * Accepts (受理): the clock starts. It has run since the receipt when nobody answered within the five working days (Administrative
 * Licensing Law art. 32). An instant item (即办件) is decided in the same breath.
 */
export const acceptCase = (
  state: Application,
  verdict: Verdict | undefined,
  command: Command,
): Decision<Change, AcceptRefusal> => {
  if (state.status !== "submitted") return refuse("application.not-submitted");
  const { limits, stages } = state.item;
  const since = isPast(state.acceptBy, command.at) ? state.receivedAt : command.at;
  const promisedBy = deadlineAfter(since, limits.promised);
  const decideBy = deadlineAfter(since, limits.statutory);
  const [stage] = stages;

  if (stage) {
    if (verdict) return refuse("application.decision-not-due");
    return accept(
      changed(
        state,
        { status: "accepted", stage, acceptedBy: command.by, promisedBy, decideBy },
        command,
        [{ step: "accepted" }],
        [{ type: "accepted", stage, promisedBy, decideBy }],
      ),
    );
  }
  if (!verdict) return refuse("application.decision-required");
  if (lacksReason(verdict)) return refuse("application.reason-required");
  const decided = decide(verdict, command);
  return accept(
    changed(
      state,
      decided.phase,
      command,
      [{ step: "accepted" }, decided.step],
      [{ type: "accepted", promisedBy, decideBy }, decided.event],
    ),
  );
};

/** Declines (不予受理), as long as the law has not accepted it. */
export const declineCase = (
  state: Application,
  reasons: readonly string[],
  command: Command,
): Decision<Change, "application.not-submitted" | "application.deemed-accepted"> => {
  if (state.status !== "submitted") return refuse("application.not-submitted");
  if (isPast(state.acceptBy, command.at)) return refuse("application.deemed-accepted");
  return accept(
    changed(state, { status: "declined" }, command, [{ step: "declined", reasons }], [{ type: "declined" }]),
  );
};

export type StageRefusal =
  | "application.not-accepted"
  | "application.wrong-stage"
  | "application.reason-required"
  | "application.same-officer";

/** An earlier stage gives its opinion and hands on; the last stage decides the case. */
export const decideCaseStage = (
  state: Application,
  stage: StageName,
  verdict: Verdict,
  command: Command,
): Decision<Change, StageRefusal> => {
  if (state.status !== "accepted") return refuse("application.not-accepted");
  if (state.stage !== stage) return refuse("application.wrong-stage", `it is at ${state.stage}`);
  if (lacksReason(verdict)) return refuse("application.reason-required");

  const { stages } = state.item;
  const nextStage = stages[stages.indexOf(stage) + 1];
  if (nextStage)
    return accept(
      changed(
        state,
        {
          status: "accepted",
          stage: nextStage,
          acceptedBy: state.acceptedBy,
          promisedBy: state.promisedBy,
          decideBy: state.decideBy,
        },
        command,
        [{ step: "stage-decided", stage, opinion: verdict.outcome, ...reasonsOf(verdict) }],
        [{ type: "stage-decided", stage, outcome: verdict.outcome, nextStage }],
      ),
    );

  if (isSameOfficer(state.acceptedBy, command.by)) return refuse("application.same-officer");
  const decided = decide(verdict, command);
  return accept(changed(state, decided.phase, command, [{ ...decided.step, stage }], [decided.event]));
};

/** Staff numbers are account names of the government chat, which takes upper and lower case for the same. */
const isSameOfficer = (a: Actor, b: Actor): boolean => a.officer?.toLowerCase() === b.officer?.toLowerCase();

const lacksReason = ({ outcome, reasons }: Verdict): boolean => outcome === "refuse" && reasons.length === 0;

const reasonsOf = ({ reasons }: Verdict) => (reasons.length > 0 ? { reasons } : {});

const decide = (verdict: Verdict, { at }: Command) => {
  const outcome: Outcome = verdict.outcome === "approve" ? "approved" : "refused";
  const deliverBy = deadlineAfter(at, DELIVERY_DAYS);
  return {
    phase: { status: outcome, deliverBy },
    step: { step: outcome, ...reasonsOf(verdict) },
    event: { type: "decided", outcome, deliverBy },
  } as const;
};

/** Concludes (办结): the result has been issued and delivered. */
export const concludeCase = (state: Application, command: Command): Decision<Change, "application.not-decided"> => {
  if (state.status !== "approved" && state.status !== "refused") return refuse("application.not-decided");
  const outcome = state.status;
  return accept(
    changed(
      state,
      { status: "concluded", outcome },
      command,
      [{ step: "concluded" }],
      [{ type: "concluded", outcome }],
    ),
  );
};

/** Withdraws (撤回), at any time before the decision. */
export const withdrawCase = (
  state: Application,
  reason: string | undefined,
  command: Command,
): Decision<Change, "application.already-decided"> => {
  if (state.status !== "submitted" && state.status !== "accepted") return refuse("application.already-decided");
  return accept(
    changed(
      state,
      { status: "withdrawn" },
      command,
      [{ step: "withdrawn", ...(reason && { reasons: [reason] }) }],
      [{ type: "withdrawn" }],
    ),
  );
};
