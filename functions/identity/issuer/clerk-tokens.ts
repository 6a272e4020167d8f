import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import * as z from "zod";
import { API_AUDIENCE } from "./audience.ts";

const Claims = z.object({ staff: z.string(), client_id: z.string() });

/** Reads an access token of our own: whose it is, if it is a member of staff's and came through that client. */
export type ClerkTokens = (token: string, client: string) => Promise<string | undefined>;

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
    return claims.success && claims.data.client_id === client ? claims.data.staff : undefined;
  };
};
