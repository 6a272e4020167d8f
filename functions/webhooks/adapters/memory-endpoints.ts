import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";

export const memoryEndpoints = (): EndpointStore => {
  const rows = new Map<string, Endpoint>();
  const keyOf = (department: string, id: string) => `${department} ${id}`;
  return {
    find: async (department, id) => rows.get(keyOf(department, id)),
    ofDepartment: async (department) =>
      [...rows.values()]
        .filter((row) => row.department === department && row.state.name !== "removed")
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    async save(endpoint) {
      const key = keyOf(endpoint.department, endpoint.id);
      if ((rows.get(key)?.version ?? 0) !== endpoint.version - 1) throw new StaleVersionError(key);
      rows.set(key, endpoint);
    },
  };
};
