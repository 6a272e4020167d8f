import type { Caller } from "#shared/contracts/http/caller.ts";
import { countTasks, listTasks } from "#shared/contracts/http/tasks.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { TodoStore } from "../domain/ports.ts";
import { type Official, openPools, ownersFor, type TaskKind } from "../domain/todo.ts";

interface Deps {
  readonly todos: TodoStore;
  /** Where officials open a case; its id is appended. */
  readonly worklistUrl: string;
}

type Whose = "mine" | "unclaimed";
type KindCounts = Partial<Record<TaskKind, number>>;

export const taskEndpoints = ({ todos, worklistUrl }: Deps): Endpoint[] => {
  const poolsOf = async (
    official: Official,
    { whose, kind }: { whose?: Whose | undefined; kind?: TaskKind | undefined },
  ) => {
    const { mine, shared } = ownersFor(official);
    const owners = [...(whose === "unclaimed" ? [] : [mine]), ...(whose === "mine" ? [] : shared)];
    const counts = await Promise.all(owners.map(async (owner) => ({ owner, counts: await todos.counts(owner) })));
    return openPools(counts, official, kind).map((pool) => ({ ...pool, mine: pool.owner === mine }));
  };

  return [
    endpoint(listTasks, async ({ caller, query: { kind, whose, cursor, limit } }) => {
      const official = officialOf(caller);
      if (!official.ok) return official;
      const after = cursor === undefined ? undefined : positionOf(cursor)?.after;
      if (cursor !== undefined && typeof after !== "string") return refuse("request.bad-cursor");
      const pools = await poolsOf(official.value, { whose, kind });
      const position = typeof after === "string" ? { after } : {};
      // One more than a page of each pool: the page is then the first of them all, and it is known whether more follow.
      const pages = await Promise.all(pools.map((pool) => todos.page(pool, { ...position, limit: limit + 1 })));
      const lines = pages.flat().sort((a, b) => (a.order < b.order ? -1 : 1));
      const last = lines.length > limit ? lines[limit - 1] : undefined;
      return accept({
        items: lines.slice(0, limit).map(({ entry: { subject, role: _, ...entry } }) => ({
          ...entry,
          id: subject,
          link: `${worklistUrl}${encodeURIComponent(entry.case ?? subject)}`,
        })),
        ...(last && { next: cursorOf({ after: last.order }) }),
      });
    }),

    endpoint(countTasks, async ({ caller }) => {
      const official = officialOf(caller);
      if (!official.ok) return official;
      const counts = { mine: {} as KindCounts, unclaimed: {} as KindCounts };
      for (const { mine, kind, count } of await poolsOf(official.value, {})) {
        const of = mine ? counts.mine : counts.unclaimed;
        of[kind] = (of[kind] ?? 0) + count;
      }
      return accept(counts);
    }),
  ];
};

const officialOf = ({ staff, department, division, roles }: Caller): Decision<Official, "task.staff-only"> =>
  staff !== undefined && department !== undefined && division !== undefined && roles !== undefined
    ? accept({ staff, department, division, roles })
    : refuse("task.staff-only");
