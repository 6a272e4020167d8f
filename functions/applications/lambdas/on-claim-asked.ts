import { onClaimAsked } from "../consumers/on-claim-asked.ts";
import { deployed } from "../deployed.ts";

export const handler = onClaimAsked(deployed);
