import type { ItemRecord } from "./item-record.ts";
import { inForce, lastKnown } from "./item-record.ts";
import type { ItemSummary, WorkSummary } from "./ports.ts";

/** What a list shows; undefined for an item that is not in force. */
export const summaryOf = (record: ItemRecord): ItemSummary | undefined => {
  const item = inForce(record);
  if (!item) return undefined;
  const { code, version, name, kind, department, division, handling, limits, applicants } = item;
  return {
    code,
    version,
    name,
    kind,
    department,
    division,
    handling,
    limits,
    applicants,
    ...(record.standing.kind === "suspended" && { suspended: true }),
  };
};

export const workSummaryOf = (record: ItemRecord): WorkSummary => ({
  code: record.code,
  name: record.draft?.definition.name ?? lastKnown(record)?.name ?? record.code,
  division: record.division,
  revision: record.revision,
  standing: record.standing.kind,
  ...(record.draft && { draft: record.draft.kind }),
  ...(record.standing.kind !== "unpublished" && { version: record.standing.item.version }),
  ...(record.scheduled && { scheduledFrom: record.scheduled.effectiveFrom }),
});
