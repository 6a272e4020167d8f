import { isWithin } from "#shared/kernel/divisions.ts";
import { fenFromYuan } from "#shared/kernel/fen.ts";
import { partsOfCode } from "#shared/kernel/item-codes.ts";
import { checkByItself, STATUTORY_LIMIT } from "./check-definition.ts";
import { type Completion, completeFee, completeMaterial, formOf, stageChecks, UNCOMPLETED } from "./complete-item.ts";
import {
  type Fee,
  type ItemDefinition,
  type ItemKind,
  itemKinds,
  type Level,
  type ServiceObject,
  type Stage,
  type StageName,
} from "./item.ts";
import { isBlocking, type Problem } from "./problems.ts";

/** A department (部门) as the catalogue knows it. */
export interface Department {
  readonly uscc: string;
  readonly name: string;
  readonly division: string;
  /** The code is a stand-in, not known to be the department's own. */
  readonly assumed: boolean;
}

/** An item as guides, laws and neighbouring cities' catalogues tell it; null where no fact was found. */
export interface SourceItem {
  readonly code: string;
  readonly name: string;
  readonly kind: { readonly code: string; readonly label: string };
  readonly serviceObject: readonly { readonly code: string; readonly label: string }[];
  readonly department: { readonly name: string; readonly uscc: string | null };
  readonly level: { readonly code: Level; readonly label: string };
  readonly divisionCode: string;
  readonly handlingType: "即办件" | "承诺件";
  readonly statutoryWorkingDays: number | null;
  readonly promisedWorkingDays: number | null;
  readonly visits: number | null;
  readonly legalBasis: readonly { readonly law: string; readonly article: string | null }[];
  readonly conditions: readonly string[];
  readonly materials: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly source: string;
    readonly copies: number;
    readonly form: string;
    readonly licenceType: string | null;
    readonly allowLater: boolean;
  }[];
  readonly fees: readonly {
    readonly name: string;
    readonly standard: string;
    readonly amountYuan: number | string;
    readonly basis: string;
  }[];
  readonly process: readonly { readonly stage: string; readonly role: string; readonly workingDays: number | null }[];
  readonly result: {
    readonly name: string;
    readonly licenceType: string | null;
    readonly validityYears: number | null;
  };
  readonly deliverableByPost: boolean | null;
  readonly trustApproval: boolean;
  readonly assumed: readonly string[];
  readonly sources: readonly { readonly url: string | null; readonly note: string }[];
  /** What no source tells and we filled in: all of it is assumed. */
  readonly completion?: Completion | undefined;
}

export type Definition =
  | { readonly ok: true; readonly value: ItemDefinition }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Process steps by their title: what an officer decides at it, or that no one decides there. */
const stageTitles: Readonly<Record<string, StageName | "undecided">> = {
  受理: "undecided",
  收费: "undecided",
  制证: "undecided",
  送达: "undecided",
  办结: "undecided",
  初审: "handling",
  审查: "handling",
  核实: "handling",
  审核: "review",
  审批: "approval",
  决定: "approval",
  登簿: "approval",
};

/** Service objects by the source's label; an enterprise without legal personality is an enterprise. */
const objectsByLabel: Readonly<Record<string, ServiceObject>> = {
  自然人: "1",
  企业法人: "2",
  非法人企业: "2",
  事业法人: "3",
  社会组织法人: "4",
  行政机关: "5",
  其他组织: "6",
};

/** The source's field names in ours; those that have no place in our item are left out. */
const fieldNames: Readonly<Record<string, string | undefined>> = {
  code: "code",
  name: "name",
  kind: "kind",
  serviceObject: "applicants",
  department: "department",
  level: "level",
  divisionCode: "division",
  handlingType: "handling",
  statutoryWorkingDays: "limits.statutory",
  promisedWorkingDays: "limits.promised",
  visits: "visits",
  legalBasis: "legalBasis",
  conditions: "conditions",
  materials: "materials",
  fees: "fees",
  process: "stages",
  result: "result",
  deliverableByPost: "deliverable",
  trustApproval: "commitment",
};

