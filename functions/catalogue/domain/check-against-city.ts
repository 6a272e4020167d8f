import type { LegalDate } from "#shared/kernel/clock.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import type { BasicItem } from "./basic-item.ts";
import { checkByItself } from "./check-definition.ts";
import type { ItemDefinition, StageName } from "./item.ts";
import type { Standing } from "./item-record.ts";
import { type Problem, type ProblemCode, problem } from "./problems.ts";

/** A type of licence (证照类型) and what it tells of its holder, in the words a form would use. */
export interface LicenceType {
  readonly name: string;
  readonly tells: readonly string[];
}

export interface KnownDepartment {
  readonly uscc: string;
  readonly name: string;
  readonly division: string;
  /** The code is a stand-in, not known to be the department's own. */
  readonly assumed: boolean;
}

/** A member of staff, as far as deciding goes; each stands once. */
export interface KnownStaff {
  readonly division: string;
  readonly roles: readonly string[];
}

/** What the platform knows of the city and a definition is checked against. */
export interface City {
  readonly today: LegalDate;
  readonly divisions: ReadonlySet<string>;
  readonly departments: readonly KnownDepartment[];
  readonly licenceTypes: readonly LicenceType[];
  /** By licence type, how the items stand that issue it; only of the types the definition mentions. */
  readonly issuers: ReadonlyMap<string, readonly Standing["kind"][]>;
  readonly basicItem?: BasicItem | undefined;
  /** Of the item's department. */
  readonly staff: readonly KnownStaff[];
  /** What the schema validator says of the form; undefined when it compiles. */
  readonly formProblem?: string | undefined;
  readonly exampleProblem?: string | undefined;
  readonly standing: Standing["kind"];
}

type Rule = (item: ItemDefinition, city: City) => readonly Problem[];

/** The automatic check before publishing: everything that is wrong with a definition, at once. */
export const checkDefinition: Rule = (item, city) => [
  ...checkByItself(item),
  ...rules.flatMap((rule) => rule(item, city)),
];

const when = (wrong: boolean, code: ProblemCode, detail: string): Problem[] => (wrong ? [problem(code, detail)] : []);

const place: Rule = ({ department: { uscc, name }, division }, { departments, divisions }) => {
  const known = departments.find((department) => department.uscc === uscc);
  return [
    ...when(!divisions.has(division), "item.division-unknown", division),
    ...when(!known, "item.department-unknown", `${name} ${uscc}`),
    ...when(
      known !== undefined && !isWithin(division, known.division),
      "item.division-mismatch",
      `department serves ${known?.division}`,
    ),
  ];
};

const directory: Rule = ({ basicCode, kind, level }, { basicItem }) =>
  basicItem
    ? [
        ...when(basicItem.retired !== undefined, "item.basic-item-retired", basicCode),
        ...when(basicItem.kind !== kind, "item.basic-item-kind", `${kind}, directory says ${basicItem.kind}`),
        ...when(
          !basicItem.levels.includes(level),
          "item.basic-item-level",
          `${level}, not in ${basicItem.levels.join()}`,
        ),
      ]
    : [problem("item.basic-item-unknown", basicCode)];

/** Who decides a stage. */
const deciders: Readonly<Record<StageName, string>> = { handling: "officer", review: "officer", approval: "approver" };

/** An instant item is decided with its acceptance; once the law has accepted it by itself, by an approver. */
const DEEMED = [{ name: "approval", title: "批准" }] as const;

