import { accept, type Decision, type Fault, refuse } from "#shared/kernel/decision.ts";
import { isPast } from "#shared/kernel/working-days.ts";
import type { Application, CaseMaterial, Defect } from "./application.ts";
import { type Change, type Command, changed, type Given } from "./change.ts";
import { deferredAmong } from "./deferred-materials.ts";
import { isFormTooLarge } from "./form-size.ts";
import type { ItemRules } from "./item-rules.ts";
import { faultsOf, type Known } from "./materials.ts";
import { isOwnApplication } from "./own-case.ts";
import { ACCEPTANCE_DAYS } from "./settings.ts";
import { termAfter } from "./term.ts";

export type CorrectionRefusal =
  | "application.not-submitted"
  | "application.fee-unpaid"
  | "application.own-case"
  | "application.deemed-accepted"
  | "application.correction-used"
  | "application.material-unknown";

/**
 * Tells what is missing (补正告知): once, completely, within five working days of the receipt (Administrative Licensing Law art. 32).
 * What the law has accepted by then cannot be given back any more.
 */
export const requestCorrection = (
  state: Application,
  given: Given,
  defects: readonly Defect[],
  command: Command,
): Decision<Change, CorrectionRefusal> => {
  const { phase } = state;
  if (phase.status !== "submitted") return refuse("application.not-submitted");
  if (phase.payBy) return refuse("application.fee-unpaid");
  if (isOwnApplication(state, command)) return refuse("application.own-case");
  if (state.corrected) return refuse("application.correction-used");
  if (isPast(phase.acceptBy, command.at)) return refuse("application.deemed-accepted");
  const unknown = defects.find(
    ({ material }) => material !== undefined && !given.rules.materials.some(({ id }) => id === material),
  );
  if (unknown) return refuse("application.material-unknown", unknown.material);
  const correctBy = termAfter(command.at, given.settings.correctionDays);
  return accept(
    changed(
      state,
      {
        phase: { status: "returned", correctBy, defects },
        facts: { corrected: true },
        steps: [{ step: "correction-requested", reasons: defects.map((defect) => writtenDefect(given.rules, defect)) }],
        events: [{ type: "correction-requested", correctBy }],
      },
      command,
      given,
    ),
  );
};

/** As the notice (补正告知书) lists it: whoever reads it must not have to guess which material or field is meant. */
const writtenDefect = ({ materials, form }: ItemRules, { material, field, what }: Defect): string => {
  const named =
    material === undefined ? field && titleOf(form, field) : materials.find(({ id }) => id === material)?.name;
  return named ? `${named}：${what}` : what;
};

const titleOf = (form: ItemRules["form"], field: string): string => {
  const property = (form?.properties as Record<string, { title?: unknown } | undefined> | undefined)?.[field];
  return typeof property?.title === "string" ? property.title : field;
};

export type CorrectRefusal =
  | "application.not-returned"
  | "application.correction-late"
  | "application.form-too-large"
  | "application.form-invalid"
  | "application.material-unfit"
  | "application.materials-missing";

export interface Correction {
  readonly form?: Readonly<Record<string, unknown>> | undefined;
  readonly materials: readonly CaseMaterial[];
}

/**
 * The applicant supplies what was missing: all of it at once. The five working days begin anew. What may follow later may be
 * deferred (容缺) here as in the submission, and what was deferred may be brought.
 */
export const correct = (
  state: Application,
  given: Given,
  { form, materials }: Correction,
  { formFaults, files }: { readonly formFaults: readonly Fault[]; readonly files: Known },
  command: Command,
): Decision<Change, CorrectRefusal> => {
  const { phase } = state;
  if (phase.status !== "returned") return refuse("application.not-returned");
  if (isPast(phase.correctBy, command.at)) return refuse("application.correction-late");
  if (form && isFormTooLarge(form)) return refuse("application.form-too-large");
  if (form && formFaults.length > 0) return refuse("application.form-invalid", undefined, formFaults);
  const faults = faultsOf(given.rules, materials, files, "/materials", state.id);
  if (faults.length > 0) return refuse("application.material-unfit", undefined, faults);
  const left = phase.defects.filter(({ material, field }) =>
    material === undefined
      ? field !== undefined && form === undefined
      : !materials.some((m) => m.material === material),
  );
  if (left.length > 0)
    return refuse(
      "application.materials-missing",
      undefined,
      left.map(({ material, field, what }) => ({
        pointer: material === undefined ? `/form/${field}` : `/materials/${material}`,
        detail: what,
      })),
    );
  const acceptBy = termAfter(command.at, ACCEPTANCE_DAYS);
  const replaced = new Set(materials.map(({ material }) => material));
  const all = [...state.materials.filter(({ material }) => !replaced.has(material)), ...materials];
  return accept(
    changed(
      state,
      {
        phase: { status: "submitted", since: command.at, acceptBy },
        facts: {
          ...(form && { form }),
          materials: all,
          deferred: deferredAmong(all, given),
        },
        steps: [{ step: "corrected" }],
        events: [{ type: "corrected", acceptBy }],
      },
      command,
      given,
    ),
  );
};
