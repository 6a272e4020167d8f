import { type DeliveryView, listDeliveries } from "#shared/contracts/http/webhooks.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { Delivery } from "../domain/delivery.ts";
import type { DeliveryStore, EndpointStore } from "../domain/ports.ts";

const viewOf = (delivery: Delivery): DeliveryView => ({
  event: delivery.event,
  type: delivery.type,
  subject: delivery.subject,
  status: delivery.status,
  createdAt: delivery.createdAt,
  ...(delivery.status === "pending" && { nextAttemptAt: delivery.nextAttemptAt }),
  attempts: [...delivery.attempts],
});

interface Deps {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
}

export const listDeliveriesEndpoint = ({ endpoints, deliveries }: Deps) =>
  endpoint(listDeliveries, async ({ caller, path, query }) => {
    if (!caller.department) return refuse("request.scope-missing");
    const owner = await endpoints.find(caller.department, path.id);
    if (!owner || owner.state.name === "removed") return refuse("webhook.endpoint-not-found");

    const page = await deliveries.page(path.id, query);
    if (!page) return refuse("request.bad-cursor");
    return accept({ ...page, items: page.items.map(viewOf) });
  });
