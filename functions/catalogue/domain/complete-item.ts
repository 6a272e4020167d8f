import { UPLOAD_BYTES_AT_MOST } from "#shared/kernel/uploads.ts";
import type {
  Check,
  Condition,
  Fee,
  ItemDefinition,
  Material,
  Option,
  SpecialProcedure,
  StageName,
  TrustGrade,
} from "./item.ts";

/** What no public source tells of an item and the catalogue needs: written by us, all of it assumed. */
export interface Completion {
  readonly themes: readonly string[];
  readonly options: readonly Option[];
  readonly form: Readonly<Record<string, unknown>>;
  /** The law that sets this item's limit, where it is not the licensing law's. */
  readonly limitsBasis?: string | undefined;
  /** By the material's id: m1 is the first. */
  readonly materials?: Readonly<
    Record<
      string,
      {
        readonly required?: boolean | undefined;
        readonly licenceTypes?: readonly string[] | undefined;
        readonly grade?: TrustGrade | undefined;
        readonly formats?: readonly string[] | undefined;
        readonly maxBytes?: number | undefined;
        readonly deferDays?: number | undefined;
        readonly when?: Condition | undefined;
      }
    >
  >;
  /** By the fee's id: f1 is the first. */
  readonly fees?: Readonly<
    Record<
      string,
      {
        readonly due?: "acceptance" | "issue" | undefined;
        readonly chargeItem?: string | undefined;
        readonly when?: Condition | undefined;
      }
    >
  >;
  /** The approval form of a stage, instead of the one made from the item's conditions. */
  readonly checks?: Readonly<Partial<Record<StageName, readonly Omit<Check, "id">[]>>>;
  readonly specialProcedures: readonly SpecialProcedure[];
  readonly tacit: ItemDefinition["tacit"];
  readonly assurance?: ItemDefinition["assurance"];
}

export const UNCOMPLETED: Completion = {
  themes: [],
  options: [],
  form: {},
  specialProcedures: [],
  tacit: "none",
};

const SCHEMA = "https://json-schema.org/draft/2020-12/schema";

/** An item whose form nobody described takes any. */
export const formOf = ({ form }: Completion): ItemDefinition["form"] =>
  Object.keys(form).length > 0 ? form : { $schema: SCHEMA, type: "object", additionalProperties: true };

const FORMATS = ["application/pdf", "image/jpeg", "image/png"];
/** Working days within which a deferred material follows, unless told. */
const DEFER_DAYS = 10;

/** Completes a material as a guide lists it: files and scans of 10 MiB at most, uploaded ones accepted, unless told. */
export const completeMaterial = (
  source: {
    readonly name: string;
    readonly required: boolean;
    readonly source: string;
    readonly form: string;
    readonly copies: number;
    readonly licenceType: string | null;
    readonly allowLater: boolean;
  },
  id: string,
  { materials = {} }: Completion,
): Material => {
  const told = materials[id] ?? {};
  return {
    id,
    name: source.name,
    required: told.required ?? source.required,
    source: source.source,
    form: source.form,
    copies: source.copies,
    licenceTypes: told.licenceTypes ?? (source.licenceType === null ? [] : [source.licenceType]),
    grade: told.grade ?? "C",
    formats: told.formats ?? FORMATS,
    maxBytes: told.maxBytes ?? UPLOAD_BYTES_AT_MOST,
    deferrable: source.allowLater,
    ...(source.allowLater && { deferDays: told.deferDays ?? DEFER_DAYS }),
    ...(told.when && { when: told.when }),
  };
};

export const completeFee = (
  fee: Pick<Fee, "name" | "standard" | "amount" | "basis">,
  id: string,
  { fees = {} }: Completion,
): Fee => {
  const { due = "acceptance", chargeItem, when } = fees[id] ?? {};
  return { id, ...fee, due, ...(chargeItem !== undefined && { chargeItem }), ...(when && { when }) };
};

/** Asked at every first stage when nobody said otherwise: Administrative Licensing Law (行政许可法) art. 34. */
const EXAMINATION: readonly Omit<Check, "id">[] = [
  { text: "申请材料齐全、符合法定形式", basis: "中华人民共和国行政许可法第三十四条" },
  { text: "申请材料的实质内容已经核实", basis: "中华人民共和国行政许可法第三十四条" },
];

/** A stage's approval form: the one we wrote, else the examination first and the item's conditions at the end. */
export const stageChecks = (
  stage: StageName,
  item: {
    readonly kind: { readonly code: string };
    readonly conditions: readonly string[];
    readonly legalBasis: readonly { readonly law: string; readonly article: string | null }[];
    readonly completion?: Completion | undefined;
  },
): Check[] => {
  const [basis] = item.legalBasis;
  const law = basis && { basis: `${basis.law}${basis.article ?? ""}` };
  const examination = item.kind.code === "01" ? EXAMINATION : EXAMINATION.map(({ text }) => ({ text, ...law }));
  const conditions = item.conditions.map((text) => ({ text, ...law }));
  const checks = item.completion?.checks?.[stage] ?? (stage === "approval" ? conditions : examination);
  return checks.map((check, i) => ({ id: `c${i + 1}`, ...law, ...check }));
};
