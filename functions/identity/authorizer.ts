import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as z from "zod";
import { Channel, type Verdict } from "#shared/contracts/http/caller.ts";
import { API_AUDIENCE } from "./issuer/audience.ts";

const Claims = z.object({
  client_id: z.string(),
  scope: z.string().default(""),
  channel: Channel.optional(),
  department: z.string().optional(),
  division: z.string().optional(),
});

const faultsOfTheToken = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/**
 * Says who is calling. It lets everyone pass and reports: the endpoint answers with problem details, which the gateway's own
 * refusal could not be. Throws when the token could not be looked at, as when the issuer's keys are out of reach.
 */
export const authorizer =
  ({ issuer, keys }: { issuer: string; keys: JWTVerifyGetKey }) =>
  async ({ headers }: Pick<APIGatewayRequestAuthorizerEventV2, "headers">) => ({
    isAuthorized: true,
    context: await verdictOn(headers?.authorization, issuer, keys),
  });

const verdictOn = async (header: string | undefined, issuer: string, keys: JWTVerifyGetKey): Promise<Verdict> => {
  const token = /^Bearer +(.*)$/i.exec(header ?? "")?.[1];
  if (token === undefined) return { refusal: "request.token-missing" };
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: API_AUDIENCE,
      algorithms: ["ES256"],
      typ: "at+jwt",
      requiredClaims: ["exp", "client_id"],
    });
    const { client_id: client, scope, channel, department, division } = Claims.parse(payload);
    return {
      client,
      scopes: scope,
      ...(channel && { channel }),
      ...(department && { department }),
      ...(division && { division }),
    };
  } catch (error) {
    if (faultsOfTheToken.some((fault) => error instanceof fault)) return { refusal: "request.token-invalid" };
    throw error;
  }
};
