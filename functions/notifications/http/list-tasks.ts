import type { Caller } from "#shared/contracts/http/caller.ts";
import { countTasks, listTasks } from "#shared/contracts/http/notifications/tasks.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { cursorOf, positionOf } from "#shared/runtime/dynamo.ts";
import { type Endpoint, endpoint } from "#shared/runtime/endpoint.ts";
import type { TodoStore } from "../domain/ports.ts";
import type { Official } from "../domain/todo.ts";
import { todoListOf } from "../todos/todo-list.ts";

interface Deps {
  readonly todos: Pick<TodoStore, "page">;
  /** Where officials open a case; its id is appended. */
  readonly worklistUrl: string;
}

export const taskEndpoints = ({ todos, worklistUrl }: Deps): Endpoint[] => {
  const todoList = todoListOf(todos);

  return [
    endpoint(listTasks, async ({ caller, query: { cursor, ...asked } }) => {
      const official = officialOf(caller);
      if (!official.ok) return official;
      const after = cursor === undefined ? undefined : positionOf(cursor)?.after;
      if (cursor !== undefined && typeof after !== "string") return refuse("request.bad-cursor");
      const { lines, more } = await todoList.page(official.value, {
        ...asked,
        ...(typeof after === "string" && { after }),
      });
      return accept({
        items: lines.map(({ entry: { subject, role: _, division: __, ...entry } }) => ({
          ...entry,
          id: subject,
          link: `${worklistUrl}${encodeURIComponent(entry.case ?? subject)}`,
        })),
        ...(more && { next: cursorOf({ after: lines.at(-1)?.order }) }),
      });
    }),

    endpoint(countTasks, async ({ caller }) => {
      const official = officialOf(caller);
      return official.ok ? accept(await todoList.counts(official.value)) : official;
    }),
  ];
};

const officialOf = ({ staff, department, division, roles }: Caller): Decision<Official, "task.staff-only"> =>
  staff !== undefined && department !== undefined && division !== undefined && roles !== undefined
    ? accept({ staff, department, division, roles })
    : refuse("task.staff-only");
