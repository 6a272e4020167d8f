import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { type CarrierCode, isWaybillOf, waybillOf } from "./carriers.ts";
import type { CaseFacts } from "./case-facts.ts";
import {
  type Address,
  type Change,
  type Command,
  changed,
  commanded,
  type Direction,
  type Fee,
  type Following,
  inPhase,
  type Shipment,
  type ShipmentEvent,
  waiting,
  withStep,
} from "./shipment.ts";
import { carriage, type Tariff } from "./tariff.ts";
import { emptyTrack } from "./track.ts";

export interface Wish {
  readonly direction: Direction;
  readonly address: Address;
  readonly carrier: CarrierCode;
  readonly payment: "online" | "on-delivery";
}

/** Shipments of one case in one direction, over its whole life. */
export const SHIPMENTS_AT_MOST = 10;

/** Whether something may still be sent for a case. A result may be sent after its decision; materials only before. */
const takesShipments = ({ status }: CaseFacts, direction: Direction): boolean =>
  direction === "to-applicant" ? status !== "closed" : status === "open";

export type RequestRefusal = "shipment.not-deliverable" | "shipment.case-closed" | "shipment.too-many";

const feeOf = (tariff: Tariff, facts: CaseFacts, { address, carrier, payment }: Wish): Fee => {
  const total = carriage(tariff, carrier, facts.division, address.division);
  return total === 0
    ? { kind: "free", total, assumed: tariff.assumed }
    : { kind: payment, total, assumed: tariff.assumed };
};

/** A first request or, after a closed shipment, the next one. */
export const requestShipment = (
  { id, serial }: { readonly id: string; readonly serial: number },
  facts: CaseFacts,
  wish: Wish,
  tariff: Tariff,
  command: Command,
): Decision<Change, RequestRefusal> => {
  if (!facts.deliverable) return refuse("shipment.not-deliverable");
  if (!takesShipments(facts, wish.direction)) return refuse("shipment.case-closed");
  if (serial >= SHIPMENTS_AT_MOST) return refuse("shipment.too-many");

  const { at, by } = command;
  const fee = feeOf(tariff, facts, wish);
  const base = {
    id,
    version: 0,
    application: facts.id,
    serial,
    number: facts.number,
    itemCode: facts.itemCode,
    department: facts.department,
    division: facts.division,
    direction: wish.direction,
    ...(facts.applicant && { applicant: facts.applicant }),
    address: wish.address,
    carrier: wish.carrier,
    fee,
    payments: [],
    contentReady: wish.direction === "to-counter" || facts.status !== "open",
    attentions: [],
    requestedAt: at,
    earlier: [],
    steps: [{ at, step: "requested", by }],
    commands: [],
  } as const;
  const state: Shipment = { ...base, ...waiting(base, at) };
  const events: ShipmentEvent[] = [
    { type: "requested" },
    ...(fee.kind === "online" ? [{ type: "fee-due", total: fee.total } as const] : []),
    ...(state.status === "to-send" ? [{ type: "ready" } as const] : []),
  ];
  return accept(commanded(changed(state, at, events), command));
};

/** It waited for something that has come: it goes on to whatever it waits for next. */
const goOn = (state: Shipment, at: string): Shipment => {
  const phase = waiting(state, at);
  if (phase.status === state.status) return state;
  const next = inPhase(state, phase);
  return phase.status === "to-send" ? withStep(next, { at, step: "ready" }) : next;
};

/** What happened to the case reaches its open shipments. Undefined when it changes nothing. */
export const afterCase = (state: Shipment, facts: CaseFacts, at: string): Change | undefined => {
  if (state.status !== "awaiting-payment" && state.status !== "awaiting-result" && state.status !== "to-send")
    return undefined;
  if (!takesShipments(facts, state.direction)) return cancelled(state, at, "case-closed");
  if (state.contentReady || facts.status === "open") return undefined;
  const next = goOn({ ...state, contentReady: true }, at);
  return changed(next, at, next.status === "to-send" ? [{ type: "ready" }] : []);
};

export interface Money {
  readonly id: string;
  /** Negative for what went back. */
  readonly amount: number;
  readonly at: string;
}

