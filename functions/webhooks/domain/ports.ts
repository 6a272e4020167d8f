import type { Instant } from "#shared/kernel/clock.ts";
import type { AttemptResult, Delivery, DeliveryKey } from "./delivery.ts";
import type { Endpoint, SealedSecret } from "./endpoint.ts";

export interface EndpointStore {
  /** Also finds a removed one, for as long as its creation's key is remembered. */
  find(department: string, id: string): Promise<Endpoint | undefined>;
  /** Those not removed, by id. */
  ofDepartment(department: string): Promise<Endpoint[]>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(endpoint: Endpoint): Promise<void>;
}

/** Which attempt is to be made, counted from 0. */
export interface AttemptDue extends DeliveryKey {
  readonly attempt: number;
}

/** A pending delivery whose message is overdue, as the sweep sees it. */
export interface Overdue extends AttemptDue {
  readonly version: number;
}

export interface DeliveryStore {
  find(key: DeliveryKey): Promise<Delivery | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(delivery: Delivery): Promise<void>;
  /** The log of an endpoint, newest first; undefined for a cursor that is not one of ours. */
  page(
    endpoint: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ items: Delivery[]; next?: string } | undefined>;
  /** Everything that was to be swept by then, page by page. */
  overdue(by: Instant): AsyncIterable<readonly Overdue[]>;
  /** Puts the sweep off; does nothing when the delivery has moved on since. */
  postpone(overdue: Overdue, until: Instant): Promise<void>;
}

export interface AttemptQueue {
  /** @throws when any of them was not taken */
  send(attempts: readonly (AttemptDue & { readonly delaySeconds: number })[]): Promise<void>;
}

/** Makes and opens signing secrets; nobody else sees one. */
export interface SecretVault {
  create(endpoint: string): SealedSecret;
  /** `whsec_` and base64 of 32 bytes (Standard Webhooks 1.0.0). */
  open(endpoint: string, sealed: SealedSecret): string;
}

export interface AddressGuard {
  /** Whether events may be sent there: https and public, or on the allow-list. Resolves the name. */
  allows(url: string): Promise<boolean>;
}

export interface Courier {
  /** Signs and posts one message; what goes wrong outside is a result, not a fault. */
  deliver(message: { url: string; secret: string; id: string; body: string }): Promise<AttemptResult>;
}
