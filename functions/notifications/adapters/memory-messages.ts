import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Message } from "../domain/message.ts";
import type { MessageStore } from "../domain/ports.ts";

export const memoryMessages = (): MessageStore => {
  const rows = new Map<string, Message>();
  return {
    find: async (event) => rows.get(event),
    async save(message) {
      if ((rows.get(message.event)?.version ?? 0) !== message.version - 1) throw new StaleVersionError(message.event);
      rows.set(message.event, message);
    },
  };
};
