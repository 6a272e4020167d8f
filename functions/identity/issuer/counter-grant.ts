import type Provider from "oidc-provider";
import { errors, type TokenEndpointGrantContext } from "oidc-provider";
import type { Accounts } from "../accounts/accounts.ts";
import { API_AUDIENCE } from "./audience.ts";
import type { ClerkTokens } from "./clerk-tokens.ts";
import { ACCESS_TOKEN_SECONDS } from "./resource.ts";
import { type AccountSource, tokenAccount } from "./token-accounts.ts";
import { scopesOfUsers } from "./token-scopes.ts";

/**
 * A token of the applicant who stands at the counter, for the clerk who opened the visit and no one else. It cannot be
 * refreshed, and no grant stands behind it: the authorizer asks whether the visit is still open.
 */
export const counterGrant = async (
  ctx: TokenEndpointGrantContext<Record<string, unknown>>,
  provider: Provider,
  accounts: AccountSource & Pick<Accounts, "counterClaims">,
  clerks: ClerkTokens,
  { session, clerk_token }: { session: string; clerk_token: string },
): Promise<void> => {
  const { client, params } = ctx.oidc;
  const clerk = await clerks(clerk_token, client.clientId);
  // It may be good for minutes yet, and void already.
  const serves = clerk && (await accounts.staffClaims(clerk.staff, clerk.signedInAt));
  const decision = serves && (await accounts.counterClaims(serves.staff, session));
  if (!decision?.ok) throw new errors.InvalidGrant("counter.not-found");
  const acting = decision.value;

  const allowed = scopesOfUsers((client.scope ?? "").split(" "), "persons");
  const wanted = typeof params.scope === "string" ? params.scope.split(" ").filter(Boolean) : [];
  const unregistered = wanted.find((scope) => !allowed.includes(scope));
  if (unregistered) throw new errors.InvalidScope("requested scope is not allowed", unregistered);

  ctx.oidc.entity("Account", tokenAccount(ctx, acting.sub, accounts, { kind: "person", acting }));
  const token = new provider.AccessToken({
    accountId: acting.sub,
    client,
    gty: String(params.grant_type),
    grantId: session,
  });
  token.resourceServer = new provider.ResourceServer(API_AUDIENCE, {
    scope: allowed.join(" "),
    audience: API_AUDIENCE,
    accessTokenFormat: "jwt",
    accessTokenTTL: ACCESS_TOKEN_SECONDS,
    jwt: { sign: { alg: "ES256" } },
  });
  token.scope = wanted.join(" ");
  ctx.oidc.entity("AccessToken", token);
  ctx.body = {
    access_token: await token.save(),
    expires_in: token.expiration,
    ...(token.scope && { scope: token.scope }),
    token_type: token.tokenType,
  };
};
