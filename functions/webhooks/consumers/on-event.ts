import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { consume } from "#shared/runtime/consume.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { beginDelivery } from "../domain/delivery.ts";
import { subscribes } from "../domain/endpoint.ts";
import type { AttemptQueue, DeliveryStore, EndpointStore } from "../domain/ports.ts";

interface Deps {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly attempts: AttemptQueue;
  readonly now: Clock;
}

/**
 * Puts an event of the bus on its way to every endpoint that subscribes to it. Handling it again is safe: a delivery that
 * exists is kept, and a message for an attempt that was made does nothing.
 */
export const onEvent = ({ endpoints, deliveries, attempts, now }: Deps) => {
  const begin = async (endpoint: string, department: string, event: AnyEvent): Promise<void> => {
    const { id, time, type, subject, correlationid } = event;
    const facts = { endpoint, department, event: id, time, type, subject, correlationId: correlationid };
    try {
      await deliveries.save(beginDelivery({ ...facts, body: JSON.stringify(event) }, now()));
    } catch (error) {
      if (!(error instanceof StaleVersionError)) throw error;
    }
  };

  return consume(AnyEvent, async (event) => {
    const { department } = event;
    if (!department) return;
    const subscribers = (await endpoints.ofDepartment(department)).filter((endpoint) => subscribes(endpoint, event));
    if (subscribers.length === 0) return;

    await Promise.all(subscribers.map(({ id }) => begin(id, department, event)));
    await attempts.send(
      subscribers.map(({ id }) => ({ endpoint: id, event: event.id, time: event.time, attempt: 0, delaySeconds: 0 })),
    );
    logger.info("webhook.deliveries-begun", { event: event.id, type: event.type, endpoints: subscribers.length });
  });
};
