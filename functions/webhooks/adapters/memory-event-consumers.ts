import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { EventConsumer, FeedReader } from "../domain/event-consumer.ts";
import type { EventConsumerStore } from "../domain/feed-ports.ts";

export const memoryEventConsumers = (): EventConsumerStore => {
  const rows = new Map<string, EventConsumer>();
  const isOf = (row: FeedReader, reader: FeedReader) =>
    row.department === reader.department && row.division === reader.division;
  const keyOf = ({ department, division = "" }: FeedReader, name: string) => `${department} ${division} ${name}`;
  return {
    find: async (reader, name) => rows.get(keyOf(reader, name)),
    of: async (reader) =>
      [...rows.values()].filter((row) => isOf(row, reader)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async save(consumer) {
      const key = keyOf(consumer, consumer.name);
      if ((rows.get(key)?.version ?? 0) !== consumer.version - 1) throw new StaleVersionError(key);
      rows.set(key, consumer);
    },
    async remove(reader, name) {
      rows.delete(keyOf(reader, name));
    },
  };
};
