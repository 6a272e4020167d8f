import * as z from "zod";
import {
  ApplicationDeclinedV1,
  ApplicationLapsedV1,
  ApplicationRevokedV1,
  ApplicationWithdrawnV1,
} from "#shared/contracts/events/applications.ts";
import { ShipmentCancelledV1 } from "#shared/contracts/events/logistics.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { changeOrder } from "../change-order.ts";
import { cancel, type Purpose } from "../domain/order.ts";
import type { Orders } from "../domain/ports.ts";
import { orderIdOf, overKey } from "./on-fee-due.ts";

interface Deps {
  readonly orders: Orders;
  readonly now: Clock;
}

const Needless = z.discriminatedUnion("type", [
  ApplicationWithdrawnV1.schema,
  ApplicationDeclinedV1.schema,
  ApplicationLapsedV1.schema,
  ApplicationRevokedV1.schema,
  ShipmentCancelledV1.schema,
]);

/** Closes what is unpaid of a case that has ended, or of a parcel that is not sent; also what is yet to be opened. */
export const onPaymentNeedless = ({ orders, now }: Deps) =>
  consume(Needless, async (event) => {
    const purposes: Purpose[] =
      event.type === ShipmentCancelledV1.type
        ? [{ kind: "shipment", id: event.subject, due: "shipment" }]
        : (["acceptance", "issue"] as const).map((due) => ({ kind: "application", id: event.subject, due }));
    // Remembered first: an order opened from here on finds it.
    const { sequence } = event;
    for (const key of new Set(purposes.map(overKey))) await orders.rememberOver(key, sequence);
    for (const purpose of purposes)
      await changeOrder(orders, orderIdOf(purpose), (order) => cancel(order, sequence, now()));
  });
