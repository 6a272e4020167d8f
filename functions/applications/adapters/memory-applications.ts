import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Application } from "../domain/application.ts";
import type { Applications, BadCursor, CaseSummary, Page, PageRequest } from "../domain/ports.ts";
import { cloudEventsOf, readingEventsOf } from "./application-events.ts";
import { pageEndOf, rowOf, stateOf, summaryOf } from "./application-row.ts";

type Row = ReturnType<typeof rowOf>;

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryApplications = (cipher: FieldCipher): Applications & { published(): readonly AnyEvent[] } => {
  const rows = new Map<string, Row>();
  const published: AnyEvent[] = [];

  const page = (
    belongs: (state: Application, row: Row) => boolean,
    sortKey: (row: Row) => string,
    { cursor, limit }: PageRequest,
    direction: 1 | -1,
  ): Page<CaseSummary> | BadCursor => {
    const after = cursor === undefined ? undefined : pageEndOf(cursor)?.at;
    if (cursor !== undefined && after === undefined) return "bad-cursor";
    const found = [...rows.values()]
      .filter((row) => belongs(stateOf(cipher, row), row))
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -direction : direction))
      .filter((row) => after === undefined || (direction === 1 ? sortKey(row) > after : sortKey(row) < after));
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return {
      items: items.map(summaryOf),
      ...(last && found.length > limit && { next: cursorOf({ pk: last.pk, at: sortKey(last) }) }),
    };
  };

  return {
    find: async (id) => {
      const row = rows.get(id);
      return row && stateOf(cipher, row);
    },
    async save(change) {
      const { id, version } = change.state;
      if ((rows.get(id)?.version ?? 0) !== version - 1) throw new StaleVersionError(id);
      rows.set(id, rowOf(cipher, change.state));
      published.push(...cloudEventsOf(change));
    },
    ofApplicant: async ({ kind, idNumber }, request) =>
      page(
        ({ applicant }) => applicant.kind === kind && applicant.idNumber === idNumber,
        (row) => row.receivedKey,
        request,
        -1,
      ),
    openOf: async (department, division, request) =>
      page(
        ({ item }, row) => item.department.uscc === department && isWithin(item.division, division) && "dueKey" in row,
        (row) => row.dueKey ?? "",
        request,
        1,
      ),
    async recordReading(reading) {
      published.push(...readingEventsOf(reading));
    },
    published: () => published,
  };
};
