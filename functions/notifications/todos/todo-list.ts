import type { TodoLine, TodoStore } from "../domain/ports.ts";
import {
  isVisible,
  type KindCounts,
  type Official,
  poolsFor,
  type TaskKind,
  type TodoCounts,
  type TodoEntry,
} from "../domain/todo.ts";

/** Lines read at a time where not every one is wanted. */
const READ_AT_ONCE = 500;
/** Lines of a pool that are looked through; who has more to do is told that it is more. */
const LOOKED_THROUGH_AT_MOST = 2_000;

type Whose = "mine" | "unclaimed";

interface Asked {
  readonly whose?: Whose | undefined;
  readonly kind?: TaskKind | undefined;
  /** The order of the last line seen. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * An official's list and its counts, read from the pools they may look into. There are no counters: what is counted are the
 * lines, so that a count cannot be wrong where the list is right.
 */
export const todoListOf = (todos: Pick<TodoStore, "page">) => {
  const visibleLines = async (
    pool: string,
    official: Official,
    { kind, after, limit }: Pick<Asked, "kind" | "after" | "limit">,
  ): Promise<TodoLine[]> => {
    const found: TodoLine[] = [];
    let position = after;
    for (let size = limit; ; size = READ_AT_ONCE) {
      const { lines, more } = await todos.page(pool, { after: position, limit: size });
      found.push(...lines.filter(({ entry }) => isVisible(entry, official) && (!kind || kind === entry.kind)));
      if (!more || found.length >= limit) return found.slice(0, limit);
      position = lines.at(-1)?.order;
    }
  };

  const readPool = async (pool: string, official: Official): Promise<{ lines: TodoLine[]; more: boolean }> => {
    const read: TodoLine[] = [];
    for (let asked = READ_AT_ONCE; ; asked += READ_AT_ONCE) {
      const { lines, more } = await todos.page(pool, { after: read.at(-1)?.order, limit: READ_AT_ONCE });
      read.push(...lines);
      if (!more || asked >= LOOKED_THROUGH_AT_MOST)
        return { lines: read.filter(({ entry }) => isVisible(entry, official)), more };
    }
  };

  /** What they have taken, and then what they may take. */
  const readPools = (official: Official) => {
    const { mine, shared } = poolsFor(official);
    return Promise.all([mine, ...shared].map((pool) => readPool(pool, official)));
  };

  const countsOf = (lines: readonly TodoLine[]): KindCounts => {
    const kinds: KindCounts = {};
    for (const { entry } of lines) kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1;
    return kinds;
  };

  return {
    /** By due day, then by age. One line more than a page tells whether more follow. */
    async page(official: Official, { whose, limit, ...asked }: Asked): Promise<{ lines: TodoLine[]; more: boolean }> {
      const { mine, shared } = poolsFor(official);
      const pools = [...(whose === "unclaimed" ? [] : [mine]), ...(whose === "mine" ? [] : shared)];
      const found = await Promise.all(
        pools.map((pool) => visibleLines(pool, official, { ...asked, limit: limit + 1 })),
      );
      const lines = found.flat().sort((a, b) => (a.order < b.order ? -1 : 1));
      return { lines: lines.slice(0, limit), more: lines.length > limit };
    },

    async counts(official: Official): Promise<TodoCounts> {
      const [own, ...others] = await readPools(official);
      return {
        mine: countsOf(own?.lines ?? []),
        unclaimed: countsOf(others.flatMap(({ lines }) => lines)),
        more: [own, ...others].some((of) => of?.more),
      };
    },

    /** The lines of which this holds, among all that are counted; `more`: there may be others. */
    async search(
      official: Official,
      holds: (entry: TodoEntry) => boolean,
    ): Promise<{ found: TodoEntry[]; more: boolean }> {
      const pools = await readPools(official);
      return {
        found: pools.flatMap(({ lines }) => lines.map(({ entry }) => entry)).filter(holds),
        more: pools.some(({ more }) => more),
      };
    },
  };
};
