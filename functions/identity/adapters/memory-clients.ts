import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Client } from "../domain/client.ts";
import type { ClientStore } from "../domain/ports.ts";

export const memoryClients = (): ClientStore => {
  const clients = new Map<string, Client>();
  return {
    find: async (id) => clients.get(id),
    async save(client) {
      if ((clients.get(client.id)?.version ?? 0) !== client.version - 1) throw new StaleVersionError(client.id);
      clients.set(client.id, structuredClone(client));
    },
  };
};
