import type { EndpointView } from "#shared/contracts/http/webhooks/endpoints.ts";
import type { Instant } from "#shared/kernel/clock.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import { keysInUse } from "../domain/signing.ts";

export const viewOf = (endpoint: Endpoint, now: Instant): EndpointView => {
  const { id, version, url, ordered, ratePerSecond, state, keys, createdAt } = endpoint;
  const { items, divisions, description, contact } = endpoint;
  const [current, ...previous] = keysInUse(keys, now);
  return {
    id,
    version,
    url,
    types: [...endpoint.types],
    ...(items && { items: [...items] }),
    ...(divisions && { divisions: [...divisions] }),
    ...(description !== undefined && { description }),
    ...(contact !== undefined && { contact }),
    ordered,
    ratePerSecond,
    enabled: state.name === "enabled",
    ...(state.name === "disabled" && { disabledBecause: state.reason }),
    ...(state.name === "enabled" && state.failingSince !== undefined && { failingSince: state.failingSince }),
    publicKey: current.publicKey,
    ...(previous.length > 0 && { previousKeys: previous.map(({ publicKey, until }) => ({ publicKey, until })) }),
    createdAt,
  };
};
