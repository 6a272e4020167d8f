import { deployed } from "../deployed.ts";
import { sweepDue } from "../sweep-due.ts";

export const handler = sweepDue(deployed);
