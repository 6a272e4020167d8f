import { onPaymentChanged } from "../consumers/on-payment-changed.ts";
import { now, shipments } from "../deployed.ts";

export const handler = onPaymentChanged({ shipments, now });
