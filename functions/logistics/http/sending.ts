import { isOfDepartment } from "#shared/contracts/http/caller.ts";
import {
  listShipmentsToSend,
  readShipmentAddress,
  sendShipment,
  settleShipment,
} from "#shared/contracts/http/logistics.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { ProviderUnavailable } from "#shared/kernel/provider-unavailable.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { logger } from "#shared/runtime/logger.ts";
import { type CarrierCode, waybillOf } from "../domain/carriers.ts";
import { type CorrectionRefusal, correctWaybill, mayCorrect } from "../domain/correct-waybill.ts";
import { settleShipment as settled } from "../domain/follow-parcel.ts";
import type { CarrierOrder, CarrierOrders, OrderAnswer } from "../domain/ports.ts";
import {
  askCarrier,
  type FollowingOf,
  type How,
  maySend,
  orderRefused,
  sendShipment as sent,
  type Waybill,
} from "../domain/request-shipment.ts";
import type { Address, Change, Command, Shipment } from "../domain/shipment.ts";
import { acting, type Deps, officerOf } from "./acting.ts";

export interface SendingDeps extends Deps {
  readonly orders: CarrierOrders;
  /** Who tells of a parcel's journey. */
  readonly followingOf: FollowingOf;
}

type SendRefusal =
  | "shipment.not-to-send"
  | "shipment.waybill-malformed"
  | "shipment.waybill-in-use"
  | "shipment.carrier-refused"
  | "shipment.carrier-unavailable"
  | "shipment.carrier-takes-no-orders";

interface Numbered {
  /** As it stands after the carrier was asked. */
  readonly shipment: Shipment;
  readonly waybill: Waybill;
}

/** How often it was handed to a carrier, this time not counted: a repeat has the same reference, and gets the same number. */
const referenceOf = ({ id, steps }: Shipment): string => `${id}-${steps.filter(({ step }) => step === "sent").length}`;

const placed = async (
  { orders }: SendingDeps,
  carrier: CarrierCode,
  order: CarrierOrder,
): Promise<OrderAnswer | undefined> => {
  try {
    return await orders.place(carrier, order);
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error;
    logger.warn("carrier.unavailable", { carrier, reason: error.message });
    return undefined;
  }
};

/** The number the carrier gives. That it is asked is kept before: an order that nobody hears of any more is a person's task. */
const ordered = async (
  deps: SendingDeps,
  shipment: Shipment,
  carrier: CarrierCode,
  counter: Address,
): Promise<Decision<Numbered, SendRefusal>> => {
  if (!deps.orders.takes(carrier)) return refuse("shipment.carrier-takes-no-orders");
  const may = maySend(shipment);
  if (!may.ok) return may;
  const asking = askCarrier(shipment, carrier, deps.now());
  if (asking) await deps.shipments.save(asking);
  const asked = asking?.state ?? shipment;
  const { address } = asked;
  if (!address) throw new Error("what is to be sent has no address");
  const toCounter = asked.direction === "to-counter";
  const answer = await placed(deps, carrier, {
    reference: referenceOf(asked),
    from: toCounter ? address : counter,
    to: toCounter ? counter : address,
    paidBy: asked.fee.kind === "on-delivery" ? "receiver" : "sender",
  });
  if (!answer) return refuse("shipment.carrier-unavailable");
  if ("number" in answer) return accept({ shipment: asked, waybill: { carrier, number: waybillOf(answer.number) } });
  const withdrawn = asking && orderRefused(asked, deps.now());
  if (withdrawn) await deps.shipments.save(withdrawn);
  return refuse("shipment.carrier-refused", answer.refused);
};

const typed = (shipment: Shipment, waybill: Waybill): Decision<Numbered, SendRefusal> => {
  const may = maySend(shipment, waybill);
  return may.ok ? accept({ shipment, waybill: may.value ?? waybill }) : may;
};

/** The number is claimed before it is entered: a carrier's push finds it, or is parked and found. */
const send = async (
  deps: SendingDeps,
  how: How,
  numbered: Decision<Numbered, SendRefusal>,
  command: Command,
): Promise<Decision<Change, SendRefusal>> => {
  if (!numbered.ok) return numbered;
  const { shipment, waybill } = numbered.value;
  if ((await deps.waybills.claim(waybill.number, shipment.id)) === "taken") return refuse("shipment.waybill-in-use");
  return sent(shipment, waybill, deps.followingOf(waybill.carrier, how), command, how);
};

export const sendShipmentEndpoint = (deps: SendingDeps) =>
  endpoint(sendShipment, async (request) => {
    const { by } = request.body;
    const officer = officerOf(request.caller, request.body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    return acting(deps, sendShipment.operation, request, {
      may: isOfDepartment,
      notFound: "shipment.not-found",
      officer,
      decide: async (shipment, command) =>
        send(
          deps,
          by.how,
          by.how === "order" ? await ordered(deps, shipment, by.carrier, by.counter) : typed(shipment, by),
          command,
        ),
    });
  });

export const listShipmentsToSendEndpoint = (deps: Deps) =>
  endpoint(listShipmentsToSend, async ({ caller: { department, division }, query }) => {
    if (!department || !division) return refuse("request.scope-missing");
    const page = await deps.shipments.toSend(department, division, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

/** The reading is on record before the address is shown. */
export const readShipmentAddressEndpoint = (deps: Deps) =>
  endpoint(readShipmentAddress, async ({ path, body, caller }) => {
    const shipment = await deps.shipments.find(path.id);
    if (!shipment || !isOfDepartment(caller, shipment)) return refuse("shipment.not-found");
    const officer = officerOf(caller, body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    const { address } = shipment;
    if (!address) return refuse("shipment.address-erased");
    await deps.shipments.recordReading({
      id: newId(),
      shipment,
      at: deps.now(),
      client: caller.client,
      officer,
      purpose: body.purpose,
    });
    return accept({ address });
  });

/** The true number is claimed before it is entered; the wrong one is released after. */
const corrected = async (
  deps: SendingDeps,
  shipment: Shipment,
  { reason, ...waybill }: Waybill & { readonly reason: string },
  command: Command,
): Promise<Decision<Change, CorrectionRefusal | "shipment.waybill-in-use">> => {
  const may = mayCorrect(shipment, waybill);
  if (!may.ok) return may;
  const { carrier, number } = may.value.waybill;
  if ((await deps.waybills.claim(number, shipment.id)) === "taken") return refuse("shipment.waybill-in-use");
  return accept(correctWaybill(may.value, deps.followingOf(carrier, "waybill"), reason, command));
};

export const settleShipmentEndpoint = (deps: SendingDeps) =>
  endpoint(settleShipment, async (request) => {
    const officer = officerOf(request.caller, request.body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    return acting(deps, settleShipment.operation, request, {
      may: isOfDepartment,
      notFound: "shipment.not-found",
      officer,
      decide: (shipment, command) => {
        const { body } = request;
        return body.action === "correct-waybill"
          ? corrected(deps, shipment, body, command)
          : settled(shipment, body, command);
      },
    });
  });
