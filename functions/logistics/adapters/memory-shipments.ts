import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import type { FieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Shipments } from "../domain/ports.ts";
import type { Patience } from "../domain/watch-shipment.ts";
import { cloudEventsOf, readingEventsOf } from "./shipment-events.ts";
import { differenceOf, pageEndOf, rowOf, type ShipmentRow, stateOf, toSendOf } from "./shipment-row.ts";

/** The same rows as in DynamoDB, in a map; for tests. */
export const memoryShipments = (
  cipher: FieldCipher,
  patience: Patience,
): Shipments & { published(): readonly AnyEvent[] } => {
  const rows = new Map<string, ShipmentRow>();
  const published: AnyEvent[] = [];

  const page = <T>(
    sortKey: (row: ShipmentRow) => string | undefined,
    belongs: (row: ShipmentRow) => boolean,
    read: (row: ShipmentRow) => T,
    { cursor, limit }: PageRequest,
  ): Page<T> | BadCursor => {
    const after = cursor === undefined ? undefined : pageEndOf(cursor)?.at;
    if (cursor !== undefined && after === undefined) return "bad-cursor";
    const found = [...rows.values()]
      .flatMap((row) => {
        const at = sortKey(row);
        return at !== undefined && belongs(row) && (after === undefined || at > after) ? [{ row, at }] : [];
      })
      .sort((a, b) => (a.at < b.at ? -1 : 1));
    const last = found.slice(0, limit).at(-1);
    return {
      items: found.slice(0, limit).map(({ row }) => read(row)),
      ...(last && found.length > limit && { next: cursorOf({ pk: last.row.pk, at: last.at }) }),
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
      const events = cloudEventsOf(change);
      rows.set(id, rowOf(cipher, patience, change.state));
      published.push(...events);
    },
    toSend: async (department, division, request) =>
      page(
        (row) => ("sendAt" in row ? row.sendAt : undefined),
        (row) => row.department === department && isWithin(row.division, division),
        toSendOf,
        request,
      ),
    differences: async (of, request) =>
      page(
        (row) => ("differenceAt" in row ? row.differenceAt : undefined),
        (row) => of === "everyone" || (row.department === of.department && isWithin(row.division, of.division)),
        differenceOf,
        request,
      ),
    async *toLookAt(by) {
      const due = [...rows.values()].filter((row) => "watchAt" in row && (row.watchAt ?? by) <= by);
      if (due.length > 0) yield due.map(({ pk }) => pk);
    },
    async recordReading(reading) {
      published.push(...readingEventsOf(reading));
    },
    published: () => published,
  };
};
