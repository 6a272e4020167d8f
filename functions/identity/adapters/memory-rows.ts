import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock, Instant } from "#shared/kernel/clock.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { type AggregateRow, CURRENT, hasEnded, type IdentityRows, type Row, seconds } from "./identity-rows.ts";

/** The same rows in a map; for tests. */
export const memoryRows = (
  now: Clock,
): IdentityRows & { published(): readonly AnyEvent[]; atRest(): readonly Row[] } => {
  const rows = new Map<string, Row>();
  const events: AnyEvent[] = [];
  const at = (pk: string, sk: string = CURRENT) => `${pk}|${sk}`;
  const alive = (pk: string, sk: string = CURRENT, when: Instant = now()) => {
    const row = rows.get(at(pk, sk));
    return row && !hasEnded(row, when) ? row : undefined;
  };
  const put = (row: Row) => rows.set(at(row.pk, row.sk), structuredClone(row));
  const checkVersion = ({ pk, sk, version }: AggregateRow) => {
    if (Number(rows.get(at(pk, sk))?.version ?? 0) !== version - 1) throw new StaleVersionError(pk);
  };

  return {
    find: async (pk, sk) => alive(pk, sk),
    list: async (pk, skPrefix, before, limit) =>
      [...rows.values()]
        .filter((row) => row.pk === pk && row.sk.startsWith(skPrefix) && (before === undefined || row.sk < before))
        .sort((a, b) => (a.sk < b.sk ? 1 : -1))
        .slice(0, limit),
    keysBy: async (attribute, value) =>
      [...rows.values()].filter((row) => row[attribute] === value).map(({ pk }) => pk),
    async save(row, published) {
      checkVersion(row);
      put(row);
      events.push(...published);
    },
    async saveTogether({ aggregate, events: published, claim = [], free = [], put: others = [], remove = [] }) {
      checkVersion(aggregate);
      for (const pk of [...claim.map((row) => row.pk), ...free])
        if (rows.has(at(pk))) throw new StaleVersionError(aggregate.pk);
      for (const row of [aggregate, ...claim, ...others]) put(row);
      for (const pk of remove) rows.delete(at(pk));
      events.push(...published);
    },
    async rewrite({ outbox: _, ...row }, { put: others = [], remove = [] } = {}) {
      if (rows.get(at(row.pk, row.sk))?.version !== row.version) return false;
      for (const each of [row, ...others]) put(each);
      for (const pk of remove) rows.delete(at(pk));
      return true;
    },
    async add(row) {
      if (alive(row.pk, row.sk)) return false;
      put(row);
      return true;
    },
    async addNewer(row) {
      if (Number(rows.get(at(row.pk, row.sk))?.sequence ?? 0) < row.sequence) put(row);
    },
    async remove(pk, sk) {
      rows.delete(at(pk, sk));
    },
    async hit(pk, windowSeconds, when) {
      const known = alive(pk, CURRENT, when) ?? { hits: 0, expiresAt: seconds(when) + windowSeconds };
      const hits = Number(known.hits) + 1;
      put({ ...known, pk, sk: CURRENT, hits });
      return hits;
    },
    async tryRow(pk, most, when) {
      const row = alive(pk, CURRENT, when);
      if (!row || Number(row.tries) >= most || row.usedAt !== undefined) return undefined;
      const tried = { ...row, tries: Number(row.tries) + 1 };
      put(tried);
      return tried;
    },
    async use(pk, marks, when) {
      const row = alive(pk, CURRENT, when);
      if (!row || Object.keys(marks).some((name) => row[name] !== undefined)) return false;
      put({ ...row, ...marks });
      return true;
    },
    async slice(cursor, limit) {
      const sorted = [...rows.keys()].sort().filter((key) => cursor === undefined || key > cursor);
      const taken = sorted.slice(0, limit);
      const last = taken.at(-1);
      return {
        rows: taken.flatMap((key) => rows.get(key) ?? []),
        ...(last && sorted.length > limit && { next: last }),
      };
    },
    published: () => events,
    atRest: () => [...rows.values()],
  };
};