const people: Rule = ({ stages, division, commitment }, { staff }) => {
  const holding = (role: string) =>
    staff.filter((member) => member.roles.includes(role) && isWithin(division, member.division));
  const lacks = (role: string) => holding(role).length === 0;
  const [clerks, approvers] = [holding("clerk"), holding("approver")];
  const onlyOne = clerks.length === 1 && approvers.length === 1 && clerks[0] === approvers[0];
  return [
    ...when(lacks("clerk"), "item.acceptance-undecidable", `no clerk for ${division}`),
    ...(stages.length > 0 ? stages : DEEMED).flatMap(({ name, title }) =>
      when(lacks(deciders[name]), "item.stage-undecidable", `${title}: no ${deciders[name]} for ${division}`),
    ),
    // An instant item is decided by who accepts it, and once the law has accepted it, by any approver.
    ...when(stages.length > 0 && onlyOne, "item.approver-is-only-clerk", `one clerk and approver for ${division}`),
    ...when(commitment && lacks("officer"), "item.commitment-unverifiable", `no officer for ${division}`),
  ];
};

const licences: Rule = ({ materials, result }, { licenceTypes, issuers }) => {
  const known = (type: string) => licenceTypes.some(({ name }) => name === type);
  const mentioned = [
    ...(result.licenceType === undefined ? [] : [{ at: "result", type: result.licenceType }]),
    ...materials.flatMap(({ id, licenceTypes }) => licenceTypes.map((type) => ({ at: `materials[${id}]`, type }))),
  ];
  return [
    ...mentioned.flatMap(({ at, type }) => when(!known(type), "item.licence-type-unknown", `${at}: ${type}`)),
    ...materials.flatMap((material) =>
      ownLicences(material.name, licenceTypes)
        .filter(
          (type) => !material.licenceTypes.includes(type) && issuers.get(type)?.some((kind) => kind === "in-force"),
        )
        .map((type) => problem("item.paper-for-own-licence", `materials[${material.id}]: ${type}`)),
    ),
    ...materials.flatMap(({ id, licenceTypes }) =>
      licenceTypes.flatMap((type) => {
        const kinds = issuers.get(type) ?? [];
        const gone = kinds.length > 0 && kinds.every((kind) => kind === "retired");
        return when(gone, "item.licence-issuer-retired", `materials[${id}]: ${type}`);
      }),
    ),
  ];
};

/** The licence types that a material's name names as a whole: 营业执照（申请人为企业的）, not 食品经营许可证申请书. */
export const ownLicences = (name: string, types: readonly LicenceType[]): string[] =>
  types
    .map((type) => type.name)
    .filter((type) =>
      name
        .split(/[（）()、，,；;]|或者|以及|及其|和|及|或/)
        .some((part) => part.trim() === type || part.trim() === `${type}原件`),
    );

const form: Rule = ({ form, materials }, { formProblem, exampleProblem, licenceTypes }) => {
  if (formProblem !== undefined) return [problem("item.form-invalid", formProblem)];
  const told = materials
    .filter((material) => material.required && !material.when)
    .flatMap((material) => tells(material.licenceTypes, licenceTypes));
  const asked = Object.entries(propertiesOf(form)).filter(([, { title }]) => told.includes(withoutOwner(title ?? "")));
  return [
    ...when(exampleProblem !== undefined, "item.form-example-invalid", exampleProblem ?? ""),
    ...asked.map(([name, { title }]) => problem("item.form-asks-again", `${name}: ${title}`)),
  ];
};

/** What is told whichever of the licences is given. */
const tells = (types: readonly string[], known: readonly LicenceType[]): readonly string[] => {
  const [first = [], ...others] = types.map((type) => known.find(({ name }) => name === type)?.tells ?? []);
  return first.filter((fact) => others.every((facts) => facts.includes(fact)));
};

const propertiesOf = (form: ItemDefinition["form"]): Record<string, { readonly title?: string }> => {
  const { properties } = form;
  return typeof properties === "object" && properties !== null ? { ...properties } : {};
};

const withoutOwner = (title: string): string => title.replace(/^(申请人|本人|企业|不动产|单位)的?/, "");

const day: Rule = ({ effectiveFrom }, { today }) =>
  when(effectiveFrom !== undefined && effectiveFrom < today, "item.effective-in-past", effectiveFrom ?? "");

const life: Rule = ({ code }, { standing }) => when(standing === "retired", "item.retired", code);

const rules: readonly Rule[] = [place, directory, people, licences, form, day, life];
