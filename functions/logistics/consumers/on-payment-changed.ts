import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { OrderClosedV1, OrderSettledV1, RefundCompletedV1 } from "#shared/contracts/events/payments.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { Shipments } from "../domain/ports.ts";
import { afterOrderClosed, afterPayment } from "../domain/request-shipment.ts";
import type { Change, Shipment } from "../domain/shipment.ts";

type Effect = (shipment: Shipment, now: string) => Change | undefined;

interface Told {
  readonly purpose: { readonly kind: string; readonly id: string };
  readonly effect: Effect;
}

/** What an event of payments does to a shipment; the order's id is the event's subject. */
const readers: Readonly<Record<string, (event: AnyEvent) => Told>> = {
  [OrderSettledV1.type]: (event) => {
    const { subject, data } = OrderSettledV1.schema.parse(event);
    const money = { id: subject, amount: data.total, at: data.settledAt };
    return { purpose: data.purpose, effect: (shipment, now) => afterPayment(shipment, money, now) };
  },
  [RefundCompletedV1.type]: (event) => {
    const { time, data } = RefundCompletedV1.schema.parse(event);
    const money = { id: data.refund, amount: -data.amount, at: time };
    // Of money paid twice, or too late, nothing was told when it came: it is not taken off what was.
    const effect: Effect = data.surplus ? () => undefined : (shipment, now) => afterPayment(shipment, money, now);
    return { purpose: data.purpose, effect };
  },
  [OrderClosedV1.type]: (event) => ({
    purpose: OrderClosedV1.schema.parse(event).data.purpose,
    effect: afterOrderClosed,
  }),
};

/** The types of events that tell something of a payment. */
export const PAYMENT_TYPES = Object.keys(readers);

/** A paid parcel goes on; one that nobody paid is not sent; what is paid and given back is kept for reconciliation. */
export const onPaymentChanged = (deps: { readonly shipments: Shipments; readonly now: Clock }) =>
  consume(AnyEvent, async (event) => {
    const told = readers[event.type]?.(event);
    if (!told) throw new Error(`${event.type} tells nothing of a payment`);
    const { purpose, effect } = told;
    if (purpose.kind !== "shipment") return;
    await untilNoRace(async () => {
      const shipment = await deps.shipments.find(purpose.id);
      if (!shipment) throw new Error(`there is no shipment ${purpose.id}`);
      const change = effect(shipment, deps.now());
      if (!change) return;
      await deps.shipments.save(change);
      logger.info("payment.taken", { shipment: shipment.id, type: event.type });
    });
  });
