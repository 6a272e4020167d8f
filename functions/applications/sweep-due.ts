import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { type CaseDeps, givenOf } from "./case-deps.ts";
import { calendarChange } from "./domain/calendar.ts";
import { DUE_SHARDS } from "./domain/ports.ts";
import { trueWake } from "./domain/wake.ts";

export interface SweepDeps extends CaseDeps {
  /** Milliseconds that are left; a new page is not begun in the last of them. */
  readonly left: () => number;
}

export interface Swept {
  readonly looked: number;
  readonly changed: number;
  readonly moved: number;
  readonly failed: number;
}

const PAGE = 25;
const LEAVE_MS = 10_000;

/**
 * Lets the calendar act: looks at every case whose time has come, and saves what has come about in one conditional write each. It may
 * end anywhere and run twice: what was saved is not found again, what was not is. One case that fails does not hold up the others.
 */
export const sweepDue = (deps: SweepDeps) => async (): Promise<Swept> => {
  const swept = { looked: 0, changed: 0, moved: 0, failed: 0 };
  const until = deps.now();
  await Promise.all(
    Array.from({ length: DUE_SHARDS }, async (_, shard) => {
      let cursor: string | undefined;
      do {
        const page = await deps.applications.due(shard, until, { limit: PAGE, cursor });
        if (page === "bad-cursor") throw new Error("its own cursor is refused");
        for (const { id } of page.items) swept[await lookAt(deps, id, until)]++;
        swept.looked += page.items.length;
        cursor = page.next;
      } while (cursor !== undefined && deps.left() >= LEAVE_MS);
    }),
  );
  logger.info("sweep.done", swept);
  if (swept.failed > 0) throw new Error(`${swept.failed} cases could not be looked at`);
  return swept;
};

const lookAt = async (deps: SweepDeps, id: string, at: string): Promise<"changed" | "moved" | "failed"> => {
  const { applications, settings } = deps;
  try {
    const state = await applications.find(id);
    if (!state) return "moved";
    const change = calendarChange(state, await givenOf(deps, state), at);
    if (change) {
      await applications.save(change);
      return "changed";
    }
    await applications.reschedule(state, trueWake(state, settings));
    return "moved";
  } catch (error) {
    // Somebody acts on the case at this moment, or another sweep does: the next one looks at it again.
    if (error instanceof StaleVersionError) return "moved";
    logger.error("sweep.case-failed", error, { application: id });
    return "failed";
  }
};
