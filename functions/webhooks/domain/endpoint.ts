import type { Instant } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type DivisionCode, isWithin } from "#shared/kernel/divisions.ts";

/** A signing secret as it is stored; only the vault opens it. */
export interface SealedSecret {
  readonly keyId: string;
  readonly data: Uint8Array;
}

/** `disabled`: the department's system said that it is gone (410). `removed`: the department took it away. */
type EndpointState =
  | { readonly name: "enabled" }
  | { readonly name: "disabled"; readonly at: Instant }
  | { readonly name: "removed"; readonly at: Instant };

/** Where a department (部门) receives its events. */
export interface Endpoint {
  readonly id: string;
  readonly version: number;
  /** Unified social credit code of the department. */
  readonly department: string;
  /** It receives events of this division and those below it; left out: of all divisions of the department. */
  readonly division?: DivisionCode | undefined;
  readonly url: string;
  /** Event types; one that ends in `.*` takes all that begin so. */
  readonly types: readonly string[];
  readonly description?: string | undefined;
  readonly secret: SealedSecret;
  /** Of the request that created it: the same key with another body is another request. */
  readonly fingerprint: string;
  readonly createdAt: Instant;
  readonly state: EndpointState;
}

const ENDPOINTS_AT_MOST = 50;

export type Registration = Pick<
  Endpoint,
  "id" | "department" | "division" | "url" | "types" | "description" | "secret" | "fingerprint"
>;

/** @param live how many endpoints the department has that are not removed */
export const register = (
  live: number,
  registration: Registration,
  now: Instant,
): Decision<Endpoint, "webhook.too-many-endpoints"> =>
  live >= ENDPOINTS_AT_MOST
    ? refuse("webhook.too-many-endpoints")
    : accept({ ...registration, version: 1, createdAt: now, state: { name: "enabled" } });

/** The answer to a repeated registration: what it created, unless it asks for something else or that is removed again. */
export const repeatRegistration = (
  existing: Endpoint,
  fingerprint: string,
): Decision<Endpoint, "request.key-reused"> =>
  existing.fingerprint === fingerprint && existing.state.name !== "removed"
    ? accept(existing)
    : refuse("request.key-reused");

export const remove = (endpoint: Endpoint, now: Instant): Decision<Endpoint, "webhook.endpoint-not-found"> =>
  endpoint.state.name === "removed"
    ? refuse("webhook.endpoint-not-found")
    : accept({ ...endpoint, version: endpoint.version + 1, state: { name: "removed", at: now } });

export const disable = (endpoint: Endpoint, now: Instant): Decision<Endpoint, "webhook.endpoint-not-enabled"> =>
  endpoint.state.name === "enabled"
    ? accept({ ...endpoint, version: endpoint.version + 1, state: { name: "disabled", at: now } })
    : refuse("webhook.endpoint-not-enabled");

const takes = (pattern: string, type: string): boolean =>
  pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;

/** Whether an event of the department goes to this endpoint. An event without a division concerns all of them. */
export const subscribes = (
  endpoint: Endpoint,
  event: { readonly type: string; readonly division?: DivisionCode | undefined },
): boolean =>
  endpoint.state.name === "enabled" &&
  endpoint.types.some((pattern) => takes(pattern, event.type)) &&
  (endpoint.division === undefined || event.division === undefined || isWithin(event.division, endpoint.division));
