import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Lane } from "../domain/lane.ts";
import type { LaneStore } from "../domain/ports.ts";

export const memoryLanes = (): LaneStore => {
  const rows = new Map<string, Lane>();
  return {
    find: async (endpoint) => rows.get(endpoint),
    async save(lane) {
      if ((rows.get(lane.endpoint)?.version ?? 0) !== lane.version - 1) throw new StaleVersionError(lane.endpoint);
      rows.set(lane.endpoint, lane);
    },
    async *overdue(by) {
      const due = [...rows.values()].filter(({ wait }) => wait !== undefined && wait.sweepAt <= by);
      if (due.length > 0) yield due.map(({ department, endpoint }) => ({ department, endpoint }));
    },
  };
};
