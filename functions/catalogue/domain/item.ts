import type { LegalDate } from "#shared/kernel/clock.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import type { Fen } from "#shared/kernel/fen.ts";

/** Kinds of power and service (权力事项类型), GB/T 39046. */
export const itemKinds = {
  "01": "行政许可",
  "02": "行政处罚",
  "03": "行政强制",
  "04": "行政征收",
  "05": "行政给付",
  "06": "行政检查",
  "07": "行政确认",
  "08": "行政奖励",
  "09": "行政裁决",
  "10": "其他行政权力",
  "20": "公共服务",
} as const;
export type ItemKind = keyof typeof itemKinds;

/** Level at which the item is handled: state, province, city, county, town, village. */
export type Level = "1" | "2" | "3" | "4" | "5" | "6";

/** Service objects (服务对象), GB/T 39046. */
const serviceObjects = {
  "1": "自然人",
  "2": "企业法人",
  "3": "事业法人",
  "4": "社会组织法人",
  "5": "行政机关",
  "6": "其他组织",
} as const;
export type ServiceObject = keyof typeof serviceObjects;

export type StageName = "handling" | "review" | "approval";

/** One question of a standard approval form (标准化审批表). */
export interface Check {
  readonly id: string;
  readonly text: string;
  /** Law and article. */
  readonly basis?: string | undefined;
}

export interface Stage {
  readonly name: StageName;
  /** What the department calls it. */
  readonly title: string;
  readonly role: string;
  readonly workingDays?: number | undefined;
  readonly checks: readonly Check[];
}

/** Every option named must have been answered with one of its choices; absent means always. */
export type Condition = readonly { readonly option: string; readonly anyOf: readonly string[] }[];

/** What a person answers: option id to choice id. */
export type Situation = Readonly<Record<string, string>>;

/** A scenario question (情形). */
export interface Option {
  readonly id: string;
  readonly question: string;
  readonly choices: readonly { readonly id: string; readonly label: string }[];
}

/** The least trust accepted: A from the issuer itself, B verified at a counter, C uploaded, D self-declared. */
export type TrustGrade = "A" | "B" | "C" | "D";

export interface Material {
  readonly id: string;
  readonly name: string;
  readonly required: boolean;
  readonly source: string;
  readonly form: string;
  readonly copies: number;
  /** An e-licence of any of these types replaces it. */
  readonly licenceTypes: readonly string[];
  readonly grade: TrustGrade;
  /** Media types of a file. */
  readonly formats: readonly string[];
  readonly maxBytes: number;
  /** 容缺: may follow within `deferDays` working days. */
  readonly deferrable: boolean;
  readonly deferDays?: number | undefined;
  readonly when?: Condition | undefined;
}

export interface Fee {
  readonly id: string;
  readonly name: string;
  readonly standard: string;
  readonly amount: Fen;
  readonly basis: string;
  /** What the payment comes before. */
  readonly due: "acceptance" | "issue";
  /** Charge-item code of the fiscal receipt (财政票据收费项目编码), 12 digits. */
  readonly chargeItem?: string | undefined;
  readonly when?: Condition | undefined;
}

/** A special procedure (特别程序), Administrative Licensing Law art. 45: it stops the clock. */
export interface SpecialProcedure {
  readonly kind: "hearing" | "inspection" | "testing" | "quarantine" | "expert-review";
  readonly name: string;
  readonly workingDays: number;
}

/** What a service item (政务服务事项) is: the one definition behind the guide for people and the manual for officers. */
export interface ItemDefinition {
  /** Implementation code (实施编码). */
  readonly code: string;
  /** The directory item (基本编码) it implements. */
  readonly basicCode: string;
  readonly name: string;
  readonly kind: ItemKind;
  readonly level: Level;
  readonly applicants: readonly ("natural" | "legal")[];
  readonly objects: readonly ServiceObject[];
  /** Life events and topics. */
  readonly themes: readonly string[];
  readonly department: { readonly uscc: string; readonly name: string };
  readonly division: DivisionCode;
  /** 即办件, 承诺件. */
  readonly handling: "instant" | "committed";
  /** Working days from acceptance to the decision; `basis` names the law that sets a limit of its own. */
  readonly limits: { readonly statutory: number; readonly promised: number; readonly basis?: string | undefined };
  readonly visits?: number | undefined;
  readonly visitReason?: string | undefined;
  /** Where an officer decides, in order; the last one is the approval. None for an instant item. */
  readonly stages: readonly Stage[];
  readonly legalBasis: readonly { readonly law: string; readonly article?: string | undefined }[];
  readonly conditions: readonly string[];
  readonly options: readonly Option[];
  /** JSON Schema 2020-12. */
  readonly form: Readonly<Record<string, unknown>>;
  readonly materials: readonly Material[];
  readonly fees: readonly Fee[];
  readonly specialProcedures: readonly SpecialProcedure[];
  /** What is deemed decided when the statutory limit passes. */
  readonly tacit: "none" | "approved" | "refused";
  readonly result: {
    readonly name: string;
    readonly licenceType?: string | undefined;
    readonly validityYears?: number | undefined;
  };
  readonly deliverable: boolean;
  /** 告知承诺: may be decided first on a signed promise. */
  readonly commitment: boolean;
  /** The least assurance (实名等级) of whoever applies with a token of their own; what any application needs unless told. */
  readonly assurance?: 2 | 3 | undefined;
  /** The day it is to take force; the day of publication unless told. */
  readonly effectiveFrom?: LegalDate | undefined;
  /** Names of fields that are not known facts. */
  readonly assumed: readonly string[];
  readonly sources: readonly { readonly url?: string | undefined; readonly note: string }[];
}

/** One published version of an item. It never changes; a change is the next version. */
export interface Item extends ItemDefinition {
  readonly version: number;
  readonly effectiveFrom: LegalDate;
}
