import * as z from "zod";
import { BasicItem as BasicDocument } from "#shared/contracts/http/catalogue/finding.ts";
import { DivisionCode, ItemDefinition as ItemDocument } from "#shared/contracts/http/catalogue/item.ts";
import { legalDate } from "#shared/kernel/clock.ts";
import { isUscc } from "#shared/kernel/identity-numbers.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { readSheets } from "./adapters/excel-files.ts";
import { definitionsOf } from "./adapters/item-sheets.ts";
import { SourceRow } from "./adapters/source-rows.ts";
import { type CheckDeps, checkItem } from "./check-item.ts";
import { keepBasicItem } from "./domain/basic-item.ts";
import { type Department, defineItem } from "./domain/define-item.ts";
import type { ItemDefinition } from "./domain/item.ts";
import { type Actor, publishDefinition } from "./domain/item-record.ts";
import type { Reference } from "./domain/ports.ts";
import { isBlocking, type Problem, problem, problemTexts } from "./domain/problems.ts";

const DepartmentRow = z.object({
  uscc: z.string().refine(isUscc, "not a unified social credit code (GB 32100)"),
  name: z.string().min(1),
  division: z.string(),
  assumed: z.boolean().default(false),
}) satisfies z.ZodType<Department>;

/** What an operator hands in. Rows are read one by one later: a bad one keeps nothing else back. */
const Import = z.strictObject({
  /** The format of data/service-items.json; see data/README.md. */
  items: z.array(z.unknown()).default([]),
  /** Definitions as the export writes them. */
  definitions: z.array(z.unknown()).default([]),
  /** A file as the export writes it, in base64. */
  xlsx: z.base64().optional(),
  departments: z.array(DepartmentRow).optional(),
  divisions: z.array(z.object({ code: DivisionCode, name: z.string() })).optional(),
  licenceTypes: z.array(z.object({ name: z.string().min(1), tells: z.array(z.string()) })).optional(),
  basicItems: z.array(BasicDocument.pick({ basicCode: true, name: true, kind: true, levels: true })).default([]),
  dryRun: z.boolean().default(false),
  reason: z.string().min(1).max(500).default("operator's import"),
});

export interface ToldProblem extends Problem {
  readonly zh: string;
  readonly en: string;
}

export type ImportedItem =
  | {
      readonly code: string;
      readonly version: number;
      readonly result: "published" | "scheduled" | "unchanged";
      /** Advice: it did not keep the item back. */
      readonly problems?: readonly ToldProblem[];
    }
  | { readonly code: string; readonly result: "rejected"; readonly problems: readonly ToldProblem[] };

export interface ImportReport {
  readonly basicItems: readonly { readonly code: string; readonly result: "kept" | "unchanged" | "rejected" }[];
  readonly items: readonly ImportedItem[];
}

const AT_ONCE = 8;
const BY: Actor = { client: "operator" };

/**
 * Publishes what an operator hands in, row by row, through the automatic checks: a row that is not right is reported and keeps
 * nothing else back. Run twice, the second run writes nothing; a dry run writes nothing at all and reports the same. Throws when
 * the reference is malformed, before anything is written.
 */
