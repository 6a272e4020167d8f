import { createEndpoint, type EndpointView } from "#shared/contracts/http/webhooks.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId, fingerprint } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { type Endpoint, register, repeatRegistration } from "../domain/endpoint.ts";
import type { AddressGuard, EndpointStore, SecretVault } from "../domain/ports.ts";

interface Deps {
  readonly endpoints: EndpointStore;
  readonly vault: SecretVault;
  readonly guard: AddressGuard;
  readonly now: Clock;
}

export const viewOf = ({ id, url, types, description, state, createdAt }: Endpoint): EndpointView => ({
  id,
  url,
  types: [...types],
  ...(description !== undefined && { description }),
  enabled: state.name === "enabled",
  createdAt,
});

export const createEndpointEndpoint = ({ endpoints, vault, guard, now }: Deps) =>
  endpoint(createEndpoint, async ({ caller, key, body }) => {
    const { department, division } = caller;
    if (!department) return refuse("request.scope-missing");
    const answer = (made: Endpoint) => accept({ ...viewOf(made), secret: vault.open(made.id, made.secret) });

    const id = derivedId("webhook-endpoint", caller.client, key);
    const request = fingerprint(body);
    const existing = await endpoints.find(department, id);
    if (existing) {
      const repeated = repeatRegistration(existing, request);
      return repeated.ok ? answer(repeated.value) : repeated;
    }

    if (!(await guard.allows(body.url))) return refuse("webhook.url-not-allowed");
    const { length: live } = await endpoints.ofDepartment(department);
    const registration = { ...body, id, department, division, secret: vault.create(id), fingerprint: request };
    const decision = register(live, registration, now());
    if (!decision.ok) return decision;
    await endpoints.save(decision.value);
    return answer(decision.value);
  });
