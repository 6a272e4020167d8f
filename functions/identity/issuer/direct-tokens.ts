import type Provider from "oidc-provider";
import { type Account, type Client, errors, type Grant, type TokenEndpointGrantContext } from "oidc-provider";
import type { SignedIn } from "../accounts/accounts.ts";
import { API_AUDIENCE } from "./audience.ts";
import { withDetails } from "./grant-details.ts";
import { addScopes } from "./grants.ts";
import { factsOf, openIdScopes } from "./registered-clients.ts";
import { apiResource } from "./resource.ts";
import { parsePrincipal } from "./subjects.ts";
import { type AccountSource, actingClaims, tokenAccount } from "./token-accounts.ts";
import { scopesOfUsers } from "./token-scopes.ts";

type Context = TokenEndpointGrantContext<Record<string, unknown>>;

/**
 * Tokens for someone who signed in by interface: as after a code, without a session.
 * @param authTime from before the sign-in was looked at, in seconds since 1970
 */
export const issueDirectly = async (
  ctx: Context,
  provider: Provider,
  source: AccountSource,
  signedIn: SignedIn,
  device: string | undefined,
  authTime: number,
): Promise<void> => {
  const { client, params } = ctx.oidc;
  const scopes = requestedScopes(client, params.scope);
  const purpose = typeof params.purpose === "string" ? params.purpose : undefined;
  needsPurpose(scopes, purpose);
  const principal = namedPrincipal(params.principal);

  const acting = await actingClaims(source, signedIn.person, principal ?? { kind: "natural", id: signedIn.person });
  // Their account may have been taken over while they were being let in.
  if (!(await source.account(signedIn.person, authTime))) throw new errors.InvalidGrant("sign-in.failed");
  const account = tokenAccount(ctx, signedIn.person, source, { kind: "person", acting, authTime });
  ctx.oidc.entity("Account", account);

  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
  addScopes(grant, scopes, []);
  grant.rar = withDetails({ principal, purpose, device });
  await grant.save();
  ctx.oidc.entity("Grant", grant);

  await answerWithTokens(ctx, provider, { account, grant, scopes, signedIn, authTime });
};

const answerWithTokens = async (
  ctx: Context,
  provider: Provider,
  {
    account,
    grant,
    scopes,
    signedIn: { amr, assurance },
    authTime,
  }: {
    readonly account: Account;
    readonly grant: Grant;
    readonly scopes: readonly string[];
    readonly signedIn: SignedIn;
    readonly authTime: number;
  },
): Promise<void> => {
  const { client } = ctx.oidc;
  const scope = scopes.join(" ");
  const authentication = { acr: String(assurance.level), amr: [...amr], authTime };
  const gty = String(ctx.oidc.params.grant_type);
  const shared = { accountId: account.accountId, client, grantId: grant.jti, gty };

  const refreshToken = client.grantTypeAllowed("refresh_token")
    ? new provider.RefreshToken({ ...shared, ...authentication, scope, resource: API_AUDIENCE, rotations: 0 })
    : undefined;
  if (refreshToken) ctx.oidc.entity("RefreshToken", refreshToken);

  const accessToken = new provider.AccessToken(shared);
  accessToken.resourceServer = new provider.ResourceServer(API_AUDIENCE, apiResource(ctx, API_AUDIENCE, client));
  accessToken.scope = grant.getResourceScopeFiltered(API_AUDIENCE, [...scopes]);
  ctx.oidc.entity("AccessToken", accessToken);
  const value = await accessToken.save();

  ctx.body = {
    access_token: value,
    expires_in: accessToken.expiration,
    ...(scopes.includes("openid") && { id_token: await idToken(ctx, provider, account, scope, authentication) }),
    ...(refreshToken && { refresh_token: await refreshToken.save() }),
    ...(accessToken.scope && { scope: accessToken.scope }),
    token_type: accessToken.tokenType,
  };
};

const idToken = async (
  ctx: Context,
  provider: Provider,
  account: Account,
  scope: string,
  { acr, amr, authTime }: { acr: string; amr: string[]; authTime: number },
): Promise<string> => {
  const claims = await account.claims("id_token", scope, {}, []);
  const token = new provider.IdToken({ ...claims, sub: account.accountId, acr, amr, auth_time: authTime }, { ctx });
  // Not in its types: which claims it tells.
  Object.assign(token, { scope });
  return token.issue({ use: "idtoken" });
};

const requestedScopes = (client: Client, scope: unknown): string[] => {
  const registered = (client.scope ?? "").split(" ");
  const allowed = new Set([...openIdScopes, ...scopesOfUsers(registered, factsOf(client).users)] as string[]);
  const wanted = typeof scope === "string" ? [...new Set(scope.split(" ").filter(Boolean))] : [];
  const unregistered = wanted.find((one) => !allowed.has(one));
  if (unregistered) throw new errors.InvalidScope("requested scope is not allowed", unregistered);
  return wanted;
};

const namedPrincipal = (principal: unknown) => {
  if (principal === undefined) return undefined;
  const named = typeof principal === "string" ? parsePrincipal(principal) : undefined;
  if (!named) throw new errors.InvalidRequest("principal is malformed");
  return named;
};

const PURPOSE_AT_MOST = 200;

/** Unmasked personal data is given out for a purpose only, which the person can read in their access log. */
export const needsPurpose = (scopes: Iterable<string>, purpose: string | undefined): void => {
  if (purpose !== undefined && (purpose.trim() === "" || purpose.length > PURPOSE_AT_MOST))
    throw new errors.InvalidRequest(`purpose is empty or longer than ${PURPOSE_AT_MOST} characters`);
  if (purpose === undefined && [...scopes].includes("personal:read"))
    throw new errors.InvalidRequest("purpose is required with the scope personal:read");
};
