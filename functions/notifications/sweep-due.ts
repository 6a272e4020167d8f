import type { Clock } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { DeskStore, OfficerDirectory, PersonMessages, TodoStore } from "./domain/ports.ts";
import { lateTasks, lookedAt, lookedInVain, type Todo } from "./domain/todo.ts";
import { tellOfLateClaim } from "./domain/work.ts";
import { findMembers } from "./telling/find-members.ts";
import type { OfficialsTeller } from "./telling/tell-officials.ts";
import type { PeopleTeller } from "./telling/tell-people.ts";

interface Context {
  getRemainingTimeInMillis(): number;
}

/** Enough to finish what is under way. */
const SPARE_MS = 15_000;
const AT_ONCE = 8;

/** Does a piece of work for each, a few at a time, until time runs out; what fails, or cannot be read, is left for the next minute. */
const eachDue = async <T>(
  pages: AsyncIterable<readonly T[]>,
  { getRemainingTimeInMillis }: Context,
  work: (one: T) => Promise<void>,
): Promise<{ done: number; failed: number }> => {
  let done = 0;
  let failed = 0;
  const failedWith = (reason: unknown): void => {
    failed += 1;
    logger.error("sweep.failed", reason);
  };
  try {
    for await (const page of pages)
      for (let start = 0; start < page.length; start += AT_ONCE) {
        if (getRemainingTimeInMillis() < SPARE_MS) return { done, failed };
        const results = await Promise.allSettled(page.slice(start, start + AT_ONCE).map(work));
        for (const result of results)
          if (result.status === "fulfilled") done += 1;
          // Somebody else is at it.
          else if (!(result.reason instanceof StaleVersionError)) failedWith(result.reason);
      }
  } catch (error) {
    failedWith(error);
  }
  return { done, failed };
};

interface Deps {
  readonly todos: TodoStore;
  readonly desks: DeskStore;
  readonly officers: OfficerDirectory;
  readonly teller: OfficialsTeller;
  readonly personMessages: Pick<PersonMessages, "due">;
  readonly people: Pick<PeopleTeller, "clear">;
  readonly worklistUrl: string;
  readonly now: Clock;
}

/**
 * Every minute: tells of what nobody has taken, and sends what waits to be sent. All at the same time: a chat that hangs does
 * not keep from people what goes to them by other ways.
 */
export const sweepDue = ({ todos, desks, officers, teller, personMessages, people, worklistUrl, now }: Deps) => {
  const tellOfLate = async (key: Pick<Todo, "source" | "subject">): Promise<void> => {
    const todo = await todos.find(key);
    if (!todo) return;
    const at = now();
    const late = lateTasks(todo, at);
    const looked = lookedAt(todo, late);
    if (late.length === 0) return todos.looked(looked);
    const { card, audiences } = tellOfLateClaim(todo, late, worklistUrl);
    const members = await findMembers(officers, audiences, todo);
    const { source, subject, department, division } = todo;
    if (members.length === 0) {
      logger.warn("notification.no-officer", { subject, source, department, division });
      return todos.looked(lookedInVain(todo, late, at));
    }
    const event = `late.${subject}.${looked.toldLate}`;
    await teller.tell(members, { event, at, case: todo.case, department, card });
    await todos.looked(looked);
  };

  return async (_event: unknown, context: Context): Promise<void> => {
    const [late, cleared, told] = await Promise.all([
      eachDue(todos.late(now()), context, tellOfLate),
      eachDue(desks.due(now()), context, (staff) => teller.clear(staff)),
      eachDue(personMessages.due(now()), context, (key) => people.clear(key)),
    ]);
    const failed = late.failed + cleared.failed + told.failed;
    if (late.done + cleared.done + told.done + failed > 0)
      logger.info("sweep.done", { late: late.done, desks: cleared.done, people: told.done, failed });
    if (failed > 0) throw new Error(`${failed} could not be swept`);
  };
};
