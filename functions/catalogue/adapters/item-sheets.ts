import type { Condition, ItemDefinition } from "../domain/item.ts";

/** One cell: text, or nothing. Every value is written as text, so that no spreadsheet program takes a code for a number. */
export type Cell = string | undefined;
type Row = readonly Cell[];
export interface Sheet {
  readonly name: string;
  readonly rows: readonly Row[];
}

/** What one cell holds at most; a longer form goes on in the next column. */
const CELL_MAX = 32_000;
const FORM_CELLS = 3;

const text = (value: unknown): Cell => (value === undefined ? undefined : String(value));
const lines = (values: readonly string[]): Cell => (values.length > 0 ? values.join("\n") : undefined);
const when = (condition: Condition | undefined): Cell =>
  condition?.map(({ option, anyOf }) => `${option}=${anyOf.join("|")}`).join(" & ");

interface Part<T> {
  readonly name: string;
  readonly columns: Readonly<Record<string, (element: T) => Cell>>;
  readonly of: (item: ItemDefinition) => readonly T[];
}
const part = <T>(made: Part<T>): Part<T> => made;

const formCells = Object.fromEntries(
  Array.from({ length: FORM_CELLS }, (_, i) => [
    `form${i + 1}`,
    ({ form }: ItemDefinition): Cell => JSON.stringify(form).slice(i * CELL_MAX, (i + 1) * CELL_MAX) || undefined,
  ]),
);

const items = part<ItemDefinition>({
  name: "items",
  of: (item) => [item],
  columns: {
    basicCode: (item) => item.basicCode,
    name: (item) => item.name,
    kind: (item) => item.kind,
    level: (item) => item.level,
    applicants: (item) => lines(item.applicants),
    objects: (item) => lines(item.objects),
    themes: (item) => lines(item.themes),
    departmentCode: (item) => item.department.uscc,
    departmentName: (item) => item.department.name,
    division: (item) => item.division,
    handling: (item) => item.handling,
    statutoryDays: (item) => text(item.limits.statutory),
    promisedDays: (item) => text(item.limits.promised),
    limitBasis: (item) => item.limits.basis,
    visits: (item) => text(item.visits),
    visitReason: (item) => item.visitReason,
    tacit: (item) => item.tacit,
    result: (item) => item.result.name,
    resultLicenceType: (item) => item.result.licenceType,
    resultValidityYears: (item) => text(item.result.validityYears),
    deliverable: (item) => text(item.deliverable),
    commitment: (item) => text(item.commitment),
    assurance: (item) => text(item.assurance),
    effectiveFrom: (item) => item.effectiveFrom,
    assumed: (item) => lines(item.assumed),
    ...formCells,
  },
});

const lists = [
  part({
    name: "legalBasis",
    of: (item) => item.legalBasis,
    columns: { law: (basis) => basis.law, article: (basis) => basis.article },
  }),
  part({ name: "conditions", of: (item) => item.conditions, columns: { text: (condition) => condition } }),
  part({
    name: "stages",
    of: (item) => item.stages,
    columns: {
      name: (stage) => stage.name,
      title: (stage) => stage.title,
      role: (stage) => stage.role,
      workingDays: (stage) => text(stage.workingDays),
    },
  }),
  part({
    name: "checks",
    of: (item) => item.stages.flatMap(({ name, checks }) => checks.map((check) => ({ stage: name, ...check }))),
    columns: {
      stage: (check) => check.stage,
      id: (check) => check.id,
      text: (check) => check.text,
      basis: (check) => check.basis,
    },
  }),
  part({
    name: "options",
    of: (item) =>
      item.options.flatMap(({ id, question, choices }) =>
        choices.map((choice) => ({ option: id, question, choice: choice.id, label: choice.label })),
      ),
    columns: {
      option: (row) => row.option,
      question: (row) => row.question,
      choice: (row) => row.choice,
      label: (row) => row.label,
    },
  }),
  part({
    name: "materials",
    of: (item) => item.materials,
    columns: {
      id: (material) => material.id,
      name: (material) => material.name,
      required: (material) => text(material.required),
      source: (material) => material.source,
      form: (material) => material.form,
      copies: (material) => text(material.copies),
      licenceTypes: (material) => lines(material.licenceTypes),
      grade: (material) => material.grade,
      formats: (material) => lines(material.formats),
      maxBytes: (material) => text(material.maxBytes),
      deferrable: (material) => text(material.deferrable),
      deferDays: (material) => text(material.deferDays),
      when: (material) => when(material.when),
    },
  }),
  part({
    name: "fees",
    of: (item) => item.fees,
    columns: {
      id: (fee) => fee.id,
      name: (fee) => fee.name,
      standard: (fee) => fee.standard,
      amountFen: (fee) => text(fee.amount),
      basis: (fee) => fee.basis,
      due: (fee) => fee.due,
      chargeItem: (fee) => fee.chargeItem,
      when: (fee) => when(fee.when),
    },
  }),
  part({
    name: "specialProcedures",
    of: (item) => item.specialProcedures,
    columns: {
      kind: (procedure) => procedure.kind,
      name: (procedure) => procedure.name,
      workingDays: (procedure) => text(procedure.workingDays),
    },
  }),
  part({ name: "sources", of: (item) => item.sources, columns: { url: ({ url }) => url, note: ({ note }) => note } }),
] as const;

