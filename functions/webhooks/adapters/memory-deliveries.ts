import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Delivery, DeliveryKey } from "../domain/delivery.ts";
import type { DeliveryStore, HeldCase } from "../domain/ports.ts";

export const memoryDeliveries = (): DeliveryStore & { all(): Delivery[] } => {
  const rows = new Map<string, Delivery>();
  const cases = new Map<string, HeldCase>();
  const placeOf = ({ position }: Pick<DeliveryKey, "position">) => String(position).padStart(12, "0");
  const keyOf = (key: DeliveryKey) => `${key.endpoint} ${placeOf(key)}`;
  const caseKeyOf = ({ endpoint, subject }: HeldCase) => `${endpoint} ${subject}`;
  const of = (endpoint: string) =>
    [...rows.values()].filter((each) => each.endpoint === endpoint).sort((a, b) => a.position - b.position);
  const waiting = (endpoint: string) =>
    of(endpoint)
      .flatMap((each) => (each.status === "pending" ? [each] : []))
      .sort((a, b) => (a.nextAttemptAt < b.nextAttemptAt ? -1 : 1));
  const check = (key: string, stored: number | undefined, version: number) => {
    if ((stored ?? 0) !== version - 1) throw new StaleVersionError(key);
  };
  return {
    all: () => [...rows.values()],
    find: async (key) => rows.get(keyOf(key)),
    async save(delivery) {
      check(keyOf(delivery), rows.get(keyOf(delivery))?.version, delivery.version);
      rows.set(keyOf(delivery), delivery);
    },
    async page(endpoint, { limit, cursor, status }) {
      const before = cursor === undefined ? undefined : positionOf(cursor)?.sk;
      if (cursor !== undefined && typeof before !== "string") return undefined;
      const log = of(endpoint)
        .reverse()
        .filter((each) => typeof before !== "string" || placeOf(each) < before);
      const items = log.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.filter((each) => status === undefined || each.status === status),
        ...(last && log.length > items.length && { next: cursorOf({ sk: placeOf(last) }) }),
      };
    },
    behind: async (endpoint, after, limit) =>
      of(endpoint)
        .filter(({ position }) => position > after)
        .slice(0, limit),
    due: async (endpoint, by, limit) =>
      waiting(endpoint)
        .filter(({ nextAttemptAt }) => nextAttemptAt <= by)
        .slice(0, limit)
        .map(({ position }) => position),
    async *waitingBeyond(endpoint, at) {
      const beyond = waiting(endpoint).filter(({ nextAttemptAt }) => nextAttemptAt > at);
      if (beyond.length > 0) yield beyond.map(({ position }) => position);
    },
    nextDue: async (endpoint) => waiting(endpoint)[0]?.nextAttemptAt,
    heldCases: async (endpoint) => [...cases.values()].filter((each) => each.endpoint === endpoint),
    async saveWithCase(deliveries, held) {
      for (const each of deliveries) check(keyOf(each), rows.get(keyOf(each))?.version, each.version);
      check(caseKeyOf(held), cases.get(caseKeyOf(held))?.version, held.version);
      for (const each of deliveries) rows.set(keyOf(each), each);
      if (held.positions.length > 0) cases.set(caseKeyOf(held), held);
      else cases.delete(caseKeyOf(held));
    },
  };
};
