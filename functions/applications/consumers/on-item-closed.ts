import * as z from "zod";
import { ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { Items } from "../domain/ports.ts";

const Told = z.union([ItemSuspendedV1.schema, ItemResumedV1.schema, ItemRetiredV1.schema]);

/**
 * Whether an item can be applied for. When this comes before the version itself has, it throws and comes again: a suspension must
 * not be lost by being early.
 */
export const onItemClosed = ({ items }: { items: Items }) =>
  consume(Told, async ({ type, data: { code, version }, sequence }) => {
    await items.version(code, version);
    const open = type === ItemResumedV1.type;
    await items.setOpen(code, version, open, sequence);
    logger.info("item.opened-or-closed", { code, version, open });
  });
