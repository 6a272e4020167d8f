import { documentClient } from "#shared/runtime/dynamo.ts";
import { onWorkChanged } from "../consumers/on-work-changed.ts";
import { deployedTeller } from "../deployed-teller.ts";

export const handler = onWorkChanged(await deployedTeller(documentClient()));
