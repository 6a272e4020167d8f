import type { TodoLine, TodoStore } from "./domain/ports.ts";
import { isVisible, type KindCounts, type Official, poolsFor, type TaskKind, type TodoCounts } from "./domain/todo.ts";

/** Lines read at a time where not every one is wanted. */
const READ_AT_ONCE = 500;
/** Lines of a pool that are counted; who has more to do is told that it is more. */
const COUNTED_AT_MOST = 2_000;

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
export const worklistOf = (todos: Pick<TodoStore, "page">) => {
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

  const countPool = async (pool: string, official: Official): Promise<{ kinds: KindCounts; more: boolean }> => {
    const kinds: KindCounts = {};
    let position: string | undefined;
    for (let read = 0; ; read += READ_AT_ONCE) {
      const { lines, more } = await todos.page(pool, { after: position, limit: READ_AT_ONCE });
      for (const { entry } of lines) if (isVisible(entry, official)) kinds[entry.kind] = (kinds[entry.kind] ?? 0) + 1;
      if (!more || read + READ_AT_ONCE >= COUNTED_AT_MOST) return { kinds, more };
      position = lines.at(-1)?.order;
    }
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
      const { mine, shared } = poolsFor(official);
      const [own, ...others] = await Promise.all([mine, ...shared].map((pool) => countPool(pool, official)));
      const unclaimed: KindCounts = {};
      for (const { kinds } of others)
        for (const [kind, count] of Object.entries(kinds) as [TaskKind, number][])
          unclaimed[kind] = (unclaimed[kind] ?? 0) + count;
      return { mine: own?.kinds ?? {}, unclaimed, more: [own, ...others].some((of) => of?.more) };
    },
  };
};
