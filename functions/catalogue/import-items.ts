import * as z from "zod";
import { Condition, ItemDefinition as ItemDocument, StageName } from "#shared/contracts/http/items.ts";
import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import type { Refusal } from "#shared/kernel/decision.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { ItemProblem } from "./domain/check-definition.ts";
import type { Completion } from "./domain/complete-item.ts";
import { type Department, defineItem, type SourceItem } from "./domain/define-item.ts";
import type { ItemDefinition } from "./domain/item.ts";
import type { ItemStore } from "./domain/ports.ts";
import { publishItem } from "./domain/publish-item.ts";

const Days = z.int().nonnegative().nullable();
const Coded = z.object({ code: z.string(), label: z.string() });

const shape = ItemDocument.shape;
const material = shape.materials.element.shape;
const fee = shape.fees.element.shape;

const CompletionRow = z.strictObject({
  themes: shape.themes,
  options: shape.options,
  form: shape.form,
  limitsBasis: z.string().optional(),
  materials: z
    .record(
      z.string(),
      z
        .strictObject({
          required: material.required,
          licenceTypes: material.licenceTypes,
          grade: material.grade,
          formats: material.formats,
          maxBytes: material.maxBytes,
          deferDays: z.int().nonnegative(),
          when: Condition,
        })
        .partial(),
    )
    .optional(),
  fees: z
    .record(z.string(), z.strictObject({ due: fee.due, chargeItem: z.string(), when: Condition }).partial())
    .optional(),
  checks: z
    .partialRecord(StageName, z.array(z.strictObject({ text: z.string(), basis: z.string().optional() })))
    .optional(),
  specialProcedures: shape.specialProcedures,
  tacit: shape.tacit,
}) satisfies z.ZodType<Completion>;

/** The format of data/service-items.json; see data/README.md. */
const SourceRow = z.object({
  code: z.string(),
  name: z.string().min(1),
  kind: Coded,
  serviceObject: z.array(Coded).min(1),
  department: z.object({ name: z.string(), uscc: z.string().nullable() }),
  level: Coded.extend({ code: z.enum(["1", "2", "3", "4", "5", "6"]) }),
  divisionCode: z.string().regex(/^(\d{6}|\d{9}|\d{12})$/),
  handlingType: z.enum(["即办件", "承诺件"]),
  statutoryWorkingDays: Days,
  promisedWorkingDays: Days,
  visits: z.int().nonnegative().nullable(),
  legalBasis: z.array(z.object({ law: z.string(), article: z.string().nullable() })),
  conditions: z.array(z.string()),
  materials: z.array(
    z.object({
      name: z.string(),
      required: z.boolean(),
      source: z.string(),
      copies: z.int().nonnegative(),
      form: z.string(),
      licenceType: z.string().nullable(),
      allowLater: z.boolean(),
    }),
  ),
  fees: z.array(
    z.object({
      name: z.string(),
      standard: z.string(),
      amountYuan: z.union([z.number(), z.string()]),
      basis: z.string(),
    }),
  ),
  process: z.array(z.object({ stage: z.string(), role: z.string(), workingDays: Days })),
  result: z.object({
    name: z.string(),
    licenceType: z.string().nullable(),
    validityYears: z.int().positive().nullable(),
  }),
  deliverableByPost: z.boolean().nullable(),
  trustApproval: z.boolean(),
  assumed: z.array(z.string()),
  sources: z.array(z.object({ url: z.string().nullable(), note: z.string() })),
  completion: CompletionRow.optional(),
}) satisfies z.ZodType<SourceItem>;

/** The format of data/departments.json. */
const DepartmentRow = z.object({
  uscc: z.string().refine(isUscc, "not a unified social credit code (GB 32100)"),
  name: z.string().min(1),
  division: z.string(),
  assumed: z.boolean(),
}) satisfies z.ZodType<Department>;

const Import = z.object({ items: z.array(z.unknown()), departments: z.array(DepartmentRow) });

export type ImportedItem =
  | { readonly code: string; readonly version: number; readonly result: "published" | "unchanged" }
  | {
      readonly code: string;
      readonly version?: number;
      readonly result: "rejected";
      readonly problems: readonly Refusal<ItemProblem>[];
    };

const WRITES_AT_ONCE = 8;

/**
 * Publishes what an operator hands in, row by row: a row that is not right is reported and keeps nothing else back. Run twice,
 * the second run writes nothing. Throws when the departments are malformed, before anything is written.
 */
export const importItems =
  ({ items, now }: { items: ItemStore; now: Clock }) =>
  async (payload: unknown): Promise<{ items: ImportedItem[] }> => {
    const { items: rows, departments } = Import.parse(payload);
    const seen = new Set<string>();
    const checked = rows.map((row, index) => check(row, index, departments, seen));

    const report: ImportedItem[] = [];
    for (let start = 0; start < checked.length; start += WRITES_AT_ONCE)
      report.push(
        ...(await Promise.all(
          checked.slice(start, start + WRITES_AT_ONCE).map((row) => ("definition" in row ? put(row.definition) : row)),
        )),
      );
    logger.info("items.imported", countOf(report));
    return { items: report };

    function put(definition: ItemDefinition): Promise<ImportedItem> {
      return untilNoRace(async () => {
        const current = await items.current(definition.code);
        const decision = publishItem(current, definition, legalDate(now()));
        if (!decision.ok) return { code: definition.code, version: current?.version ?? 0, result: "unchanged" };
        await items.publish(decision.value, now());
        return { code: definition.code, version: decision.value.version, result: "published" };
      });
    }
  };

const CodeOnly = z.object({ code: z.string() });

const check = (
  row: unknown,
  index: number,
  departments: readonly Department[],
  seen: Set<string>,
): { definition: ItemDefinition } | ImportedItem => {
  const code = CodeOnly.safeParse(row).data?.code ?? `#${index}`;
  const rejected = (problems: readonly Refusal<ItemProblem>[]) => ({ code, result: "rejected" as const, problems });

  const source = SourceRow.safeParse(row);
  if (!source.success)
    return rejected(
      source.error.issues.map(({ path, message }) => ({
        code: "item.malformed",
        detail: `${path.join(".")}: ${message}`,
      })),
    );
  if (seen.has(code)) return rejected([{ code: "item.code-repeated", detail: code }]);
  seen.add(code);
  const definition = defineItem(source.data, departments);
  return definition.ok ? { definition: definition.value } : rejected(definition.problems);
};

const countOf = (report: readonly ImportedItem[]) => {
  const count = (result: ImportedItem["result"]) => report.filter((row) => row.result === result).length;
  return { published: count("published"), unchanged: count("unchanged"), rejected: count("rejected") };
};