/** Money came or went back. Undefined when it is known already. */
export const afterPayment = (state: Shipment, money: Money, at: string): Change | undefined => {
  if (state.payments.some(({ id }) => id === money.id)) return undefined;
  const paid: Shipment = { ...state, payments: [...state.payments, money] };
  const next = paid.status === "awaiting-payment" ? goOn(paid, at) : paid;
  const ready = next.status === "to-send" && state.status !== "to-send";
  return changed(next, at, ready ? [{ type: "ready" }] : []);
};

/** The order can no longer be paid. Undefined when it does not wait for payment any more. */
export const afterOrderClosed = (state: Shipment, at: string): Change | undefined =>
  state.status === "awaiting-payment" ? cancelled(state, at, "not-paid") : undefined;

/** The carrier that may still come for it, though nothing is to be fetched. */
const orderLeft = (state: Shipment): CarrierCode | undefined =>
  state.status === "to-send" ? state.ordered : undefined;

const ORDER_LEFT: ShipmentEvent = { type: "attention-needed", what: "order-open" };

const cancelled = (state: Shipment, at: string, reason: string | undefined, by?: Command["by"]): Change => {
  const step = { at, step: "cancelled", ...(by && { by }), ...(reason && { reason }) } as const;
  const next = withStep(inPhase(state, { status: "cancelled", cancelledAt: at }), step);
  return orderLeft(state)
    ? changed({ ...next, attentions: ["order-open"] }, at, [{ type: "cancelled" }, ORDER_LEFT])
    : changed({ ...next, attentions: [] }, at, [{ type: "cancelled" }]);
};

export const cancelShipment = (
  state: Shipment,
  reason: string | undefined,
  command: Command,
): Decision<Change, "shipment.already-sent"> =>
  state.status === "awaiting-payment" || state.status === "awaiting-result" || state.status === "to-send"
    ? accept(commanded(cancelled(state, command.at, reason, command.by), command))
    : refuse("shipment.already-sent");

export interface Waybill {
  readonly carrier: CarrierCode;
  readonly number: string;
}

/** Whether a parcel may be handed to the carrier now, under that number. */
export const maySend = (
  state: Shipment,
  waybill?: Waybill,
): Decision<Waybill | undefined, "shipment.not-to-send" | "shipment.waybill-malformed"> => {
  if (state.status !== "to-send") return refuse("shipment.not-to-send", state.status);
  if (!waybill) return accept(undefined);
  const number = waybillOf(waybill.number);
  return isWaybillOf(waybill.carrier, number)
    ? accept({ carrier: waybill.carrier, number })
    : refuse("shipment.waybill-malformed");
};

/** Kept before a carrier is asked: whoever cancels it from here on leaves an order there, perhaps. */
export const askCarrier = (state: Shipment, carrier: CarrierCode, at: string): Change | undefined =>
  state.status === "to-send" && state.ordered !== carrier
    ? changed(inPhase(state, { status: "to-send", readyAt: state.readyAt, ordered: carrier }), at, [])
    : undefined;

/** The carrier has refused what it was asked for the first time: there is no order. */
export const orderRefused = (state: Shipment, at: string): Change | undefined =>
  state.status === "to-send" && state.ordered
    ? changed(inPhase(state, { status: "to-send", readyAt: state.readyAt }), at, [])
    : undefined;

export type How = "waybill" | "order";

/** Who tells of the journey of a parcel that was handed over so. */
export type FollowingOf = (carrier: CarrierCode, how: How) => Following;

export const sendShipment = (
  state: Shipment,
  { carrier, number }: Waybill,
  following: Following,
  command: Command,
  how: How = "waybill",
): Decision<Change, "shipment.not-to-send"> => {
  if (state.status !== "to-send") return refuse("shipment.not-to-send", state.status);
  const { at, by } = command;
  const left = how === "waybill" && orderLeft(state) !== undefined;
  const sent = inPhase(state, {
    status: "sent",
    parcel: { carrier, waybill: number, sentAt: at, sentBy: by, following, track: emptyTrack, heardAt: at },
  });
  const next = withStep(left ? { ...sent, attentions: [...sent.attentions, "order-open"] } : sent, {
    at,
    step: "sent",
    by,
  });
  return accept(commanded(changed(next, at, [{ type: "sent", carrier }, ...(left ? [ORDER_LEFT] : [])]), command));
};
