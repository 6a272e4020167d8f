import { isUscc } from "#shared/kernel/identity-numbers.ts";
import { partsOfCode } from "#shared/kernel/item-codes.ts";
import { UPLOAD_BYTES_AT_MOST, uploadTypes } from "#shared/kernel/uploads.ts";
import type { Condition, ItemDefinition, ItemKind, StageName } from "./item.ts";
import { type Problem, type ProblemCode, problem } from "./problems.ts";

/** Administrative Licensing Law (行政许可法) art. 42: working days where no other law sets a limit. */
export const STATUTORY_LIMIT = 20;

type Rule = (item: ItemDefinition) => readonly Problem[];

const when = (wrong: boolean, code: ProblemCode, detail: string): Problem[] => (wrong ? [problem(code, detail)] : []);

/** What is wrong with a definition by itself, all of it at once. */
export const checkByItself: Rule = (item) => rules.flatMap((rule) => rule(item));

const code: Rule = (item) => {
  const parts = partsOfCode(item.code);
  if (!parts) return [problem("item.code-malformed", item.code)];
  const { owner, level, basicCode } = parts;
  const assumed = item.assumed.includes("code") || item.assumed.includes("department.uscc");
  return [
    ...when(!isUscc(owner), "item.code-malformed", `check character of ${owner}`),
    ...when(level !== item.level, "item.level-mismatch", `code says ${level}, item says ${item.level}`),
    ...when(basicCode !== item.basicCode, "item.basic-code-mismatch", item.basicCode),
    ...when(
      isUscc(owner) && owner !== item.department.uscc,
      assumed ? "item.department-code-assumed" : "item.department-code-mismatch",
      `${owner} is not ${item.department.uscc}`,
    ),
  ];
};

const department: Rule = ({ department: { uscc } }) => when(!isUscc(uscc), "item.department-code-wrong", uscc);

const objects: Rule = ({ applicants, objects }) => {
  const natural = objects.includes("1");
  const legal = objects.some((object) => object !== "1");
  return when(
    natural !== applicants.includes("natural") || legal !== applicants.includes("legal"),
    "item.objects-mismatch",
    `${objects.join()} for ${applicants.join()}`,
  );
};

const limits: Rule = ({ limits: { promised, statutory, basis }, handling, kind }) => [
  ...when(promised > statutory, "item.limits-inverted", `promised ${promised} > ${statutory}`),
  ...when(
    kind === "01" && statutory > STATUTORY_LIMIT && !basis,
    "item.limit-beyond-licensing-law",
    `${statutory} working days`,
  ),
  ...when(handling === "committed" && promised === 0, "item.promise-missing", "limits.promised"),
  ...when(handling === "instant" && promised > 0, "item.instant-with-promise", `${promised} working days`),
];

const basis: Rule = ({ legalBasis }) => when(legalBasis.length === 0, "item.legal-basis-missing", "legalBasis");

const stageOrder: Readonly<Record<StageName, number>> = { handling: 0, review: 1, approval: 2 };

const stages: Rule = ({ handling, stages, limits }) => {
  if (handling === "instant")
    return when(stages.length > 0, "item.instant-with-stages", stages.map(({ title }) => title).join());
  if (stages.length === 0) return [problem("item.stages-missing", "no stage at which anyone decides")];
  const order = stages.map(({ name }) => stageOrder[name]);
  const named = stages.map(({ name, title }) => `${title}=${name}`).join(", ");
  if (order.some((place, i) => i > 0 && place <= (order[i - 1] ?? 0)))
    return [problem("item.stages-out-of-order", named)];
  const days = stages.reduce((total, stage) => total + (stage.workingDays ?? 0), 0);
  return [
    ...when(stages.at(-1)?.name !== "approval", "item.stages-without-approval", named),
    ...when(days > limits.promised, "item.stages-too-long", `${days} working days, promised ${limits.promised}`),
    ...stages.flatMap(({ name, checks }) => [
      ...when(checks.length === 0, "item.stage-without-checks", name),
      ...checks.flatMap((check) => when(!check.basis, "item.check-without-basis", `${name}.${check.id}`)),
    ]),
  ];
};

