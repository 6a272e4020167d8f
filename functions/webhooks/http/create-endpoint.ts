import { createEndpoint } from "#shared/contracts/http/webhooks/endpoints.ts";
import type { Clock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { derivedId, fingerprint } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { type Endpoint, register, repeatRegistration } from "../domain/endpoint.ts";
import type { FeedLog } from "../domain/feed-ports.ts";
import type { AddressGuard, EndpointStore, SecretVault } from "../domain/ports.ts";
import { keysMadeBy } from "../domain/signing.ts";
import { viewOf } from "./endpoint-view.ts";

interface Deps {
  readonly endpoints: EndpointStore;
  readonly log: FeedLog;
  readonly vault: SecretVault;
  readonly guard: AddressGuard;
  readonly now: Clock;
}

const RATE_PER_SECOND = 50;

export const createEndpointEndpoint = ({ endpoints, log, vault, guard, now }: Deps) =>
  endpoint(createEndpoint, async ({ caller, key, body }) => {
    const { department, division } = caller;
    if (!department) return refuse("request.scope-missing");
    const id = derivedId("webhook-endpoint", caller.client, key);
    const answer = (made: Endpoint) => {
      // Once they are rotated away, the secret that this request made is not shown again.
      const keys = keysMadeBy(made.keys, id, now());
      if (!keys) return refuse("request.key-reused");
      return accept({ ...viewOf(made, now()), secret: vault.secretOf(made.id, keys) });
    };

    const request = fingerprint(body);
    const existing = await endpoints.find(department, id);
    if (existing) {
      const repeated = repeatRegistration(existing, request);
      return repeated.ok ? answer(repeated.value) : repeated;
    }

    if (!(await guard.allows(body.url))) return refuse("webhook.url-not-allowed");
    const startsAfter = await log.tail(department);
    const keys = { current: vault.create(id, id) };
    const settings = { ...body, ordered: body.ordered ?? false, ratePerSecond: body.ratePerSecond ?? RATE_PER_SECOND };
    const made = register({ ...settings, id, department, division, keys, fingerprint: request, startsAfter }, now());
    return (await endpoints.add(made)) ? answer(made) : refuse("webhook.too-many-endpoints");
  });
