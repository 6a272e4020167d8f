import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { deployedAccounts } from "../deployed-accounts.ts";
import { identityEndpoints } from "../http/index.ts";

export const handler = httpLambda(identityEndpoints(await deployedAccounts()));
