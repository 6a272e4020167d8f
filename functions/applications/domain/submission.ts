import { type Instant, legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, type Fault, refuse } from "#shared/kernel/decision.ts";
import { isResidentId, isUscc } from "#shared/kernel/identity-numbers.ts";
import type { Applicant, Application, CaseMaterial, Duplicate } from "./application.ts";
import { type Change, type Command, type Given, isAtWindow, receiptOf, recordOf } from "./change.ts";
import { deferredAmong } from "./deferred-materials.ts";
import { feeDue, feesOf, unpaid } from "./fees.ts";
import { isFormTooLarge } from "./form-size.ts";
import type { Situation } from "./item-rules.ts";
import { faultsOf, type Known, missing } from "./materials.ts";
import { ACCEPTANCE_DAYS } from "./settings.ts";
import { termAfter } from "./term.ts";
import { nextWake } from "./wake.ts";

export type SubmitRefusal =
  | "application.form-too-large"
  | "application.applicant-not-eligible"
  | "application.invalid-id-number"
  | "application.form-invalid"
  | "application.situation-incomplete"
  | "application.materials-missing"
  | "application.material-unfit"
  | "application.commitment-not-allowed"
  | "application.commitment-barred";

const NUMBER_LENGTH = 50;

export interface Submission {
  readonly applicant: Applicant;
  readonly situation: Situation;
  readonly form: Readonly<Record<string, unknown>>;
  readonly materials: readonly CaseMaterial[];
  /** The promise as signed. */
  readonly commitment?: { readonly statement: string } | undefined;
}

/** What was looked up before the decision. */
export interface Findings {
  /** What the item's JSON Schema says of the form. */
  readonly formFaults: readonly Fault[];
  readonly files: Known;
  /** Open cases of the same applicant for the same item: shown, not refused. */
  readonly duplicates: readonly Duplicate[];
  /** The applicant has broken a promise before. */
  readonly hasBrokenCommitment: boolean;
}

/**
 * Receives an application (申请). The id comes from the request's key or the draft, and the number from the id: neither changes on
 * a retry. What is missing is told at once and refused where a person fills in a page; at a window and on the hotline the law has it
 * received, and a clerk tells what is missing (Administrative Licensing Law art. 32). The situation (情形) is answered everywhere.
 */
export const submit = (
  id: string,
  given: Given,
  { applicant, situation, form, materials, commitment }: Submission,
  findings: Findings,
  command: Command,
): Decision<Change, SubmitRefusal> => {
  const { rules, settings } = given;
  if (isFormTooLarge(form)) return refuse("application.form-too-large");
  if (!rules.applicants.includes(applicant.kind)) return refuse("application.applicant-not-eligible");
  if (!isValidNumber(applicant, command.at)) return refuse("application.invalid-id-number");
  if (commitment && !rules.commitment) return refuse("application.commitment-not-allowed");
  if (commitment && findings.hasBrokenCommitment) return refuse("application.commitment-barred");

  const faults = faultsOf(rules, materials, findings.files);
  if (faults.length > 0) return refuse("application.material-unfit", undefined, faults);
  // Nothing later can answer it, and what is to be paid and brought hangs on it.
  const unanswered = rules.options.filter(({ id, choices }) => !choices.includes(situation[id] ?? ""));
  if (unanswered.length > 0)
    return refuse(
      "application.situation-incomplete",
      undefined,
      unanswered.map(({ id }) => ({ pointer: `/situation/${id}`, detail: "请从所列选项中选择" })),
    );
  const absent = missing(rules, situation, materials);
  if (isOnline(command)) {
    if (findings.formFaults.length > 0) return refuse("application.form-invalid", undefined, findings.formFaults);
    if (absent.length > 0 && !commitment)
      return refuse(
        "application.materials-missing",
        undefined,
        absent.map((material) => ({ pointer: `/materials/${material.id}`, detail: material.name })),
      );
  }

  const fees = feesOf(rules, situation);
  const toPay = unpaid(fees, "acceptance");
  const acceptBy = termAfter(command.at, ACCEPTANCE_DAYS);
  const received: Application = {
    id,
    version: 1,
    number: caseNumber(rules.code, id, command.at),
    item: {
      code: rules.code,
      version: rules.version,
      name: rules.name,
      department: rules.department,
      division: rules.division,
      handling: rules.handling,
      ...(rules.licence && { licence: rules.licence }),
    },
    applicant,
    situation,
    form,
    materials,
    receivedAt: command.at,
    phase: {
      status: "submitted",
      since: command.at,
      acceptBy,
      ...(toPay && { payBy: termAfter(command.at, settings.payDays) }),
    },
    fees,
    deferred: deferredAmong(materials, given),
    ...(commitment && {
      commitment: { statement: commitment.statement, instead: absent.map((material) => material.id) },
    }),
    raised: [],
    timeline: [{ at: command.at, step: "submitted", by: command.by }],
    commands: [],
  };
  return accept({
    at: command.at,
    state: {
      ...received,
      wake: nextWake(received, given),
      commands: [recordOf(command, receiptOf(received, findings.duplicates))],
    },
    events: [{ type: "submitted", acceptBy, deliverable: rules.deliverable }, ...(toPay ? [feeDue(toPay)] : [])],
  });
};

const isValidNumber = ({ kind, idNumber }: Applicant, at: Instant): boolean =>
  kind === "natural" ? isResidentId(idNumber, legalDate(at)) : isUscc(idNumber);

/** Where a page can say at once what is missing. */
const isOnline = ({ by }: Command): boolean => by.channel !== "hotline" && !isAtWindow(by);

/** The serial is the tail of the id: as unique as the id within one item and day, and nothing has to be counted. */
const caseNumber = (itemCode: string, id: string, at: Instant): string => {
  const head = `${itemCode}${legalDate(at).replaceAll("-", "")}`;
  return head + id.slice(-Math.min(11, NUMBER_LENGTH - head.length));
};
