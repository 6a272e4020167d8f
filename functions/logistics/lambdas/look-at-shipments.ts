import { now, patience, shipments } from "../deployed.ts";
import { lookAtShipments } from "../look-at-shipments.ts";

export const handler = lookAtShipments({ shipments, patience, now });
