import { deployedIssuer } from "../deployed-issuer.ts";
import { issuerLambda } from "../issuer/issuer-lambda.ts";

export const handler = issuerLambda(await deployedIssuer());
