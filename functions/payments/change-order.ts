import { untilNoRace } from "#shared/runtime/outbox.ts";
import type { Change, Order } from "./domain/order.ts";
import type { Orders } from "./domain/ports.ts";

/** Reads, decides and writes, again when someone else was faster. The order as it is afterwards; undefined when there is none. */
export const changeOrder = (
  orders: Pick<Orders, "find" | "save">,
  id: string,
  decide: (order: Order) => Change | undefined,
): Promise<Order | undefined> =>
  untilNoRace(async () => {
    const order = await orders.find(id);
    const change = order && decide(order);
    if (change) await orders.save(change);
    return change?.order ?? order;
  });
