import { documentClient } from "#shared/runtime/dynamo.ts";
import { onProgress } from "../consumers/on-progress.ts";
import { deployedPeople } from "../deployed-people.ts";
import { deployedTeller } from "../deployed-teller.ts";

const client = documentClient();

export const handler = onProgress({ ...(await deployedTeller(client)), ...(await deployedPeople(client)) });
