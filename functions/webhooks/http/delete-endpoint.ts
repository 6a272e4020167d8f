import { deleteEndpoint } from "#shared/contracts/http/webhooks.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { remove } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";

/** Deliveries still pending are dropped when their next attempt is due. */
export const deleteEndpointEndpoint = ({
  endpoints,
  now,
}: {
  readonly endpoints: EndpointStore;
  readonly now: Clock;
}) =>
  endpoint(deleteEndpoint, async ({ caller, path }) => {
    if (!caller.department) return refuse("request.scope-missing");
    const existing = await endpoints.find(caller.department, path.id);
    if (!existing) return refuse("webhook.endpoint-not-found");

    const decision = remove(existing, now());
    if (!decision.ok) return decision;
    await endpoints.save(decision.value);
    return accept(undefined);
  });
