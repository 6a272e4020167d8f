import type { AnyEvent, EventContract } from "#shared/contracts/events/envelope.ts";
import type { Task } from "#shared/contracts/events/parts.ts";
import {
  DayClosedV1,
  DayDiffersV1,
  OrderClosedV1,
  OrderOpenedV1,
  OrderSettledV1,
  PaymentAttentionNeededV1,
  PaymentAttentionSettledV1,
  RefundApprovedV1,
  RefundCompletedV1,
  RefundRejectedV1,
  RefundRequestedV1,
} from "#shared/contracts/events/payments.ts";
import { eventsOf } from "#shared/runtime/outbox.ts";
import { type BillDay, type DayChange, openDifferences } from "../domain/day.ts";
import { type Change, isOfSurplus, type Order, type OrderEvent } from "../domain/order.ts";
import type { Refund } from "../domain/refund.ts";

const contracts = {
  opened: OrderOpenedV1,
  settled: OrderSettledV1,
  closed: OrderClosedV1,
  "refund-requested": RefundRequestedV1,
  "refund-approved": RefundApprovedV1,
  "refund-completed": RefundCompletedV1,
  "refund-rejected": RefundRejectedV1,
  "attention-needed": PaymentAttentionNeededV1,
  "attention-settled": PaymentAttentionSettledV1,
} as const satisfies Record<OrderEvent["type"], EventContract>;

const TASKS_AT_MOST = 20;

/** What of an order waits for an official. */
const tasksOf = ({ refunds, attention }: Order): Task[] =>
  [
    ...refunds
      .filter(({ state }) => state === "requested")
      .map(() => ({ kind: "approve-refund", role: "approver" }) as const),
    ...attention.map(() => ({ kind: "settle-payment", role: "clerk" }) as const),
  ].slice(0, TASKS_AT_MOST);

const refundOf = ({ refund: { id, amount } }: Extract<OrderEvent, { readonly refund: Refund }>) => ({
  refund: id,
  amount,
});

const dataOf = (order: Order, event: OrderEvent): Record<string, unknown> => {
  switch (event.type) {
    case "opened":
      return { charges: order.charges, payBy: order.payBy };
    case "settled":
      return { provider: event.payment.provider, settledAt: event.payment.at };
    case "closed":
      return { reason: event.reason };
    case "attention-needed":
      return { what: event.what };
    case "attention-settled":
      return {};
    case "refund-completed":
      return { ...refundOf(event), ...(isOfSurplus(order, event.refund) && { surplus: true }) };
    default:
      return refundOf(event);
  }
};

/** The CloudEvents of a change of an order: references, codes and amounts. */
export const orderEventsOf = ({ order, events }: Change): AnyEvent[] => {
  const tasks = tasksOf(order);
  return eventsOf(
    {
      source: "/payments",
      subject: order.id,
      version: order.version,
      at: order.changedAt,
      extensions: {
        department: order.department,
        ...(order.division && { division: order.division }),
        ...(order.itemCode && { itemcode: order.itemCode }),
      },
    },
    events.map((event) => ({
      contract: contracts[event.type],
      data: {
        purpose: order.purpose,
        number: order.number,
        total: order.total,
        ...(order.applicant && { applicant: order.applicant }),
        ...(tasks.length > 0 && { tasks }),
        ...dataOf(order, event),
      },
    })),
  );
};

const daySubject = ({ provider, date }: Pick<BillDay, "provider" | "date">): string => `${provider}:${date}`;

/** The CloudEvents of a change of a day. They concern no department: the city's operators close the books. */
export const dayEventsOf = ({ day, event }: DayChange): AnyEvent[] => {
  if (!event) return [];
  const { provider, date } = day;
  const open = openDifferences(day).length;
  const tasks: Task[] = [{ kind: "settle-difference", role: "operator" }];
  const change = {
    source: "/payments/days",
    subject: daySubject(day),
    version: day.version,
    at: day.changedAt,
  } as const;
  if (event === "closed") return eventsOf(change, [{ contract: DayClosedV1, data: { provider, date } }]);
  // With the last one resolved the day itself still waits to be closed.
  return eventsOf(change, [{ contract: DayDiffersV1, data: { provider, date, open, tasks } }]);
};
