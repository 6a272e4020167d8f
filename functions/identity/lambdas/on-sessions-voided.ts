import { onSessionsVoided } from "../consumers/on-sessions-voided.ts";
import { deployedIssuer } from "../deployed-issuer.ts";
import { warmSignOut } from "../issuer/sign-out-before.ts";

export const handler = onSessionsVoided({ signOutBefore: warmSignOut(await deployedIssuer()) });
