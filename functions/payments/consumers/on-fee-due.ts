import * as z from "zod";
import { FeeDueV1 } from "#shared/contracts/events/applications.ts";
import { ShipmentFeeDueV1 } from "#shared/contracts/events/logistics.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { changeOrder } from "../change-order.ts";
import { askAgain, cancel, openOrder, type Purpose } from "../domain/order.ts";
import type { Orders } from "../domain/ports.ts";

interface Deps {
  readonly orders: Orders;
  readonly now: Clock;
}

/** One order for each purpose, however often it is told. */
export const orderIdOf = ({ kind, id, due }: Purpose): string => derivedId("payment-order", kind, id, due);

/** Under what it is remembered that nothing more is to be paid for a case or a parcel. */
export const overKey = ({ kind, id }: Pick<Purpose, "kind" | "id">): string => `${kind}:${id}`;

const FeeDue = z.discriminatedUnion("type", [FeeDueV1.schema, ShipmentFeeDueV1.schema]);
type FeeDue = z.infer<typeof FeeDue>;

const purposeOf = (event: FeeDue): Purpose =>
  event.type === FeeDueV1.type
    ? { kind: "application", id: event.subject, due: event.data.due }
    : { kind: "shipment", id: event.subject, due: "shipment" };

/**
 * Opens the order of a fee, also again when the fee of a reopened case is told anew. Safe to run twice and late; and when the case has
 * ended since, or ends at the same moment, the order is closed: whoever comes second sees what the first has written.
 */
export const onFeeDue = ({ orders, now }: Deps) =>
  consume(FeeDue, async (event) => {
    const purpose = purposeOf(event);
    const id = orderIdOf(purpose);
    const { department, sequence } = event;
    if (!department) throw new Error("a fee without a department");
    const { number, charges, total, applicant } = event.data;
    try {
      await orders.save(
        openOrder(
          {
            id,
            purpose,
            application: event.type === FeeDueV1.type ? event.subject : event.data.application,
            number,
            charges,
            total,
            applicant,
            department,
            division: event.division,
            itemCode: event.itemcode,
            asked: sequence,
          },
          now(),
        ),
      );
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
      const known = await changeOrder(orders, id, (order) => askAgain(order, sequence, now()));
      if (known && known.total !== total) logger.warn("payment.fee-differs", { order: id, subject: event.subject });
    }
    const over = await orders.overSince(overKey(purpose));
    if (over > sequence) await changeOrder(orders, id, (order) => cancel(order, over, now()));
  });
