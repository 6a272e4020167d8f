import { isWithin } from "#shared/kernel/divisions.ts";
import { type Found, foundOf, planOf } from "../domain/facets.ts";
import type { Finder } from "../domain/ports.ts";
import { placeOf } from "./item-row.ts";

export const memoryFinder = (): Finder => {
  const rows = new Map<string, { readonly revision: number; readonly found: Found | undefined }>();
  return {
    async search(wanted, { after, limit }) {
      const plan = planOf(wanted);
      if (!plan) return { items: [] };
      const led = [...rows.values()]
        .flatMap(({ found }) => (found?.facets.includes(plan.facet) ? [found] : []))
        .filter(({ summary }) => !wanted.within || isWithin(summary.division, wanted.within))
        .sort((a, b) => (placeOf(a.summary) < placeOf(b.summary) ? -1 : 1))
        .filter(({ summary }) => !after || placeOf(summary) > placeOf(after));
      const page = led.slice(0, limit);
      const last = page.at(-1)?.summary;
      return {
        items: page
          .filter(({ text }) => plan.words.every((word) => text.includes(word)))
          .filter(({ themes }) => plan.theme === undefined || themes.includes(plan.theme))
          .filter(({ objects }) => plan.object === undefined || objects.includes(plan.object))
          .map(({ summary }) => summary),
        ...(last && led.length > limit && { next: { division: last.division, code: last.code } }),
      };
    },
    async index(record) {
      const before = rows.get(record.code);
      if ((before?.revision ?? 0) < record.revision)
        rows.set(record.code, { revision: record.revision, found: foundOf(record) });
    },
  };
};
