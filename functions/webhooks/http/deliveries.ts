import {
  type DeliveryView,
  listDeliveries,
  type RecoveryView,
  readRecovery,
  redeliverEvent,
  startRecovery,
} from "#shared/contracts/http/webhooks/endpoints.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId, fingerprint } from "#shared/kernel/ids.ts";
import { type Endpoint as Answering, endpoint } from "#shared/runtime/endpoint.ts";
import { beginDelivery, type Delivery, renew } from "../domain/delivery.ts";
import { mayReceive } from "../domain/endpoint.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import { LOOKS_FOR_DUE } from "../domain/lane.ts";
import type { DeliveryStore, EndpointStore, LaneStore, RecoveryStore, WakeQueue } from "../domain/ports.ts";
import { beginRecovery, type Recovery, type RecoveryOf } from "../domain/recovery.ts";
import { beforeOldest, feedPosition } from "../feed/cursor.ts";
import { findEvent } from "../feed/find-event.ts";
import { ownEndpoint } from "./own-endpoint.ts";

export interface DeliveryDeps {
  readonly endpoints: EndpointStore;
  readonly lanes: LaneStore;
  readonly deliveries: DeliveryStore;
  readonly recoveries: RecoveryStore;
  readonly log: FeedLog;
  readonly wakes: WakeQueue;
  readonly now: Clock;
}

const viewOf = (delivery: Delivery): DeliveryView => ({
  event: delivery.event,
  type: delivery.type,
  subject: delivery.subject,
  status: delivery.status,
  createdAt: delivery.createdAt,
  ...(delivery.status === "pending" && { nextAttemptAt: delivery.nextAttemptAt }),
  attempts: [...delivery.attempts],
});

const reportOf = ({ id, createdAt, finishedAt, examined, renewed }: Recovery): RecoveryView => ({
  id,
  state: finishedAt === undefined ? "running" : "done",
  createdAt,
  ...(finishedAt !== undefined && { finishedAt }),
  examined,
  renewed,
});

/** The journal of an endpoint, and what can be delivered again. */
export const deliveryEndpoints = (deps: DeliveryDeps): readonly Answering[] => {
  const { endpoints, lanes, deliveries, recoveries, log, wakes, now } = deps;
  const find = ownEndpoint(endpoints);

  return [
    endpoint(listDeliveries, async ({ caller, path, query }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const page = await deliveries.page(path.id, query);
      if (!page) return refuse("request.bad-cursor");
      return accept({ ...page, items: page.items.map(viewOf) });
    }),

    endpoint(redeliverEvent, async ({ caller, path, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const { department } = found;
      if (found.state.name !== "enabled") return refuse("webhook.endpoint-disabled");
      const event = await findEvent(log, department, path.event);
      if (!event || !mayReceive(found, event)) return refuse("webhook.event-not-found");

      const stored = await deliveries.find({ endpoint: found.id, position: event.position });
      const reached = Math.max((await lanes.find(found.id))?.position ?? 0, found.startsAfter);
      // What the endpoint has not come to yet is on its way by itself.
      if (stored || event.position <= reached) {
        const current = stored ?? beginDelivery(found.id, event, now());
        const renewed = renew(current, key, now());
        if (renewed !== current) await deliveries.save(renewed);
      }
      const wake = { department, endpoint: found.id };
      await wakes.send(
        "quick",
        LOOKS_FOR_DUE.map((delaySeconds) => ({ ...wake, delaySeconds })),
      );
      return accept({ event: event.id });
    }),

    endpoint(startRecovery, async ({ caller, path, body, key }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = own.value;
      const { department } = found;
      const id = derivedId("webhook-recovery", caller.client, found.id, key);
      const request = fingerprint(body);
      const wake = () => wakes.send("slow", [{ department, endpoint: found.id, recovery: id, delaySeconds: 0 }]);
      const existing = await recoveries.find(found.id, id);
      if (existing) {
        if (existing.fingerprint !== request) return refuse("request.key-reused");
        if (existing.finishedAt === undefined) await wake();
        return accept(reportOf(existing));
      }
      if (found.state.name !== "enabled") return refuse("webhook.endpoint-disabled");

      const asked = async (): Promise<RecoveryOf | undefined> => {
        if ("failedSince" in body) return { of: "failed", since: new Date(body.failedSince).toISOString() };
        const through = await log.tail(department);
        const after =
          body.replayAfter === "oldest" ? await beforeOldest(log, department, now()) : feedPosition(body.replayAfter);
        return after === undefined || after > through ? undefined : { of: "feed", after, through };
      };
      const what = await asked();
      if (!what) return refuse("webhook.cursor-unknown");
      const begun = beginRecovery({ id, endpoint: found.id, department, fingerprint: request, what }, now());
      await recoveries.save(begun);
      await wake();
      return accept(reportOf(begun));
    }),

    endpoint(readRecovery, async ({ caller, path }) => {
      const own = await find(caller, path.id);
      if (!own.ok) return own;
      const found = await recoveries.find(path.id, path.recovery);
      return found ? accept(reportOf(found)) : refuse("webhook.recovery-not-found");
    }),
  ];
};
