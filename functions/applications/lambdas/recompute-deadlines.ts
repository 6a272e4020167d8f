import { deployed } from "../deployed.ts";
import { recomputeDeadlines } from "../recompute-deadlines.ts";

export const handler = recomputeDeadlines(deployed);
