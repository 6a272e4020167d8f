import * as z from "zod";
import { isOfDepartment } from "#shared/contracts/http/caller.ts";
import { exportItems, importDrafts } from "#shared/contracts/http/catalogue/exchanging.ts";
import { ItemDefinition as ItemDocument } from "#shared/contracts/http/catalogue/item.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { type Endpoint, endpoint, type Request } from "#shared/runtime/endpoint.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { readSheets, UnreadableFileError, writeSheets } from "../adapters/excel-files.ts";
import { definitionsOf, sheetsOf } from "../adapters/item-sheets.ts";
import { checkItem } from "../check-item.ts";
import type { ItemDefinition } from "../domain/item.ts";
import { draftItem, type ItemRecord, lastKnown, saysTheSame } from "../domain/item-record.ts";
import type { Reference } from "../domain/ports.ts";
import { isBlocking, type Problem, problem } from "../domain/problems.ts";
import { askedOf, type Deps } from "./acting.ts";
import { reportOf } from "./managing.ts";
import { pageOf, placeOf } from "./paging.ts";

const MAX_ITEMS = 200;

const importDraftsEndpoint = (deps: Deps) => {
  const check = checkItem(deps);

  const importOne = async (
    row: unknown,
    index: number,
    { caller, body: { dryRun, reason } }: Request<unknown, unknown, { dryRun: boolean; reason?: string | undefined }>,
    seen: Set<string>,
    known: Reference,
  ) => {
    const code = z.object({ code: z.string() }).safeParse(row).data?.code ?? `#${index}`;
    const rejected = (problems: readonly Problem[]) => ({
      code,
      result: "rejected" as const,
      problems: reportOf(problems).problems,
    });
    const read = ItemDocument.safeParse(row);
    if (!read.success)
      return rejected(
        read.error.issues.map(({ path, message }) => problem("item.malformed", `${path.join(".")}: ${message}`)),
      );
    if (seen.has(code)) return rejected([problem("item.code-repeated", code)]);
    seen.add(code);
    const definition = read.data;
    if (!isOfDepartment(caller, { department: definition.department.uscc, division: definition.division }))
      return rejected([problem("item.not-yours", code)]);
    const found = await check(definition, known);
    return untilNoRace(async () => {
      const before = await deps.items.find(code);
      // What is published and says the same needs no draft.
      const published = before && !before.draft && (before.scheduled ?? lastKnown(before));
      const decision = draftItem(before, definition, askedOf(deps.now, caller, reason));
      const { problems, publishable } = reportOf(found);
      if (published && saysTheSame(published, definition))
        return { code, result: "unchanged" as const, publishable, problems };
      if (decision.ok) {
        if (!dryRun) await deps.items.save(decision.value);
        return { code, result: "drafted" as const, publishable, problems };
      }
      const refused = decision.refusal.code;
      return refused === "item.unchanged"
        ? { code, result: "unchanged" as const, publishable: !found.some(isBlocking), problems }
        : rejected([problem(refused === "item.owner-fixed" ? refused : "item.retired", code)]);
    });
  };

  return endpoint(importDrafts, async (request) => {
    const { caller, body } = request;
    if (caller.department === undefined) return refuse("item.no-department");
    const rows = body.definitions ?? (await sheetRows(body.xlsx ?? ""));
    if (!rows) return refuse("import.unreadable");
    if (rows.length > MAX_ITEMS) return refuse("import.too-many");
    const seen = new Set<string>();
    const known = await deps.facts.reference();
    const items = [];
    for (const [index, row] of rows.entries()) items.push(await importOne(row, index, request, seen, known));
    return accept({ items });
  });
};

const exportItemsEndpoint = ({ items }: Deps) =>
  endpoint(exportItems, async ({ caller, query: { cursor, limit, format } }) => {
    if (caller.department === undefined || caller.division === undefined) return refuse("item.no-department");
    const place = placeOf(cursor, caller.division);
    if (!place) return refuse("request.bad-cursor");
    const { items: listed, ...next } = pageOf(
      await items.ofDepartment(caller.department, { within: caller.division, ...place, limit }),
    );
    const records = await Promise.all(listed.map(({ code }) => items.find(code)));
    const definitions = records.flatMap((record) => (record ? exported(record) : []));
    if (format === "json") return accept({ definitions, ...next });
    return accept({ xlsx: (await writeSheets(sheetsOf(definitions))).toString("base64"), ...next });
  });

export const exchangingEndpoints = (deps: Deps): readonly Endpoint[] => [
  importDraftsEndpoint(deps),
  exportItemsEndpoint(deps),
];

/**
 * What a department would go on from: its draft, what is to come, or what is in force. The last without its day, which lies
 * in the past: the next version is to have one of its own.
 */
const exported = ({ draft, scheduled, standing }: ItemRecord): ItemDefinition[] => {
  if (draft) return [draft.definition];
  if (scheduled) return [ItemDocument.parse(scheduled)];
  if (standing.kind === "unpublished") return [];
  const { effectiveFrom: _, ...definition } = ItemDocument.parse(standing.item);
  return [definition];
};

/** Undefined for what is no file of ours. */
const sheetRows = async (base64: string): Promise<unknown[] | undefined> => {
  try {
    return definitionsOf(await readSheets(Buffer.from(base64, "base64")));
  } catch (error) {
    if (error instanceof UnreadableFileError) return undefined;
    throw error;
  }
};
