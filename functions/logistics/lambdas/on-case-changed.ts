import { onCaseChanged } from "../consumers/on-case-changed.ts";
import { cases, now, shipments } from "../deployed.ts";

export const handler = onCaseChanged({ cases, shipments, now });
