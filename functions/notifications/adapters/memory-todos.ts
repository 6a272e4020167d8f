import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { TodoStore } from "../domain/ports.ts";
import { countChanges, entryOf, lateAt, orderKey, poolKey, poolOf, type Todo } from "../domain/todo.ts";

const keyOf = ({ source, subject }: Pick<Todo, "source" | "subject">) => `${source}#${subject}`;

export const memoryTodos = (): TodoStore => {
  const rows = new Map<string, Todo>();
  const reminded = new Map<string, number>();
  const counters = new Map<string, Record<string, number>>();
  return {
    find: async (key) => rows.get(keyOf(key)),
    async save(before, after) {
      if (rows.get(keyOf(after))?.sequence !== before?.sequence) throw new StaleVersionError(keyOf(after));
      rows.set(keyOf(after), after);
      for (const { owner, name, by } of countChanges(before, after)) {
        const counts = counters.get(owner) ?? {};
        counters.set(owner, { ...counts, [name]: (counts[name] ?? 0) + by });
      }
    },
    counts: async (owner) => counters.get(owner) ?? {},
    async page(pool, { after = "", limit }) {
      return [...rows.values()]
        .flatMap((todo) =>
          todo.tasks.map((task, index) => ({
            pool: poolKey(poolOf(todo, task)),
            order: orderKey(todo, index),
            entry: entryOf(todo, task),
          })),
        )
        .filter((line) => line.pool === poolKey(pool) && line.order > after)
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .slice(0, limit);
    },
    async *late(by) {
      const late = [...rows.values()].filter((todo) => {
        const at = lateAt(todo);
        return at !== undefined && at <= by && reminded.get(keyOf(todo)) !== todo.sequence;
      });
      if (late.length > 0) yield late;
    },
    async reminded(todo) {
      reminded.set(keyOf(todo), todo.sequence);
    },
  };
};
