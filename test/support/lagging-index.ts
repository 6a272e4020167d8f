import type { Delivery } from "#functions/webhooks/domain/delivery.ts";
import type { DeliveryStore } from "#functions/webhooks/domain/ports.ts";
import type { Clock } from "#shared/kernel/clock.ts";

interface Written {
  readonly at: number;
  readonly delivery: Delivery;
}

/**
 * A store whose index of what waits is behind its rows, as a global secondary index of DynamoDB is.
 *
 * @param seconds how far behind it is now
 */
export const laggingIndex = (store: DeliveryStore, now: Clock, seconds: () => number): DeliveryStore => {
  const written = new Map<string, Written[]>();
  const note = (delivery: Delivery): void => {
    const key = `${delivery.endpoint} ${delivery.position}`;
    written.set(key, [...(written.get(key) ?? []), { at: Date.parse(now()), delivery }]);
  };
  const shown = (endpoint: string) => {
    const until = Date.parse(now()) - seconds() * 1000;
    return [...written.values()]
      .flatMap((versions) => versions.findLast(({ at }) => at <= until)?.delivery ?? [])
      .flatMap((each) => (each.endpoint === endpoint && each.status === "pending" ? [each] : []))
      .toSorted((one, other) => (one.nextAttemptAt < other.nextAttemptAt ? -1 : 1));
  };
  return {
    ...store,
    async save(delivery) {
      await store.save(delivery);
      note(delivery);
    },
    async saveWithCase(deliveries, held) {
      await store.saveWithCase(deliveries, held);
      deliveries.forEach(note);
    },
    due: async (endpoint, by, limit) =>
      shown(endpoint)
        .filter(({ nextAttemptAt }) => nextAttemptAt <= by)
        .slice(0, limit)
        .map(({ position }) => position),
    async *waitingBeyond(endpoint, at) {
      const beyond = shown(endpoint).filter(({ nextAttemptAt }) => nextAttemptAt > at);
      if (beyond.length > 0) yield beyond.map(({ position }) => position);
    },
    nextDue: async (endpoint) => shown(endpoint)[0]?.nextAttemptAt,
  };
};
