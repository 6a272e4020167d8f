import { documentClient } from "#shared/runtime/dynamo.ts";
import { onMinutePassed } from "../consumers/on-minute-passed.ts";
import { deployedPeople } from "../deployed-people.ts";
import { deployedTeller } from "../deployed-teller.ts";

const client = documentClient();

export const handler = onMinutePassed({ ...(await deployedTeller(client)), ...(await deployedPeople(client)) });
