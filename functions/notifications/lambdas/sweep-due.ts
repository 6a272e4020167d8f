import { documentClient } from "#shared/runtime/dynamo.ts";
import { onMinutePassed } from "../consumers/on-minute-passed.ts";
import { deployedTeller } from "../deployed-teller.ts";

export const handler = onMinutePassed(await deployedTeller(documentClient()));
