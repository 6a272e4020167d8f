import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Item } from "../domain/item.ts";
import { type ItemRecord, inForce, type LogEntry } from "../domain/item-record.ts";
import type { ItemStore, Listed, PageAsked } from "../domain/ports.ts";
import { summaryOf, workSummaryOf } from "../domain/summaries.ts";
import { itemEvents } from "./item-events.ts";
import { placeOf } from "./item-row.ts";

interface Kept {
  readonly record: ItemRecord;
  readonly versions: ReadonlyMap<number, Item>;
  readonly log: readonly LogEntry[];
}

export const memoryItems = (): ItemStore & { published(): readonly AnyEvent[] } => {
  const rows = new Map<string, Kept>();
  const events: AnyEvent[] = [];

  const page = <T extends { readonly code: string; readonly division: string }>(
    all: readonly T[],
    { within, after, limit }: PageAsked,
  ): Listed<T> => {
    const found = all
      .filter(({ division }) => !within || isWithin(division, within))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
      .filter((item) => !after || placeOf(item) > placeOf(after));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, ...(last && found.length > limit && { next: { division: last.division, code: last.code } }) };
  };
  const records = () => [...rows.values()].map(({ record }) => record);
  const listed = (keep: (item: Item) => boolean) =>
    records().flatMap((record) => {
      const item = inForce(record);
      const summary = summaryOf(record);
      return item && summary && keep(item) ? [summary] : [];
    });

  return {
    find: async (code) => rows.get(code)?.record,
    version: async (code, version) => rows.get(code)?.versions.get(version),
    async save(change) {
      const after = structuredClone(change.after);
      const kept = rows.get(after.code);
      if ((kept?.record.revision ?? 0) !== after.revision - 1) throw new StaleVersionError(after.code);
      const { standing, scheduled } = after;
      const published = [standing.kind === "unpublished" ? undefined : standing.item, scheduled];
      const versions = new Map(kept?.versions);
      for (const item of published) if (item) versions.set(item.version, item);
      rows.set(after.code, { record: after, versions, log: [after.entry, ...(kept?.log ?? [])] });
      events.push(...itemEvents(change));
    },
    list: async (asked) =>
      page(
        listed(() => true),
        asked,
      ),
    implementing: async (basicCode, asked) =>
      page(
        listed((item) => item.basicCode === basicCode),
        asked,
      ),
    ofDepartment: async (department, asked) =>
      page(
        records()
          .filter((record) => record.department === department)
          .map(workSummaryOf),
        asked,
      ),
    async log(code, { before, limit }) {
      const all = (rows.get(code)?.log ?? []).filter(({ revision }) => before === undefined || revision < before);
      const items = all.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && all.length > limit && { next: last.revision }) };
    },
    due: async (today) =>
      records()
        .flatMap(({ code, scheduled }) => (scheduled && scheduled.effectiveFrom <= today ? [{ code, scheduled }] : []))
        .sort((a, b) => (a.scheduled.effectiveFrom < b.scheduled.effectiveFrom ? -1 : 1))
        .map(({ code }) => code),
    issuersOf: async (type) =>
      records()
        .filter(({ standing }) => standing.kind !== "unpublished" && standing.item.result.licenceType === type)
        .map(({ standing }) => standing.kind),
    published: () => events,
  };
};
