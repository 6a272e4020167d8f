import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Delivery, DeliveryKey } from "../domain/delivery.ts";
import type { DeliveryStore } from "../domain/ports.ts";

export const memoryDeliveries = (): DeliveryStore & { all(): Delivery[] } => {
  const rows = new Map<string, { delivery: Delivery; dueAt?: string }>();
  const placeOf = ({ time, event }: DeliveryKey) => `${time}#${event}`;
  const keyOf = (key: DeliveryKey) => `${key.endpoint} ${placeOf(key)}`;
  return {
    all: () => [...rows.values()].map(({ delivery }) => delivery),
    find: async (key) => rows.get(keyOf(key))?.delivery,
    async save(delivery) {
      const key = keyOf(delivery);
      if ((rows.get(key)?.delivery.version ?? 0) !== delivery.version - 1) throw new StaleVersionError(key);
      rows.set(key, { delivery, ...(delivery.status === "pending" && { dueAt: delivery.sweepAt }) });
    },
    async page(endpoint, { limit, cursor }) {
      const before = cursor === undefined ? undefined : positionOf(cursor)?.sk;
      if (cursor !== undefined && typeof before !== "string") return undefined;
      const log = [...rows.values()]
        .map(({ delivery }) => delivery)
        .filter((delivery) => delivery.endpoint === endpoint)
        .filter((delivery) => typeof before !== "string" || placeOf(delivery) < before)
        .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
      const items = log.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && log.length > items.length && { next: cursorOf({ sk: placeOf(last) }) }) };
    },
    async *overdue(by) {
      const due = [...rows.values()].filter(({ dueAt }) => dueAt !== undefined && dueAt <= by);
      if (due.length > 0)
        yield due.map(({ delivery: { endpoint, event, time, version, attempts } }) => ({
          endpoint,
          event,
          time,
          version,
          attempt: attempts.length,
        }));
    },
    async postpone(overdue, until) {
      const row = rows.get(keyOf(overdue));
      if (row?.dueAt !== undefined && row.delivery.version === overdue.version) row.dueAt = until;
    },
  };
};
