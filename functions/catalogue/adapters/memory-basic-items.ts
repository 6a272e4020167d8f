import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { BasicItem } from "../domain/basic-item.ts";
import type { BasicItems } from "../domain/ports.ts";

export const memoryBasicItems = (): BasicItems => {
  const rows = new Map<string, BasicItem>();
  return {
    find: async (basicCode) => rows.get(basicCode),
    async save(item) {
      if ((rows.get(item.basicCode)?.revision ?? 0) !== item.revision - 1) throw new StaleVersionError(item.basicCode);
      rows.set(item.basicCode, structuredClone(item));
    },
    async list({ after = "", limit }) {
      const found = [...rows.values()]
        .filter(({ basicCode }) => basicCode > after)
        .sort((a, b) => (a.basicCode < b.basicCode ? -1 : 1));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && found.length > limit && { next: last.basicCode }) };
    },
  };
};
