import * as z from "zod";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import { type CaseDeps, givenOf } from "./case-deps.ts";
import { recomputedChange } from "./domain/calendar.ts";
import { DUE_SHARDS } from "./domain/ports.ts";

const Order = z.object({
  /** Where the slice before ended; left out, from the beginning. */
  shard: z.int().min(0).max(DUE_SHARDS).default(0),
  cursor: z.string().optional(),
  /** Cases looked at in this slice. */
  limit: z.int().min(1).max(1000).default(200),
});

export interface RecomputedSlice {
  readonly seen: number;
  readonly moved: number;
  /** Give it to go on; absent at the end. */
  readonly next?: { readonly shard: number; readonly cursor?: string };
}

/**
 * Computes the deadlines of open cases anew, after a holiday notice has come out with a new release. A slice at a time: it may be
 * stopped, gone on with, and run again; a case whose dates have not moved is not written.
 */
export const recomputeDeadlines =
  (deps: CaseDeps) =>
  async (payload: unknown): Promise<RecomputedSlice> => {
    const { shard, cursor, limit } = Order.parse(payload ?? {});
    const page = await deps.applications.due(shard, undefined, { limit, cursor });
    if (page === "bad-cursor") throw new Error("not a cursor of a slice");
    let moved = 0;
    for (const { id } of page.items)
      await untilNoRace(async () => {
        const state = await deps.applications.find(id);
        if (!state) return;
        const change = recomputedChange(state, await givenOf(deps, state), deps.now());
        if (!change) return;
        await deps.applications.save(change);
        moved++;
      });
    const next =
      page.next !== undefined
        ? { shard, cursor: page.next }
        : shard + 1 < DUE_SHARDS
          ? { shard: shard + 1 }
          : undefined;
    logger.info("deadlines.recomputed", { shard, seen: page.items.length, moved, done: next === undefined });
    return { seen: page.items.length, moved, ...(next && { next }) };
  };
