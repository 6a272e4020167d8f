import type { Instant } from "#shared/kernel/clock.ts";
import type { AttemptResult, Delivery, DeliveryKey } from "./delivery.ts";
import type { Changed, Endpoint } from "./endpoint.ts";
import type { Position } from "./feed.ts";
import type { Lane } from "./lane.ts";
import type { Recovery } from "./recovery.ts";
import type { SigningKeys } from "./signing.ts";

export interface EndpointStore {
  /** Also finds a removed one, for as long as its creation's key is remembered. */
  find(department: string, id: string): Promise<Endpoint | undefined>;
  /** Those not removed, by id. */
  ofDepartment(department: string): Promise<Endpoint[]>;
  /** False when the department has as many as it may have; also of many that come at once, no more are taken. */
  add(endpoint: Endpoint): Promise<boolean>;
  /** Writes the change and its events. Throws StaleVersionError when the stored version is not the one before. */
  save(changed: Changed): Promise<void>;
  /** Writes a removed endpoint and its events, and makes room for another. */
  remove(changed: Changed): Promise<void>;
}

export interface LaneStore {
  find(endpoint: string): Promise<Lane | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(lane: Lane): Promise<void>;
  /** Those that were to be looked at by then and were not, page by page. */
  overdue(by: Instant): AsyncIterable<readonly Wake[]>;
}

/** Ordered endpoints: a case whose first delivery is under way, and the positions that wait behind it. */
export interface HeldCase {
  readonly endpoint: string;
  readonly subject: string;
  readonly version: number;
  /** The first is the one under way. */
  readonly positions: readonly Position[];
}

export interface DeliveryStore {
  find(key: DeliveryKey): Promise<Delivery | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(delivery: Delivery): Promise<void>;
  /** The log of an endpoint, newest first; undefined for a cursor that is not one of ours. */
  page(
    endpoint: string,
    page: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly status?: Delivery["status"] | undefined;
    },
  ): Promise<{ items: Delivery[]; next?: string } | undefined>;
  /** The same from a position on, oldest first; `limit` of them unless the log ends. */
  behind(endpoint: string, after: Position, limit: number): Promise<readonly Delivery[]>;
  /** Pending ones whose time has come, oldest first; may be a moment behind. */
  due(endpoint: string, by: Instant, limit: number): Promise<readonly Position[]>;
  /** All pending ones whose time comes only after that, page by page, also when those of a page are given another time. */
  waitingBeyond(endpoint: string, at: Instant): AsyncIterable<readonly Position[]>;
  /** When the next pending one is due; may be a moment behind. */
  nextDue(endpoint: string): Promise<Instant | undefined>;
  heldCases(endpoint: string): Promise<readonly HeldCase[]>;
  /**
   * Writes deliveries and what becomes of their case in one step; a case without positions is let go.
   * Throws StaleVersionError when any stored version is not the one before.
   */
  saveWithCase(deliveries: readonly Delivery[], held: HeldCase): Promise<void>;
}

export interface RecoveryStore {
  find(endpoint: string, id: string): Promise<Recovery | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  save(recovery: Recovery): Promise<void>;
  overdue(by: Instant): AsyncIterable<readonly RecoveryDue[]>;
}

/** "Look at this endpoint." It says nothing that is not in the rows. */
export interface Wake {
  readonly department: string;
  readonly endpoint: string;
}

export interface RecoveryDue extends Wake {
  readonly recovery: string;
}

/** Quick workers wait three seconds for an answer, slow ones fifteen: who is late is worked on apart from all others. */
export type Speed = "quick" | "slow";

export interface WakeQueue {
  /** @throws when any of them was not taken */
  send(speed: Speed, wakes: readonly ((Wake | RecoveryDue) & { readonly delaySeconds: number })[]): Promise<void>;
}

/** Makes and opens signing secrets; nobody else sees one. */
export interface SecretVault {
  create(endpoint: string, madeBy: string): SigningKeys;
  /** `whsec_` and base64 of 32 bytes (Standard Webhooks 1.0.0). */
  secretOf(endpoint: string, keys: SigningKeys): string;
  /** The seed of the ed25519 key. */
  seedOf(endpoint: string, keys: SigningKeys): Buffer;
}

export interface AddressGuard {
  /** Whether events may be sent there: https and public, or on the allow-list. Resolves the name. */
  allows(url: string): Promise<boolean>;
}

export interface Message {
  readonly url: string;
  readonly endpoint: string;
  /** All that sign it. */
  readonly keys: readonly SigningKeys[];
  readonly id: string;
  readonly body: string;
}

export interface Courier {
  /** Signs and posts one message; what goes wrong outside is a result, not a fault. */
  deliver(message: Message): Promise<AttemptResult>;
}
