import { documentClient } from "#shared/runtime/dynamo.ts";
import { deployedPeople } from "../deployed-people.ts";
import { deployedTeller } from "../deployed-teller.ts";
import { sweepDue } from "../sweep-due.ts";

const client = documentClient();

export const handler = sweepDue({ ...(await deployedTeller(client)), ...(await deployedPeople(client)) });
