import { type Clock, legalDate } from "#shared/kernel/clock.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { takeEffect } from "./domain/item-record.ts";
import type { ItemStore } from "./domain/ports.ts";

/**
 * Puts versions in force whose day has come, with their events. Each is one conditional write that makes it leave the list of
 * those that wait: a sweep that dies half-way, or two at once, do the same. One that fails keeps no other back.
 */
export const sweepDue =
  ({ items, now }: { readonly items: ItemStore; readonly now: Clock }) =>
  async (): Promise<{ inForce: string[] }> => {
    const at = now();
    const today = legalDate(at);
    const done: string[] = [];
    const failed: unknown[] = [];
    for (const code of await items.due(today)) {
      try {
        const record = await items.find(code);
        const decision = record && takeEffect(record, { at, today, by: { client: "sweep" } });
        if (!decision?.ok) continue;
        await items.save(decision.value);
        done.push(code);
      } catch (error) {
        // Someone else changed it, perhaps by putting it in force: the next minute looks again.
        if (!(error instanceof StaleVersionError)) failed.push(error);
      }
    }
    if (done.length > 0) logger.info("items.in-force", { count: done.length, codes: done.join() });
    if (failed.length > 0) throw new AggregateError(failed, "some versions were not put in force");
    return { inForce: done };
  };
