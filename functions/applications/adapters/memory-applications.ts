import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Applications, CaseSummary } from "../domain/ports.ts";
import { cloudEventsOf, readingEventsOf } from "./application-events.ts";
import { dueKey, pageEndOf, rowOf, stateOf, summaryOf, wakeKeys } from "./application-row.ts";
import { type Bounds, beginningOf, isInside, rangesOf } from "./case-pages.ts";
import { creditKeys } from "./credit-row.ts";
import { applicantKeys } from "./sealing.ts";

type Row = ReturnType<typeof rowOf>;

const ordered = (rows: readonly Row[], sortKey: (row: Row) => string, direction: 1 | -1): Row[] =>
  rows.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -direction : direction));

interface Found<T> {
  readonly found: readonly Row[];
  readonly sortKey: (row: Row) => string;
  readonly newestFirst?: boolean;
  readonly bounds?: Bounds;
  readonly request: PageRequest;
  readonly read: (row: Row) => T;
}

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryApplications = (cipher: FieldCipher): Applications & { published(): readonly AnyEvent[] } => {
  const rows = new Map<string, Row>();
  const broken = new Map<string, readonly string[]>();
  const published: AnyEvent[] = [];

  const page = <T>({
    found,
    sortKey,
    newestFirst = false,
    bounds = {},
    request,
    read,
  }: Found<T>): Page<T> | BadCursor => {
    const { cursor, limit } = request;
    const direction = newestFirst ? -1 : 1;
    const after = cursor === undefined ? undefined : pageEndOf(cursor);
    if (cursor !== undefined && !(after && isInside(bounds, after.at))) return "bad-cursor";
    // Rows of the same sort key stand in some order; here by their ids.
    const place = (at: string, pk: string) => `${at}\n${pk}`;
    const placeOf = (row: Row) => place(sortKey(row), row.pk);
    const end = after && place(after.at, after.pk);
    const left = ordered(found, placeOf, direction).filter(
      (row) => end === undefined || (direction === 1 ? placeOf(row) > end : placeOf(row) < end),
    );
    const shown = left.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map(read),
      ...(last && left.length > limit && { next: cursorOf({ pk: last.pk, at: sortKey(last) }) }),
    };
  };

  return {
    find: async (id) => {
      const row = rows.get(id);
      return row && stateOf(cipher, row);
    },
    async save(change) {
      const { id, version, applicant } = change.state;
      if ((rows.get(id)?.version ?? 0) !== version - 1) throw new StaleVersionError(id);
      const events = cloudEventsOf(change);
      rows.set(id, rowOf(cipher, change.state));
      const [credit = ""] = creditKeys(cipher, applicant);
      if (change.brokenCommitment) broken.set(credit, [...(broken.get(credit) ?? []), id]);
      published.push(...events);
    },
    ofApplicant: async (applicant, request) => {
      const keys = applicantKeys(cipher, applicant);
      const mine = [...rows.values()].filter((row) => keys.includes(row.applicantKey));
      return page({ found: mine, sortKey: (row) => row.receivedKey, newestFirst: true, request, read: summaryOf });
    },
    async worklist(department, divisions, view, { cursor, limit }) {
      const ranges = rangesOf(department, divisions, view);
      const from = beginningOf(ranges, cursor);
      if (!from) return "bad-cursor";
      const deskKey = (row: Row) => row.deskKey ?? "";
      const all = ranges.flatMap((each, range) => {
        const inside = [...rows.values()].filter(
          (row) => row.worklistKey === each.partition && isInside(each, deskKey(row)),
        );
        return ordered(inside, deskKey, 1).map((row) => ({ row, range, at: deskKey(row) }));
      });
      const left = all.filter(
        ({ range, at }) => range > from.range || (range === from.range && at > (from.after?.at ?? "")),
      );
      const shown = left.slice(0, limit);
      const last = shown.at(-1);
      const items: CaseSummary[] = shown.map(({ row }) => summaryOf(row));
      return {
        items,
        ...(last && left.length > limit && { next: cursorOf({ range: last.range, pk: last.row.pk, at: last.at }) }),
      };
    },
    due: async (shard, until, request) => {
      const wakeOf = (row: Row) => row.wake ?? "";
      const bounds = until === undefined ? {} : { upTo: until };
      const found = [...rows.values()].filter((row) => row.dueShard === dueKey(shard) && isInside(bounds, wakeOf(row)));
      return page({ found, sortKey: wakeOf, bounds, request, read: (row) => ({ id: row.pk, wake: wakeOf(row) }) });
    },
    async reschedule({ id, version }, wake) {
      const row = rows.get(id);
      if (!row || row.version !== version) return false;
      const { dueShard: _, wake: __, ...rest } = row;
      rows.set(id, { ...rest, ...wakeKeys(id, wake) } as Row);
      return true;
    },
    async recordReading(reading) {
      published.push(...readingEventsOf(reading));
    },
    hasBrokenCommitment: async (applicant) =>
      creditKeys(cipher, applicant).some((key) => broken.get(key)?.some((id) => rows.get(id)?.status === "revoked")),
    published: () => published,
  };
};
