import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { type Desk, type Notice, waitingOrder } from "../domain/desk.ts";
import type { DeskStore, NoticeStore, Outcome } from "../domain/ports.ts";

export const memoryDesks = (): DeskStore => {
  const rows = new Map<string, Desk>();
  return {
    find: async (staff) => rows.get(staff),
    async save(desk) {
      if ((rows.get(desk.staff)?.version ?? 0) !== desk.version - 1) throw new StaleVersionError(desk.staff);
      rows.set(desk.staff, desk);
    },
    async *due(by) {
      const due = [...rows.values()].filter(({ state }) => state.kind !== "quiet" && state.until <= by);
      if (due.length > 0) yield due.map(({ staff }) => staff);
    },
  };
};

type Kept = Notice & { outcome?: Outcome };

export const memoryNotices = (): NoticeStore & { readonly rows: () => readonly Kept[] } => {
  const rows = new Map<string, Kept>();
  const keyOf = (staff: string, event: string) => `${staff} ${event}`;
  return {
    rows: () => [...rows.values()],
    async add(notice) {
      const key = keyOf(notice.staff, notice.event);
      const known = rows.get(key);
      if (!known) rows.set(key, notice);
      return known?.outcome ? "settled" : "waiting";
    },
    async waiting(staff, limit) {
      return [...rows.values()]
        .filter((notice) => notice.staff === staff && !notice.outcome)
        .sort((a, b) => (waitingOrder(a) < waitingOrder(b) ? -1 : 1))
        .slice(0, limit);
    },
    async settle(staff, events, outcome) {
      for (const event of events) {
        const known = rows.get(keyOf(staff, event));
        if (known && !known.outcome) rows.set(keyOf(staff, event), { ...known, outcome });
      }
    },
  };
};