/** Turns a source item into a definition, or says everything that keeps it from being published. */
export const defineItem = (source: SourceItem, departments: readonly Department[]): Definition => {
  const problems: Problem[] = [];

  const department = departments.find(({ name }) => name === source.department.name);
  if (!department) problems.push({ code: "item.department-unknown", detail: source.department.name });
  if (department && source.department.uscc !== null && source.department.uscc !== department.uscc)
    problems.push({ code: "item.department-code-wrong", detail: source.department.uscc });
  if (department && !isWithin(source.divisionCode, department.division))
    problems.push({ code: "item.division-mismatch", detail: `department serves ${department.division}` });

  const kind = kindOf(source);
  if (!kind) problems.push({ code: "item.kind-unknown", detail: `${source.kind.code} ${source.kind.label}` });

  const unknown = source.process.filter(({ stage }) => !stageTitles[stage]);
  for (const { stage } of unknown) problems.push({ code: "item.stage-unknown", detail: stage });

  const fees = feesOf(source);
  if (!fees) problems.push({ code: "item.fee-unreadable", detail: "fees" });

  if (!department || !kind || !fees) return { ok: false, problems };
  const handling = source.handlingType === "即办件" ? "instant" : "committed";
  const statutory = source.statutoryWorkingDays ?? STATUTORY_LIMIT;
  const completion = source.completion ?? UNCOMPLETED;
  const definition: ItemDefinition = {
    code: source.code,
    basicCode: partsOfCode(source.code)?.basicCode ?? "",
    name: source.name,
    kind,
    level: source.level.code,
    applicants: applicantsOf(source),
    objects: objectsOf(source),
    themes: [...completion.themes],
    department: { uscc: department.uscc, name: department.name },
    division: source.divisionCode,
    handling,
    limits: {
      statutory,
      promised: handling === "instant" ? 0 : (source.promisedWorkingDays ?? statutory),
      ...(completion.limitsBasis !== undefined && { basis: completion.limitsBasis }),
    },
    ...(source.visits !== null && { visits: source.visits }),
    stages: handling === "instant" ? [] : stagesOf(source),
    legalBasis: source.legalBasis.map(({ law, article }) => (article === null ? { law } : { law, article })),
    conditions: [...source.conditions],
    options: [...completion.options],
    form: formOf(completion),
    materials: source.materials.map((material, i) => completeMaterial(material, `m${i + 1}`, completion)),
    fees,
    specialProcedures: [...completion.specialProcedures],
    tacit: completion.tacit,
    result: {
      name: source.result.name,
      ...(source.result.licenceType !== null && { licenceType: source.result.licenceType }),
      ...(source.result.validityYears !== null && { validityYears: source.result.validityYears }),
    },
    deliverable: source.deliverableByPost ?? false,
    commitment: source.trustApproval,
    ...(completion.assurance !== undefined && { assurance: completion.assurance }),
    assumed: assumedOf(source, department, handling),
    sources: source.sources.map(({ url, note }) => (url === null ? { note } : { url, note })),
  };
  const all = [...problems, ...checkByItself(definition).filter(isBlocking)];
  return all.length > 0 ? { ok: false, problems: all } : { ok: true, value: definition };
};

const isKind = (code: string): code is ItemKind => code in itemKinds;

const kindOf = ({ kind: { code, label } }: SourceItem): ItemKind | undefined =>
  isKind(code) && itemKinds[code] === label ? code : undefined;

const applicantsOf = ({ serviceObject }: SourceItem): ItemDefinition["applicants"] => [
  ...new Set(serviceObject.map(({ label }) => (label === "自然人" ? ("natural" as const) : ("legal" as const)))),
];

const objectsOf = ({ serviceObject }: SourceItem): ServiceObject[] => [
  ...new Set(serviceObject.map(({ label }) => objectsByLabel[label] ?? "6")),
];

/** Someone always approves: the last step at which anyone decides is the approval, whatever it is called. */
const stagesOf = (source: SourceItem): Stage[] => {
  const decided = source.process.flatMap(({ stage: title, role, workingDays }): Omit<Stage, "checks">[] => {
    const name = stageTitles[title];
    if (!name || name === "undecided") return [];
    return [{ name, title, role, ...(workingDays !== null && { workingDays }) }];
  });
  return decided.map((stage, i) => {
    const name = i === decided.length - 1 ? "approval" : stage.name;
    return { ...stage, name, checks: stageChecks(name, source) };
  });
};

const feesOf = ({ fees, completion = UNCOMPLETED }: SourceItem): Fee[] | undefined => {
  try {
    return fees.map(({ name, standard, amountYuan, basis }, i) =>
      completeFee({ name, standard, amount: fenFromYuan(amountYuan), basis }, `f${i + 1}`, completion),
    );
  } catch {
    return undefined;
  }
};

/** What is filled in by us, or by default, whatever the source says. */
const ALWAYS_ASSUMED = [
  "themes",
  "options",
  "form",
  "materials.grade",
  "materials.formats",
  "materials.maxBytes",
  "materials.when",
  "fees.due",
  "fees.when",
  "stages.checks",
  "specialProcedures",
  "tacit",
];

const assumedOf = (source: SourceItem, department: Department, handling: ItemDefinition["handling"]): string[] => {
  const names = source.assumed.flatMap((path) => {
    const [, field = "", rest = ""] = /^([^.[]+)(.*)$/.exec(path) ?? [];
    const name = fieldNames[field];
    const ours = rest.replace("allowLater", "deferrable").replace("licenceType", "licenceTypes");
    return name ? [`${name}${ours.replace(/^\.stage$/, ".title")}`] : [];
  });
  names.push(...ALWAYS_ASSUMED);
  if (source.completion?.limitsBasis !== undefined) names.push("limits.basis");
  if (source.completion?.assurance !== undefined) names.push("assurance");
  if (department.assumed) names.push("department.uscc");
  if (source.statutoryWorkingDays === null) names.push("limits.statutory");
  if (handling === "committed" && source.promisedWorkingDays === null) names.push("limits.promised");
  if (source.deliverableByPost === null) names.push("deliverable");
  return [...new Set(names)].filter((name) => name !== "visits" || source.visits !== null).sort();
};
