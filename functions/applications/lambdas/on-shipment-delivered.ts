import { onShipmentDelivered } from "../consumers/on-shipment-delivered.ts";
import { deployed } from "../deployed.ts";

export const handler = onShipmentDelivered(deployed);
