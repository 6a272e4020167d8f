import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { Item } from "#shared/contracts/http/items.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Items } from "../domain/ports.ts";

/** Keeps this capability's own copy of what it needs of an item, so that submitting depends on nothing else. */
export const onItemPublished = (deps: { items: Items; readItem: (code: string, version: number) => Promise<Item> }) =>
  consume(ItemPublishedV1.schema, async ({ data }) => {
    const item = await deps.readItem(data.code, data.version);
    const { code, version, name, department, division, handling, applicants, limits, stages } = item;
    await deps.items.keep({
      code,
      version,
      name,
      department,
      division,
      handling,
      applicants,
      limits,
      stages: stages.map((stage) => stage.name),
    });
    logger.info("item.kept", { code, version });
  });
