import { onOrderSettled } from "../consumers/on-order-settled.ts";
import { deployed } from "../deployed.ts";

export const handler = onOrderSettled(deployed);
