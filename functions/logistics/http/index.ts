import type { Endpoint } from "#shared/runtime/endpoint.ts";
import type { Tariff } from "../domain/tariff.ts";
import {
  listShipmentDifferencesEndpoint,
  reconcileShipmentsEndpoint,
  resolveReconciledShipmentEndpoint,
  resolveShipmentDifferenceEndpoint,
} from "./reconciling.ts";
import {
  cancelShipmentEndpoint,
  listShipmentsEndpoint,
  readShipmentEndpoint,
  requestShipmentEndpoint,
} from "./requesting.ts";
import {
  listShipmentsToSendEndpoint,
  readShipmentAddressEndpoint,
  type SendingDeps,
  sendShipmentEndpoint,
  settleShipmentEndpoint,
} from "./sending.ts";

export const logisticsEndpoints = (deps: SendingDeps & { readonly tariff: Tariff }): readonly Endpoint[] => [
  requestShipmentEndpoint(deps),
  listShipmentsEndpoint(deps),
  readShipmentEndpoint(deps),
  cancelShipmentEndpoint(deps),
  listShipmentsToSendEndpoint(deps),
  readShipmentAddressEndpoint(deps),
  sendShipmentEndpoint(deps),
  settleShipmentEndpoint(deps),
  listShipmentDifferencesEndpoint(deps),
  resolveShipmentDifferenceEndpoint(deps),
  reconcileShipmentsEndpoint(deps),
  resolveReconciledShipmentEndpoint(deps),
];