const ids: Rule = (item) => [
  ...repeated("materials", item.materials),
  ...repeated("fees", item.fees),
  ...repeated("options", item.options),
  ...item.options.flatMap(({ id, choices }) => repeated(`options[${id}].choices`, choices)),
  ...item.stages.flatMap(({ name, checks }) => repeated(`stages[${name}].checks`, checks)),
];

const repeated = (where: string, elements: readonly { readonly id: string }[]): Problem[] =>
  elements.flatMap(({ id }, i) =>
    when(elements.findIndex((other) => other.id === id) < i, "item.id-repeated", `${where}[${id}]`),
  );

const conditions: Rule = (item) => {
  const conditional: readonly { readonly at: string; readonly when?: Condition | undefined }[] = [
    ...item.materials.map(({ id, when }) => ({ at: `materials[${id}]`, when })),
    ...item.fees.map(({ id, when }) => ({ at: `fees[${id}]`, when })),
  ];
  const used = new Set(conditional.flatMap(({ when = [] }) => when.map(({ option }) => option)));
  return [
    ...conditional.flatMap(({ at, when: condition = [] }) =>
      condition.flatMap(({ option, anyOf }) => {
        const choices = item.options.find(({ id }) => id === option)?.choices;
        if (!choices) return [problem("item.condition-unknown", `${at}: ${option}`)];
        return anyOf
          .filter((choice) => !choices.some(({ id }) => id === choice))
          .map((choice) => problem("item.condition-unknown", `${at}: ${option}=${choice}`));
      }),
    ),
    ...item.options.flatMap(({ id }) => when(!used.has(id), "item.option-without-effect", id)),
  ];
};

const fees: Rule = ({ fees }) =>
  fees.flatMap(({ id, basis }) => when(basis.trim() === "", "item.fee-without-basis", `fees[${id}]`));

const materials: Rule = ({ materials }) =>
  materials.flatMap(({ id, formats, maxBytes, grade, licenceTypes, deferrable, deferDays }) => {
    const at = `materials[${id}]`;
    return [
      ...formats
        .filter((format) => !(uploadTypes as readonly string[]).includes(format))
        .map((format) => problem("item.format-unknown", `${at}: ${format}`)),
      ...when(maxBytes > UPLOAD_BYTES_AT_MOST, "item.max-bytes-beyond-upload", `${at}: ${maxBytes}`),
      ...when(grade !== "A" && (formats.length === 0 || maxBytes === 0), "item.format-missing", at),
      // Neither paper nor an upload is of the issuer's grade, whoever vouches for it.
      ...when(grade === "A" && licenceTypes.length === 0, "item.issuer-cannot-supply", at),
      ...when(deferrable && !deferDays, "item.defer-days-missing", at),
      ...when(!deferrable && deferDays !== undefined, "item.defer-days-idle", at),
    ];
  });

/** Penalties, coercion, levies, inspections and adjudications are not decided on an applicant's promise. */
const withoutCommitment: readonly ItemKind[] = ["02", "03", "04", "06", "09"];
const tacitlyApproved: readonly ItemKind[] = ["01", "07", "10"];

const decisions: Rule = ({ commitment, kind, tacit, handling }) => [
  ...when(commitment && withoutCommitment.includes(kind), "item.commitment-forbidden", kind),
  ...when(
    (tacit !== "none" && handling === "instant") || (tacit === "approved" && !tacitlyApproved.includes(kind)),
    "item.tacit-forbidden",
    tacit,
  ),
];

/** What the authority begins of its own motion is applied for by nobody. */
const notAppliedFor: readonly ItemKind[] = ["02", "03", "04", "06"];

const assurance: Rule = ({ assurance, kind }) =>
  when(assurance !== undefined && notAppliedFor.includes(kind), "item.assurance-idle", kind);

const special: Rule = ({ specialProcedures }) =>
  specialProcedures.flatMap(({ kind, workingDays }) => when(workingDays === 0, "item.special-procedure-endless", kind));

const visits: Rule = ({ visits = 0, visitReason }) =>
  when(visits > 1 && !visitReason?.trim(), "item.visits-without-reason", `${visits}`);

const rules: readonly Rule[] = [
  code,
  department,
  objects,
  limits,
  basis,
  stages,
  ids,
  conditions,
  fees,
  materials,
  decisions,
  assurance,
  special,
  visits,
];
