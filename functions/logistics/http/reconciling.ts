import { type Caller, isOfDepartment } from "#shared/contracts/http/caller.ts";
import {
  listShipmentDifferences,
  reconcileShipments,
  resolveReconciledShipment,
  resolveShipmentDifference,
} from "#shared/contracts/http/logistics.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { endpoint } from "#shared/runtime/endpoint.ts";
import type { Shipment } from "../domain/shipment.ts";
import { resolveDifference } from "../domain/watch-shipment.ts";
import { acting, type Deps, officerOf } from "./acting.ts";

export const listShipmentDifferencesEndpoint = (deps: Deps) =>
  endpoint(listShipmentDifferences, async ({ caller: { department, division }, query }) => {
    if (!department || !division) return refuse("request.scope-missing");
    const page = await deps.shipments.differences({ department, division }, query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

export const reconcileShipmentsEndpoint = (deps: Deps) =>
  endpoint(reconcileShipments, async ({ query }) => {
    const page = await deps.shipments.differences("everyone", query);
    return page === "bad-cursor" ? refuse("request.bad-cursor") : accept(page);
  });

const resolving = (
  deps: Deps,
  contract: typeof resolveShipmentDifference | typeof resolveReconciledShipment,
  may: (caller: Caller, shipment: Shipment) => boolean,
) =>
  endpoint(contract, async (request) => {
    const officer = officerOf(request.caller, request.body.officer);
    if (!officer) return refuse("shipment.officer-missing");
    return acting(deps, contract.operation, request, {
      may,
      notFound: "shipment.difference-not-found",
      officer,
      decide: (shipment, command) => resolveDifference(shipment, request.body.reason, command),
    });
  });

export const resolveShipmentDifferenceEndpoint = (deps: Deps) =>
  resolving(deps, resolveShipmentDifference, isOfDepartment);

/** An operator looks after the whole city's books. */
export const resolveReconciledShipmentEndpoint = (deps: Deps) => resolving(deps, resolveReconciledShipment, () => true);
