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

export type StageName = "handling" | "review" | "approval";

export interface Stage {
  readonly name: StageName;
  /** What the department calls it. */
  readonly title: string;
  readonly role: string;
  readonly workingDays?: number | undefined;
}

interface Material {
  readonly name: string;
  readonly required: boolean;
  readonly source: string;
  readonly form: string;
  readonly copies: number;
  readonly licenceType?: string | undefined;
  /** 容缺: may follow by a deadline. */
  readonly deferrable: boolean;
}

/** What a service item (政务服务事项) is: the one definition behind the guide for people and the manual for officers. */
export interface ItemDefinition {
  readonly code: string;
  readonly name: string;
  readonly kind: ItemKind;
  readonly level: Level;
  readonly applicants: ("natural" | "legal")[];
  readonly department: { readonly uscc: string; readonly name: string };
  readonly division: DivisionCode;
  /** 即办件, 承诺件. */
  readonly handling: "instant" | "committed";
  /** Working days from acceptance to the decision. */
  readonly limits: { readonly statutory: number; readonly promised: number };
  readonly visits?: number | undefined;
  /** Where an officer decides, in order; the last one is the approval. None for an instant item. */
  readonly stages: Stage[];
  readonly legalBasis: { readonly law: string; readonly article?: string | undefined }[];
  readonly conditions: string[];
  readonly materials: Material[];
  readonly fees: {
    readonly name: string;
    readonly standard: string;
    readonly amount: Fen;
    readonly basis: string;
  }[];
  readonly result: {
    readonly name: string;
    readonly licenceType?: string | undefined;
    readonly validityYears?: number | undefined;
  };
  readonly deliverable: boolean;
  /** 告知承诺: may be decided first on a signed promise. */
  readonly commitment: boolean;
  /** Names of fields that are not known facts. */
  readonly assumed: string[];
  readonly sources: { readonly url?: string | undefined; readonly note: string }[];
}

/** One published version of an item. It never changes; a change is the next version. */
export interface Item extends ItemDefinition {
  readonly version: number;
}
