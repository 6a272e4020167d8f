import { ItemPublishedV1, ItemResumedV1, ItemRetiredV1, ItemSuspendedV1 } from "#shared/contracts/events/catalogue.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import type { Happening, RecordChange } from "../domain/item-record.ts";

const contracts = {
  published: ItemPublishedV1,
  suspended: ItemSuspendedV1,
  resumed: ItemResumedV1,
  retired: ItemRetiredV1,
} as const satisfies Record<Happening["kind"], unknown>;

/** What the platform hears of a change. */
export const itemEvents = ({ after, happened }: RecordChange): AnyEvent[] =>
  eventsOf(
    {
      source: "/catalogue",
      subject: after.code,
      version: after.revision,
      at: after.entry.at,
      extensions: { department: after.department, division: after.division, itemcode: after.code },
    },
    happened.map(({ kind, version }) => ({ contract: contracts[kind], data: { code: after.code, version } })),
  );
