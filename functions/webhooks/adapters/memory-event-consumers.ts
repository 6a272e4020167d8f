import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { EventConsumer } from "../domain/event-consumer.ts";
import type { EventConsumerStore } from "../domain/feed-ports.ts";

export const memoryEventConsumers = (): EventConsumerStore => {
  const rows = new Map<string, EventConsumer>();
  const keyOf = (department: string, name: string) => `${department} ${name}`;
  return {
    find: async (department, name) => rows.get(keyOf(department, name)),
    ofDepartment: async (department) =>
      [...rows.values()].filter((row) => row.department === department).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async save(consumer) {
      const key = keyOf(consumer.department, consumer.name);
      if ((rows.get(key)?.version ?? 0) !== consumer.version - 1) throw new StaleVersionError(key);
      rows.set(key, consumer);
    },
    async remove(department, name) {
      rows.delete(keyOf(department, name));
    },
  };
};
