/** Where an officer decides: handling (承办), review (审核), approval (批准). The last stage of an item decides the case. */
export type StageName = "handling" | "review" | "approval";
export type ApplicantKind = "natural" | "legal";

/** A special procedure (特别程序, Administrative Licensing Law art. 45): its time does not count. */
export type Procedure = "hearing" | "inspection" | "testing" | "quarantine" | "expert-review";

/** How far a material can be trusted: A from its issuer, B seen by a clerk, C uploaded, D said by the applicant. */
export type Grade = "A" | "B" | "C" | "D";

/** All must hold; each holds when the option was answered with one of the choices. */
export type Condition = readonly { readonly option: string; readonly anyOf: readonly string[] }[];

export interface StageRules {
  readonly name: StageName;
  /** The standard approval form (标准化审批表): each is answered yes or no. */
  readonly checks: readonly { readonly id: string; readonly text: string; readonly basis?: string | undefined }[];
}

export interface MaterialRules {
  readonly id: string;
  readonly name: string;
  readonly required: boolean;
  readonly grade: Grade;
  readonly licenceTypes: readonly string[];
  /** Media types; none: any. */
  readonly formats: readonly string[];
  readonly maxBytes: number;
  readonly deferrable: boolean;
  readonly deferDays?: number | undefined;
  readonly when?: Condition | undefined;
}

/** When a fee has to be paid: before the case is accepted, or before its result is issued. */
export type FeeDue = "acceptance" | "issue";

export interface FeeRules {
  readonly name: string;
  /** Fen. */
  readonly amount: number;
  readonly due: FeeDue;
  readonly chargeItem?: string | undefined;
  readonly when?: Condition | undefined;
}

/** What an application needs of a published item version; a case is held to the version it was made under. */
export interface ItemRules {
  readonly code: string;
  readonly version: number;
  readonly name: string;
  readonly department: { readonly uscc: string; readonly name: string };
  readonly division: string;
  /** Kind of power or service (权力事项类型), two digits of GB/T 39046. */
  readonly kind: string;
  readonly handling: "instant" | "committed";
  readonly applicants: readonly ApplicantKind[];
  /** Working days from acceptance to the decision. */
  readonly limits: { readonly statutory: number; readonly promised: number };
  /** In order; none for an instant item (即办件). */
  readonly stages: readonly StageRules[];
  /** Questions on the applicant's situation (情形), each with its choices. */
  readonly options: readonly { readonly id: string; readonly choices: readonly string[] }[];
  /** JSON Schema 2020-12. */
  readonly form?: Readonly<Record<string, unknown>> | undefined;
  readonly materials: readonly MaterialRules[];
  readonly fees: readonly FeeRules[];
  readonly specialProcedures: readonly { readonly kind: Procedure; readonly workingDays: number }[];
  /** What silence means when the statutory limit passes. */
  readonly tacit: "none" | "approved" | "refused";
  readonly commitment: boolean;
  /** The least assurance of a person who applies with a token of their own. */
  readonly assurance?: 2 | 3 | undefined;
  readonly deliverable: boolean;
  /** The licence that an approval issues, and for how many years from its issue; for good when it is not said. */
  readonly licence?: { readonly type: string; readonly years?: number | undefined } | undefined;
}

export type Situation = Readonly<Record<string, string>>;

export const applies = (when: Condition | undefined, situation: Situation): boolean =>
  (when ?? []).every(({ option, anyOf }) => anyOf.includes(situation[option] ?? ""));

/** A file or licence of this grade is good enough where `least` is asked for. */
export const isAtLeast = (grade: Grade, least: Grade): boolean => grade <= least;

/** An instant item has none; when the law accepts it by itself, someone still has to decide it. */
export const stageNames = ({ stages }: ItemRules): readonly [StageName, ...StageName[]] => {
  const [first = "approval", ...others] = stages.map(({ name }) => name);
  return [first, ...others];
};