const sheetOf = <T>({ name, columns, of }: Part<T>, definitions: readonly ItemDefinition[]): Sheet => ({
  name,
  rows: [
    ["code", ...Object.keys(columns)],
    ...definitions.flatMap((item) =>
      of(item).map((row) => [item.code, ...Object.values(columns).map((cell) => cell(row))]),
    ),
  ],
});

/** Definitions as sheets: one of items, one of each list within them. Reading them back gives the same definitions. */
export const sheetsOf = (definitions: readonly ItemDefinition[]): Sheet[] => [
  sheetOf(items, definitions),
  ...lists.map((list) => sheetOf(list as Part<unknown>, definitions)),
];

type Read = Readonly<Record<string, string>>;

/** Sheets as rows of raw definitions, in the order of the sheet of items: they are checked as any other import's are. */
export const definitionsOf = (sheets: readonly Sheet[]): unknown[] => {
  const rowsOf = (name: string): Read[] => {
    const [head = [], ...rows] = sheets.find((sheet) => sheet.name === name)?.rows ?? [];
    return rows.map((row) =>
      Object.fromEntries(
        head.flatMap((column, i) => (column && row[i] !== undefined && row[i] !== "" ? [[column, row[i]]] : [])),
      ),
    );
  };
  const parts = Object.fromEntries(lists.map(({ name }) => [name, Map.groupBy(rowsOf(name), ({ code = "" }) => code)]));
  return rowsOf("items").map((item) => definitionOf(item, (list) => parts[list]?.get(item.code ?? "") ?? []));
};

const many = (cell: string | undefined): string[] => cell?.split("\n").filter(Boolean) ?? [];
/** What is no number stays text, and is refused by the schema with its place. */
const whole = (cell: string | undefined) => (cell !== undefined && /^\d{1,15}$/.test(cell) ? Number(cell) : cell);
const truth = (cell: string | undefined) => (cell === "true" ? true : cell === "false" ? false : cell);
const conditionOf = (cell: string | undefined) =>
  cell
    ?.split("&")
    .map((term) => term.trim().split("="))
    .map(([option = "", choices = ""]) => ({ option, anyOf: choices.split("|") }));
const json = (cells: string): unknown => {
  try {
    return JSON.parse(cells);
  } catch {
    return cells;
  }
};

/** Leaves out what is undefined. */
const given = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const definitionOf = (item: Read, rows: (list: (typeof lists)[number]["name"]) => readonly Read[]): unknown =>
  given({
    code: item.code,
    basicCode: item.basicCode,
    name: item.name,
    kind: item.kind,
    level: item.level,
    applicants: many(item.applicants),
    objects: many(item.objects),
    themes: many(item.themes),
    department: given({ uscc: item.departmentCode, name: item.departmentName }),
    division: item.division,
    handling: item.handling,
    limits: given({ statutory: whole(item.statutoryDays), promised: whole(item.promisedDays), basis: item.limitBasis }),
    visits: whole(item.visits),
    visitReason: item.visitReason,
    stages: rows("stages").map(({ name, title, role, workingDays }) =>
      given({
        name,
        title,
        role,
        workingDays: whole(workingDays),
        checks: rows("checks")
          .filter(({ stage }) => stage === name)
          .map(({ id, text: asked, basis }) => given({ id, text: asked, basis })),
      }),
    ),
    legalBasis: rows("legalBasis").map(({ law, article }) => given({ law, article })),
    conditions: rows("conditions").map(({ text: condition }) => condition),
    options: [...Map.groupBy(rows("options"), ({ option }) => option)].map(([id, choices]) =>
      given({
        id,
        question: choices[0]?.question,
        choices: choices.map(({ choice, label }) => given({ id: choice, label })),
      }),
    ),
    form: json(Array.from({ length: FORM_CELLS }, (_, i) => item[`form${i + 1}`] ?? "").join("")),
    materials: rows("materials").map((row) =>
      given({
        id: row.id,
        name: row.name,
        required: truth(row.required),
        source: row.source,
        form: row.form,
        copies: whole(row.copies),
        licenceTypes: many(row.licenceTypes),
        grade: row.grade,
        formats: many(row.formats),
        maxBytes: whole(row.maxBytes),
        deferrable: truth(row.deferrable),
        deferDays: whole(row.deferDays),
        when: conditionOf(row.when),
      }),
    ),
    fees: rows("fees").map((row) =>
      given({
        id: row.id,
        name: row.name,
        standard: row.standard ?? "",
        amount: whole(row.amountFen),
        basis: row.basis ?? "",
        due: row.due,
        chargeItem: row.chargeItem,
        when: conditionOf(row.when),
      }),
    ),
    specialProcedures: rows("specialProcedures").map(({ kind, name, workingDays }) =>
      given({ kind, name, workingDays: whole(workingDays) }),
    ),
    tacit: item.tacit,
    result: given({
      name: item.result,
      licenceType: item.resultLicenceType,
      validityYears: whole(item.resultValidityYears),
    }),
    deliverable: truth(item.deliverable),
    commitment: truth(item.commitment),
    assurance: whole(item.assurance),
    effectiveFrom: item.effectiveFrom,
    assumed: many(item.assumed),
    sources: rows("sources").map(({ url, note }) => given({ url, note: note ?? "" })),
  });