export const importItems =
  (deps: CheckDeps & { readonly onProgress?: (done: number, total: number) => void }) =>
  async (payload: unknown): Promise<ImportReport> => {
    const { items: rows, definitions: json, xlsx, basicItems, dryRun, reason, ...told } = Import.parse(payload);
    const sheets = xlsx === undefined ? [] : definitionsOf(await readSheets(Buffer.from(xlsx, "base64")));
    const definitions = [...json, ...sheets];
    const { items, basics, facts, now } = deps;
    if (!dryRun) await facts.keepReference(told);
    const reference: Reference = { ...(await facts.reference()), ...defined(told) };

    const kept: ImportReport["basicItems"][number][] = [];
    for (const { basicCode, ...definition } of basicItems) {
      const result = await untilNoRace(async () => {
        const decision = keepBasicItem(await basics.find(basicCode), basicCode, definition, {
          at: now(),
          by: BY,
          reason,
        });
        if (!decision.ok) return decision.refusal.code === "basic-item.unchanged" ? "unchanged" : "rejected";
        if (!dryRun) await basics.save(decision.value);
        return "kept";
      });
      kept.push({ code: basicCode, result });
    }

    const seen = new Set<string>();
    const read = [
      ...rows.map((row, index) => sourceOf(row, index, reference.departments, seen)),
      ...definitions.map((row, index) => definitionOf(row, rows.length + index, seen)),
    ];
    const check = checkItem(
      dryRun ? { ...deps, basics: { ...basics, find: async (code) => (await basics.find(code)) ?? toBe(code) } } : deps,
    );
    const report: ImportedItem[] = [];
    for (let start = 0; start < read.length; start += AT_ONCE) {
      const batch = read.slice(start, start + AT_ONCE);
      report.push(...(await Promise.all(batch.map((row) => ("definition" in row ? put(row.definition) : row)))));
      deps.onProgress?.(report.length, read.length);
    }
    logger.info("items.imported", { dryRun, ...countOf(report) });
    return { basicItems: kept, items: report };

    /** A directory item that this very import would enter. */
    function toBe(code: string) {
      const row = basicItems.find(({ basicCode }) => basicCode === code);
      return row && { ...row, revision: 1, changedAt: now(), changedBy: BY };
    }

    async function put(definition: ItemDefinition): Promise<ImportedItem> {
      const { code } = definition;
      const problems = await check(definition, reference);
      if (problems.some(isBlocking)) return rejected(code, problems);
      const advice = problems.length > 0 && { problems: problems.map(tell) };
      return untilNoRace(async () => {
        const before = await items.find(code);
        const at = now();
        const decision = publishDefinition(before, definition, { at, today: legalDate(at), by: BY, reason });
        if (!decision.ok) {
          const refused = decision.refusal.code;
          if (refused === "item.unchanged")
            return { code, version: before?.latest ?? 0, result: "unchanged", ...advice };
          return rejected(code, [problem(refused === "item.owner-fixed" ? refused : "item.retired", code)]);
        }
        const { after } = decision.value;
        if (!dryRun) await items.save(decision.value);
        return { code, version: after.latest, result: after.scheduled ? "scheduled" : "published", ...advice };
      });
    }
  };

const defined = <T extends object>(parts: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as never;

const tell = ({ code, detail }: Problem): ToldProblem => {
  const { zh, en } = problemTexts[code];
  return { code, detail, zh, en };
};

const rejected = (code: string, problems: readonly Problem[]): ImportedItem => ({
  code,
  result: "rejected",
  problems: problems.map(tell),
});

const CodeOnly = z.object({ code: z.string() });
type Read = { readonly definition: ItemDefinition } | ImportedItem;

const malformed = (code: string, error: z.ZodError): ImportedItem =>
  rejected(
    code,
    error.issues.map(({ path, message }) => problem("item.malformed", `${path.join(".")}: ${message}`)),
  );

const repeated = (code: string, seen: Set<string>): ImportedItem | undefined => {
  if (seen.has(code)) return rejected(code, [problem("item.code-repeated", code)]);
  seen.add(code);
  return undefined;
};

const sourceOf = (row: unknown, index: number, departments: readonly Department[], seen: Set<string>): Read => {
  const code = CodeOnly.safeParse(row).data?.code ?? `#${index}`;
  const source = SourceRow.safeParse(row);
  if (!source.success) return malformed(code, source.error);
  const definition = defineItem(source.data, departments);
  return (
    repeated(code, seen) ?? (definition.ok ? { definition: definition.value } : rejected(code, definition.problems))
  );
};

const definitionOf = (row: unknown, index: number, seen: Set<string>): Read => {
  const code = CodeOnly.safeParse(row).data?.code ?? `#${index}`;
  const definition = ItemDocument.safeParse(row);
  if (!definition.success) return malformed(code, definition.error);
  return repeated(code, seen) ?? { definition: definition.data };
};

const countOf = (report: readonly ImportedItem[]) => {
  const count = (result: ImportedItem["result"]) => report.filter((row) => row.result === result).length;
  return {
    published: count("published"),
    scheduled: count("scheduled"),
    unchanged: count("unchanged"),
    rejected: count("rejected"),
  };
};
