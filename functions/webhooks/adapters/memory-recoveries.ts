import type { Clock } from "#shared/kernel/clock.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { later } from "../domain/delivery.ts";
import type { RecoveryStore } from "../domain/ports.ts";
import type { Recovery } from "../domain/recovery.ts";

const MESSAGE_IS_LOST_AFTER = 120;

export const memoryRecoveries = (now: Clock): RecoveryStore => {
  const rows = new Map<string, { recovery: Recovery; savedAt: string }>();
  const keyOf = (endpoint: string, id: string) => `${endpoint} ${id}`;
  return {
    find: async (endpoint, id) => rows.get(keyOf(endpoint, id))?.recovery,
    async save(recovery) {
      const key = keyOf(recovery.endpoint, recovery.id);
      if ((rows.get(key)?.recovery.version ?? 0) !== recovery.version - 1) throw new StaleVersionError(key);
      rows.set(key, { recovery, savedAt: now() });
    },
    async *overdue(by) {
      const due = [...rows.values()].filter(
        ({ recovery, savedAt }) => !recovery.finishedAt && later(savedAt, MESSAGE_IS_LOST_AFTER) <= by,
      );
      if (due.length > 0)
        yield due.map(({ recovery: { department, endpoint, id } }) => ({ department, endpoint, recovery: id }));
    },
  };
};
