import {
  listShipmentsToSend,
  readShipmentAddress,
  sendShipment,
  settleShipment,
} from "#shared/contracts/http/logistics.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { type CarrierCode, waybillOf } from "../domain/carriers.ts";
import { settleShipment as settled } from "../domain/follow-parcel.ts";
import type { CarrierOrders } from "../domain/ports.ts";
import { maySend, sendShipment as sent, type Waybill } from "../domain/request-shipment.ts";
import type { Address, Change, Command, Following, Shipment } from "../domain/shipment.ts";
import { acting, type Deps, ofDepartment, officerOf } from "./acting.ts";

export type How = "waybill" | "order";

export interface SendingDeps extends Deps {
  readonly orders: CarrierOrders;
  /** Who tells of a parcel's journey. */
  readonly followingOf: (carrier: CarrierCode, how: How) => Following;
}

type SendRefusal =
  | "shipment.not-to-send"
  | "shipment.waybill-malformed"
  | "shipment.waybill-in-use"
  | "shipment.carrier-refused"
  | "shipment.carrier-takes-no-orders";

/** The number the carrier gives. The order bears the shipment's id and how often it was sent: a repeat gets the same number. */
const ordered = async (
  { orders }: SendingDeps,
  shipment: Shipment,
  carrier: CarrierCode,
  counter: Address,
): Promise<Decision<Waybill, SendRefusal>> => {
  if (!orders.takes(carrier)) return refuse("shipment.carrier-takes-no-orders");
  const may = maySend(shipment);
  if (!may.ok) return may;
  const toCounter = shipment.direction === "to-counter";
  const answer = await orders.place(carrier, {
    reference: `${shipment.id}-${shipment.earlier.length}`,
    from: toCounter ? shipment.address : counter,
    to: toCounter ? counter : shipment.address,
    paidBy: shipment.fee.kind === "on-delivery" ? "receiver" : "sender",
  });
  return "refused" in answer
    ? refuse("shipment.carrier-refused", answer.refused)
    : accept({ carrier, number: waybillOf(answer.number) });
};

const typed = (shipment: Shipment, waybill: Waybill): Decision<Waybill, SendRefusal> => {
  const may = maySend(shipment, waybill);
  return may.ok ? accept(may.value ?? waybill) : may;
};

/** The number is claimed before it is entered: a carrier's push finds it, or is parked and found. */
const send = async (
  deps: SendingDeps,
  shipment: Shipment,
  how: How,
  waybill: Decision<Waybill, SendRefusal>,
  command: Command,
): Promise<Decision<Change, SendRefusal>> => {
  if (!waybill.ok) return waybill;
  const { carrier, number } = waybill.value;
  if ((await deps.waybills.claim(number, shipment.id)) === "taken") return refuse("shipment.waybill-in-use");
  return sent(shipment, waybill.value, deps.followingOf(carrier, how), command);
};

export const sendShipmentEndpoint = (deps: SendingDeps) =>
  endpoint(sendShipment, async (request) => {
    const { by } = request.body;
    const officer = officerOf(request.caller, request.body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    return acting(deps, sendShipment.operation, request, {
      may: ofDepartment,
      notFound: "shipment.not-found",
      officer,
      decide: async (shipment, command) =>
        send(
          deps,
          shipment,
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
    if (!shipment || !ofDepartment(caller, shipment)) return refuse("shipment.not-found");
    const officer = officerOf(caller, body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    await deps.shipments.recordReading({
      id: newId(),
      shipment,
      at: deps.now(),
      client: caller.client,
      officer,
      purpose: body.purpose,
    });
    return accept({ address: shipment.address });
  });

export const settleShipmentEndpoint = (deps: Deps) =>
  endpoint(settleShipment, async (request) => {
    const officer = officerOf(request.caller, request.body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    return acting(deps, settleShipment.operation, request, {
      may: ofDepartment,
      notFound: "shipment.not-found",
      officer,
      decide: (shipment, command) => settled(shipment, request.body, command),
    });
  });
