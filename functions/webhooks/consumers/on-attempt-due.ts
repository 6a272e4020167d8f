import * as z from "zod";
import type { Clock } from "#shared/kernel/clock.ts";
import { consumeQueue } from "#shared/runtime/consume.ts";
import { correlated } from "#shared/runtime/correlation.ts";
import { logger } from "#shared/runtime/logger.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import {
  type Delivery,
  dropDelivery,
  dueAttempt,
  type PendingDelivery,
  queueDelay,
  recordAttempt,
  saysGone,
} from "../domain/delivery.ts";
import { disable, type Endpoint } from "../domain/endpoint.ts";
import type { AttemptDue, AttemptQueue, Courier, DeliveryStore, EndpointStore, SecretVault } from "../domain/ports.ts";

const AttemptDueMessage = z.object({
  endpoint: z.string(),
  event: z.string(),
  time: z.string(),
  attempt: z.int().nonnegative(),
}) satisfies z.ZodType<AttemptDue>;

interface Deps {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly attempts: AttemptQueue;
  readonly vault: SecretVault;
  readonly courier: Courier;
  readonly now: Clock;
  /** 0 to 1. */
  readonly random: () => number;
}

/**
 * Makes one attempt. Messages of a batch are handled at the same time, so that a slow endpoint holds up no other; a message
 * that comes twice, or late, finds its attempt made and does nothing.
 */
export const onAttemptDue = (deps: Deps) => {
  const { endpoints, deliveries, attempts, vault, courier, now, random } = deps;

  const make = async (delivery: PendingDelivery, endpoint: Endpoint): Promise<void> => {
    const startedAt = now();
    const secret = vault.open(endpoint.id, endpoint.secret);
    const result = await courier.deliver({ url: endpoint.url, secret, id: delivery.event, body: delivery.body });
    const recorded = recordAttempt(delivery, { result, startedAt, jitter: random() }, now());
    if (!(await saved(recorded))) return;
    log(recorded);
    if (saysGone(result)) await disableEndpoint(endpoint);
    if (recorded.status === "pending") await scheduleNext(recorded);
  };

  /** False when another worker has recorded this attempt first. */
  const saved = async (delivery: Delivery): Promise<boolean> => {
    try {
      await deliveries.save(delivery);
      return true;
    } catch (error) {
      if (error instanceof StaleVersionError) return false;
      throw error;
    }
  };

  const scheduleNext = async (delivery: PendingDelivery): Promise<void> => {
    const delaySeconds = queueDelay(delivery, now());
    if (delaySeconds === undefined) return; // the sweep finds it when it is due
    const { endpoint, event, time } = delivery;
    await attempts.send([{ endpoint, event, time, attempt: delivery.attempts.length, delaySeconds }]);
  };

  const disableEndpoint = async (endpoint: Endpoint): Promise<void> => {
    const decision = disable(endpoint, now());
    if (!decision.ok) return;
    try {
      await endpoints.save(decision.value);
      logger.warn("webhook.endpoint-disabled", { endpoint: endpoint.id, department: endpoint.department });
    } catch (error) {
      // Removed, or disabled by another delivery, since it was read: either is as good.
      if (!(error instanceof StaleVersionError)) throw error;
    }
  };

  return consumeQueue(AttemptDueMessage, async (message) => {
    const stored = await deliveries.find(message);
    if (!stored) return logger.warn("webhook.delivery-expired", { endpoint: message.endpoint, event: message.event });
    await correlated(stored.correlationId ?? stored.event, async () => {
      const decision = dueAttempt(stored, message.attempt);
      if (!decision.ok) return;

      const delivery = decision.value;
      const endpoint = await endpoints.find(delivery.department, delivery.endpoint);
      if (endpoint?.state.name === "enabled") return make(delivery, endpoint);
      if (await saved(dropDelivery(delivery)))
        logger.warn("webhook.delivery-dropped", { endpoint: delivery.endpoint, event: delivery.event });
    });
  });
};

const log = (delivery: Delivery): void => {
  const last = delivery.attempts.at(-1);
  const facts = {
    endpoint: delivery.endpoint,
    department: delivery.department,
    event: delivery.event,
    attempt: delivery.attempts.length - 1,
    status: last?.status,
    reason: last?.error,
    milliseconds: last?.milliseconds,
  };
  if (delivery.status === "delivered") logger.info("webhook.delivered", facts);
  else if (delivery.status === "pending") logger.warn("webhook.attempt-failed", facts);
  else logger.error("webhook.delivery-failed", new Error("given up"), facts);
};
