import { cancelShipment, listShipments, readShipment, requestShipment } from "#shared/contracts/http/logistics.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { answeredBefore } from "#shared/kernel/keyed.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import { cancelShipment as cancelled, requestShipment as requested } from "../domain/request-shipment.ts";
import { isOpen } from "../domain/shipment.ts";
import type { Tariff } from "../domain/tariff.ts";
import { alignWithCase, DIRECTIONS, shipmentId, shipmentsOf } from "../steps/shipments-of-case.ts";
import { acting, commandOf, type Deps, maySee, receiptOfChange } from "./acting.ts";
import { viewOf } from "./view.ts";

/** The id is made of case, direction and number: of two requests at once one writes, the other finds it open. */
export const requestShipmentEndpoint = (deps: Deps & { readonly tariff: Tariff }) =>
  endpoint(requestShipment, async (request) => {
    const { path, body, caller } = request;
    const facts = await deps.cases.find(path.id);
    if (!facts || !maySee(caller, facts)) return refuse("application.not-found");

    const command = commandOf(requestShipment.operation, request, deps.now());
    const known = await shipmentsOf(deps.shipments, path.id, body.direction);
    for (const shipment of known) {
      const before = answeredBefore(shipment, command);
      if (before) return before;
    }
    if (known.some(isOpen)) return refuse("shipment.already-open");

    const place = { id: shipmentId(path.id, body.direction, known.length), serial: known.length };
    const decision = requested(place, facts, body, deps.tariff, command);
    if (!decision.ok) return decision;
    await deps.shipments.save(decision.value);

    // Whatever happened to the case meanwhile has looked for shipments and may have found none.
    const since = await deps.cases.find(path.id);
    if (since && since.version !== facts.version) await alignWithCase(deps, decision.value.state, since);
    return accept(receiptOfChange(decision.value));
  });

export const listShipmentsEndpoint = (deps: Deps) =>
  endpoint(listShipments, async ({ path, caller }) => {
    const facts = await deps.cases.find(path.id);
    if (!facts || !maySee(caller, facts)) return refuse("application.not-found");
    const both = await Promise.all(DIRECTIONS.map((direction) => shipmentsOf(deps.shipments, path.id, direction)));
    const newestFirst = both.flat().sort((a, b) => (a.requestedAt > b.requestedAt ? -1 : 1));
    return accept({ items: newestFirst.map(viewOf) });
  });

export const readShipmentEndpoint = (deps: Deps) =>
  endpoint(readShipment, async ({ path, caller }) => {
    const shipment = await deps.shipments.find(path.id);
    return shipment && maySee(caller, shipment) ? accept(viewOf(shipment)) : refuse("shipment.not-found");
  });

export const cancelShipmentEndpoint = (deps: Deps) =>
  endpoint(cancelShipment, (request) =>
    acting(deps, cancelShipment.operation, request, {
      may: maySee,
      notFound: "shipment.not-found",
      decide: (shipment, command) => cancelled(shipment, request.body.reason, command),
    }),
  );
