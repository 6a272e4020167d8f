import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { TodoStore } from "../domain/ports.ts";
import { learn } from "../domain/todo.ts";
import { tasksOfEvent } from "../todos/tasks-of-event.ts";

const ATTEMPTS = 12;

interface Deps {
  readonly todos: TodoStore;
  /** Waits before another attempt, longer each time: events of one aggregate may come at the same moment. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** Keeps the unified to-do list (统一待办): of each aggregate what waits after its newest event, whoever moved it. */
export const onTasksChanged = ({ todos, pause }: Deps) =>
  consume(AnyEvent, async (event) => {
    const told = tasksOfEvent(event);
    if (!told) return;
    for (let attempt = 1; ; attempt++) {
      const known = await todos.find(told);
      const todo = learn(known, told);
      if (!todo) return;
      try {
        await todos.save(known, todo);
        logger.info("todo.changed", { source: todo.source, subject: todo.subject, waiting: todo.tasks.length });
        return;
      } catch (error) {
        if (!(error instanceof StaleVersionError) || attempt === ATTEMPTS) throw error;
        await pause(attempt);
      }
    }
  });
