import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { isWithin } from "#shared/kernel/divisions.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { Item } from "../domain/item.ts";
import type { ItemStore, ItemSummary, Position } from "../domain/ports.ts";
import { itemEvents } from "./item-events.ts";

const placeOf = ({ division, code }: Position): string => `${division}#${code}`;

const summaryOf = (item: Item): ItemSummary => {
  const { code, version, name, kind, department, division, handling, limits, applicants } = item;
  return { code, version, name, kind, department, division, handling, limits, applicants };
};

export const memoryItems = (): ItemStore & { published(): readonly AnyEvent[] } => {
  const versions = new Map<string, readonly Item[]>();
  const events: AnyEvent[] = [];
  return {
    current: async (code) => versions.get(code)?.at(-1),
    version: async (code, version) => versions.get(code)?.[version - 1],
    async list({ within, after, limit }) {
      const all = [...versions.values()]
        .flatMap((history) => history.at(-1) ?? [])
        .filter(({ division }) => !within || isWithin(division, within))
        .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
        .filter((item) => !after || placeOf(item) > placeOf(after));
      const page = all.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(summaryOf),
        ...(last && all.length > limit && { next: { division: last.division, code: last.code } }),
      };
    },
    async publish(item, at) {
      const history = versions.get(item.code) ?? [];
      if (history.length !== item.version - 1) throw new StaleVersionError(item.code);
      versions.set(item.code, [...history, structuredClone(item)]);
      events.push(...itemEvents(item, at));
    },
    published: () => events,
  };
};
