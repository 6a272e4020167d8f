import type { Instant } from "#shared/kernel/clock.ts";
import type { BadCursor, Page, PageRequest } from "#shared/kernel/page.ts";
import type { CarrierCode } from "./carriers.ts";
import type { CaseFacts } from "./case-facts.ts";
import type { ParkedPush, Push } from "./follow-parcel.ts";
import type { Address, Change, DifferenceKind, Direction, Shipment } from "./shipment.ts";

export interface ToSend {
  readonly id: string;
  readonly application: string;
  readonly number: string;
  readonly direction: Direction;
  readonly carrier: CarrierCode;
  readonly division: string;
  readonly readyAt: Instant;
}

export interface OpenDifference {
  readonly id: string;
  readonly application: string;
  readonly number: string;
  readonly department: string;
  readonly division: string;
  readonly difference: DifferenceKind;
  readonly foundAt: Instant;
  readonly due: number;
  readonly paid: number;
}

/** Someone has read an address unmasked. */
export interface Reading {
  readonly id: string;
  readonly shipment: Shipment;
  readonly at: Instant;
  readonly client: string;
  readonly officer: string;
  readonly purpose: string;
}

export interface Shipments {
  find(id: string): Promise<Shipment | undefined>;
  /** State and events in one conditional write. Throws StaleVersionError when another change came first. */
  save(change: Change): Promise<void>;
  /** Of one department in one division and those below it, the longest waiting first. */
  toSend(department: string, division: string, page: PageRequest): Promise<Page<ToSend> | BadCursor>;
  /** The oldest first; of one department in its division, or of all. */
  differences(
    of: { readonly department: string; readonly division: string } | "everyone",
    page: PageRequest,
  ): Promise<Page<OpenDifference> | BadCursor>;
  /** Ids of those that were to be looked at by then. */
  toLookAt(by: Instant): AsyncIterable<readonly string[]>;
  /** Kept before the address is shown. */
  recordReading(reading: Reading): Promise<void>;
}

/** Which number belongs to which shipment, and what was told of numbers before they were known. */
export interface Waybills {
  /** Consistent: a number claimed before is found. */
  find(number: string): Promise<string | undefined>;
  /** "taken" when it belongs to another shipment. */
  claim(number: string, shipment: string): Promise<"claimed" | "taken">;
  /** Gives up a number that was not its own; one that is another's stays. What is told of it from here on is parked. */
  release(number: string, shipment: string): Promise<void>;
  /** "full" when more is parked for that number than any parcel needs; the same push parked again is one. */
  park(push: Push, at: Instant): Promise<ParkedPush | "full">;
  /** In the order in which they came first: an `updateall` takes back what was told before it. */
  parked(number: string): Promise<readonly ParkedPush[]>;
}

export interface Cases {
  find(id: string): Promise<CaseFacts | undefined>;
  /** Throws StaleVersionError when the stored version is not the one before. */
  keep(facts: CaseFacts): Promise<void>;
}

export interface CarrierOrder {
  /** The same at every repeat, so that the carrier answers with the same waybill. */
  readonly reference: string;
  readonly from: Address;
  readonly to: Address;
  readonly paidBy: "sender" | "receiver";
}

export type OrderAnswer = { readonly number: string } | { readonly refused: string };

/** Places an order with a carrier. Throws ProviderUnavailable; what the carrier does not take is an answer. */
export interface CarrierOrders {
  takes(carrier: CarrierCode): boolean;
  place(carrier: CarrierCode, order: CarrierOrder): Promise<OrderAnswer>;
}

export interface Subscription {
  readonly code: string;
  readonly number: string;
  readonly phone: string;
}

/** The tracker (快递100). Throws when it should be asked again later. */
export interface Tracker {
  subscribe(subscription: Subscription): Promise<"followed" | "refused">;
}
