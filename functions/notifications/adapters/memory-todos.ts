import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { TodoStore } from "../domain/ports.ts";
import { entryOf, orderKey, poolOf, type Todo } from "../domain/todo.ts";

const keyOf = ({ source, subject }: Pick<Todo, "source" | "subject">) => `${source}#${subject}`;

export const memoryTodos = (): TodoStore => {
  const rows = new Map<string, Todo>();
  return {
    find: async (key) => rows.get(keyOf(key)),
    async save(before, after) {
      if (rows.get(keyOf(after))?.sequence !== before?.sequence) throw new StaleVersionError(keyOf(after));
      rows.set(keyOf(after), after);
    },
    async page(pool, { after = "", limit }) {
      const lines = [...rows.values()]
        .flatMap((todo) =>
          todo.tasks.map((task, index) => ({
            pool: poolOf(todo, task),
            order: orderKey(todo, index),
            entry: entryOf(todo, task),
          })),
        )
        .filter((line) => line.pool === pool && line.order > after)
        .sort((a, b) => (a.order < b.order ? -1 : 1));
      return { lines: lines.slice(0, limit), more: lines.length > limit };
    },
    async *late(by) {
      const late = [...rows.values()].filter(({ lookAt }) => lookAt !== undefined && lookAt <= by);
      if (late.length > 0) yield late;
    },
    async looked(todo) {
      if (rows.get(keyOf(todo))?.sequence === todo.sequence) rows.set(keyOf(todo), todo);
    },
  };
};
