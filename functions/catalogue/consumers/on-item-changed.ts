import * as z from "zod";
import { ItemPublishedV1, ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Finder, ItemStore } from "../domain/ports.ts";

const Changed = z.union([ItemPublishedV1.schema, ItemSuspendedV1.schema, ItemResumedV1.schema, ItemRetiredV1.schema]);

/** Makes the search say what the item says now, whichever of its changes was heard of. */
export const onItemChanged = ({ items, finder }: { readonly items: ItemStore; readonly finder: Finder }) =>
  consume(Changed, async ({ data: { code } }) => {
    const record = await items.find(code);
    if (!record) throw new Error(`${code} was announced and is not there`);
    await finder.index(record);
    logger.info("item.indexed", { code, revision: record.revision });
  });
