import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { type Changed, ENDPOINTS_AT_MOST, type Endpoint } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";
import { endpointEvents } from "./endpoint-events.ts";

export const memoryEndpoints = (): EndpointStore & { readonly outbox: AnyEvent[] } => {
  const rows = new Map<string, Endpoint>();
  const outbox: AnyEvent[] = [];
  const keyOf = (department: string, id: string) => `${department} ${id}`;
  const put = (endpoint: Endpoint) => {
    const key = keyOf(endpoint.department, endpoint.id);
    if ((rows.get(key)?.version ?? 0) !== endpoint.version - 1) throw new StaleVersionError(key);
    rows.set(key, endpoint);
  };
  const write = async ({ endpoint, news }: Changed): Promise<void> => {
    const events = endpointEvents(endpoint, news);
    put(endpoint);
    outbox.push(...events);
  };
  const live = (department: string) =>
    [...rows.values()].filter((row) => row.department === department && row.state.name !== "removed");
  return {
    outbox,
    find: async (department, id) => rows.get(keyOf(department, id)),
    ofDepartment: async (department) => live(department).sort((a, b) => (a.id < b.id ? -1 : 1)),
    async add(endpoint) {
      if (rows.has(keyOf(endpoint.department, endpoint.id))) throw new StaleVersionError(endpoint.id);
      if (live(endpoint.department).length >= ENDPOINTS_AT_MOST) return false;
      put(endpoint);
      return true;
    },
    save: write,
    remove: write,
  };
};
