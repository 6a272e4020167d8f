import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import * as z from "zod";
import { API_AUDIENCE } from "./audience.ts";

const Claims = z.object({
  staff: z.string(),
  client_id: z.string(),
  iat: z.number(),
  auth_time: z.number().optional(),
});

/**
 * Reads an access token of our own: whose it is, if it is a member of staff's and came through that client, and when they signed
 * in, in seconds since 1970.
 */
export type ClerkTokens = (
  token: string,
  client: string,
) => Promise<{ readonly staff: string; readonly signedInAt: number } | undefined>;

export const clerkTokens = (issuer: string, publicKeys: JSONWebKeySet): ClerkTokens => {
  const keys = createLocalJWKSet(publicKeys);
  return async (token, client) => {
    const verified = await jwtVerify(token, keys, {
      issuer,
      audience: API_AUDIENCE,
      algorithms: ["ES256"],
      typ: "at+jwt",
      requiredClaims: ["exp"],
    }).catch(() => undefined);
    const claims = Claims.safeParse(verified?.payload);
    if (!claims.success || claims.data.client_id !== client) return undefined;
    const { staff, iat, auth_time: signedInAt = iat } = claims.data;
    return { staff, signedInAt };
  };
};
