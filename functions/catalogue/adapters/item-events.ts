import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Item } from "../domain/item.ts";

/** What the platform hears when a version is put in force. */
export const itemEvents = (item: Item, at: Instant): AnyEvent[] =>
  eventsOf(
    {
      source: "/catalogue",
      subject: item.code,
      version: item.version,
      at,
      extensions: { department: item.department.uscc, division: item.division, itemcode: item.code },
    },
    [{ contract: ItemPublishedV1, data: { code: item.code, version: item.version } }],
  );
