import { onHourPassed } from "../consumers/on-hour-passed.ts";
import { now, patience, shipments } from "../deployed.ts";

export const handler = onHourPassed({ shipments, patience, now });
