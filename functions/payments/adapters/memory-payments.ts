import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import type { BillDay } from "../domain/day.ts";
import { dueAt, type Movement, type Order } from "../domain/order.ts";
import type { Days, Orders } from "../domain/ports.ts";
import { dayPartOf } from "./order-row.ts";
import { dayEventsOf, orderEventsOf } from "./payment-events.ts";

/** Both stores on one memory, with what they have published. */
export const memoryPayments = () => {
  const orders = new Map<string, Order>();
  const days = new Map<string, BillDay>();
  const movements = new Map<string, Movement>();
  const over = new Map<string, number>();
  const published: AnyEvent[] = [];

  const orderStore: Orders = {
    find: async (id) => orders.get(id),
    ofApplication: async (application) =>
      [...orders.values()]
        .filter((order) => order.application === application)
        .sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1)),
    async save(change) {
      const { order } = change;
      if ((orders.get(order.id)?.version ?? 0) !== order.version - 1) throw new StaleVersionError(order.id);
      published.push(...orderEventsOf(change));
      orders.set(order.id, order);
      for (const movement of change.movements) movements.set(`${movement.kind}#${movement.number}`, movement);
    },
    async *due(by) {
      const ids = [...orders.values()]
        .filter((order) => (dueAt(order) ?? "9") <= by)
        .sort((a, b) => ((dueAt(a) ?? "") < (dueAt(b) ?? "") ? -1 : 1))
        .map(({ id }) => id);
      if (ids.length > 0) yield ids;
    },
    rememberOver: async (purpose, sequence) => void over.set(purpose, Math.max(sequence, over.get(purpose) ?? 0)),
    overSince: async (purpose) => over.get(purpose) ?? 0,
  };

  const dayStore: Days = {
    find: async (provider, date) => days.get(`${provider}#${date}`),
    async save(change) {
      const key = `${change.day.provider}#${change.day.date}`;
      if ((days.get(key)?.version ?? 0) !== change.day.version - 1) throw new StaleVersionError(key);
      published.push(...dayEventsOf(change));
      days.set(key, change.day);
    },
    async *movements(provider, date, part) {
      const page = [...movements.values()].filter(
        (movement) => movement.provider === provider && movement.date === date && dayPartOf(movement.number) === part,
      );
      if (page.length > 0) yield page;
    },
  };

  return { orders: orderStore, days: dayStore, published, all: () => [...orders.values()], movements };
};
