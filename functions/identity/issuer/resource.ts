import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from "oidc-provider";
import { API_AUDIENCE } from "./audience.ts";
import { factsOf, openIdScopes } from "./registered-clients.ts";
import { claimsOf } from "./token-accounts.ts";
import { scopesOfRoles, scopesOfUsers } from "./token-scopes.ts";

export const ACCESS_TOKEN_SECONDS = 15 * 60;

/**
 * The API as a resource server (RFC 8707): which scopes a token for it may carry. A client by itself: those it is registered
 * with. With people signed in: those of persons or staff among them; and of staff only what their roles hold.
 */
export const apiResource = (ctx: KoaContextWithOIDC, resource: string, client: Client): ResourceServer => {
  if (resource !== API_AUDIENCE) throw new errors.InvalidTarget();
  const registered = (client.scope ?? "").split(" ");
  const allowed = isClientAlone(ctx) ? registered : scopesOfUsers(registered, factsOf(client).users);
  refuseUnknown(ctx, allowed);
  const claims = claimsOf(ctx.oidc.account);
  const held = claims?.kind === "staff" ? scopesOfRoles(allowed, claims.staff.roles.split(" ")) : allowed;
  return {
    scope: held.join(" "),
    audience: API_AUDIENCE,
    accessTokenFormat: "jwt",
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    // Signed by the first key of the set, which is the current one.
    jwt: { sign: { alg: "ES256" } },
  };
};

const isClientAlone = ({ oidc }: KoaContextWithOIDC): boolean =>
  oidc.route === "token" && oidc.params?.grant_type === "client_credentials";

/** The provider would leave out what it does not know; a client should hear of it. */
const refuseUnknown = (ctx: KoaContextWithOIDC, allowed: readonly string[]): void => {
  const known = new Set<string>([...allowed, ...(isClientAlone(ctx) ? [] : [...openIdScopes, "offline_access"])]);
  const unknown = [...ctx.oidc.requestParamScopes].find((scope) => !known.has(scope));
  if (unknown) throw new errors.InvalidScope("requested scope is not allowed", unknown);
};
