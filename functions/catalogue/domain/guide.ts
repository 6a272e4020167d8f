import { accept, type Decision } from "#shared/kernel/decision.ts";
import type { Item, Option, Situation } from "./item.ts";
import { type Cut, cutTo, type SituationRefusal } from "./situation.ts";

/** The guide for people (办事指南): the item as it stands for them in one situation. */
export interface Guide
  extends Pick<
    Item,
    | "code"
    | "version"
    | "name"
    | "kind"
    | "applicants"
    | "department"
    | "division"
    | "handling"
    | "limits"
    | "legalBasis"
    | "conditions"
    | "form"
    | "specialProcedures"
    | "tacit"
    | "result"
    | "deliverable"
    | "commitment"
    | "assurance"
    | "effectiveFrom"
    | "assumed"
  > {
  readonly situation: Situation;
  readonly materials: Cut["materials"];
  readonly fees: Cut["fees"];
  /** Fen, of the fees that apply for certain; those that hang on an open option are not in it. */
  readonly total: number;
  /** Questions that are still open and would change materials or fees. */
  readonly open: readonly Option[];
  readonly options: readonly Option[];
  /** What happens, in order; days are working days. */
  readonly steps: readonly {
    readonly title: string;
    readonly role: string;
    readonly workingDays?: number | undefined;
  }[];
  readonly places: readonly { readonly channel: "online" | "window" | "courier"; readonly at: string }[];
  readonly visits?: number | undefined;
  readonly visitReason?: string | undefined;
}

export const guideOf = (item: Item, situation: Situation, place: string): Decision<Guide, SituationRefusal> => {
  const cut = cutTo(item, situation);
  if (!cut.ok) return cut;
  const { materials, fees, open } = cut.value;
  const hangs = new Set(open.map(({ id }) => id));
  const certain = fees.filter(({ when = [] }) => when.every(({ option }) => !hangs.has(option)));
  return accept({
    code: item.code,
    version: item.version,
    name: item.name,
    kind: item.kind,
    applicants: item.applicants,
    department: item.department,
    division: item.division,
    handling: item.handling,
    limits: item.limits,
    legalBasis: item.legalBasis,
    conditions: item.conditions,
    form: item.form,
    specialProcedures: item.specialProcedures,
    tacit: item.tacit,
    result: item.result,
    deliverable: item.deliverable,
    commitment: item.commitment,
    ...(item.assurance !== undefined && { assurance: item.assurance }),
    effectiveFrom: item.effectiveFrom,
    assumed: item.assumed,
    ...(item.visits !== undefined && { visits: item.visits }),
    ...(item.visitReason !== undefined && { visitReason: item.visitReason }),
    situation,
    materials,
    fees,
    total: certain.reduce((sum, { amount }) => sum + amount, 0),
    open,
    options: item.options,
    steps: [
      { title: "受理", role: "综合窗口" },
      ...item.stages.map(({ title, role, workingDays }) => ({
        title,
        role,
        ...(workingDays !== undefined && { workingDays }),
      })),
      { title: "办结", role: item.department.name },
    ],
    places: [
      { channel: "online", at: "统一受理平台" },
      { channel: "window", at: `${place}综合窗口（${item.department.name}）` },
      ...(item.deliverable ? [{ channel: "courier" as const, at: "结果可以邮寄" }] : []),
    ],
  });
};

/** The manual for officers (业务手册): the stages with their approval forms, and what is to be examined. */
export const manualOf = (item: Item) => ({
  code: item.code,
  version: item.version,
  name: item.name,
  kind: item.kind,
  department: item.department,
  division: item.division,
  handling: item.handling,
  limits: item.limits,
  legalBasis: item.legalBasis,
  conditions: item.conditions,
  options: item.options,
  materials: item.materials,
  fees: item.fees,
  stages: item.stages,
  specialProcedures: item.specialProcedures,
  tacit: item.tacit,
  commitment: item.commitment,
  result: item.result,
  effectiveFrom: item.effectiveFrom,
  assumed: item.assumed,
});
