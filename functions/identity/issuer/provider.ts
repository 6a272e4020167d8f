import Provider, { type AdapterFactory, type Configuration, errors } from "oidc-provider";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import { logger } from "#shared/runtime/logger.ts";
import type { ClientStore } from "../domain/ports.ts";
import { API_AUDIENCE } from "./audience.ts";
import { clerkTokens } from "./clerk-tokens.ts";
import { isSecretOf } from "./client-secret.ts";
import { type DirectAccounts, registerDirectGrants } from "./direct-grants.ts";
import { needsPurpose } from "./direct-tokens.ts";
import { loadGrant } from "./grants.ts";
import type { IssuerPages } from "./interactions.ts";
import { issuerPageSources, secureHeaders } from "./page-sources.ts";
import { promptPolicy } from "./policy.ts";
import { clientMetadata, openIdScopes, registeredClients } from "./registered-clients.ts";
import { ACCESS_TOKEN_SECONDS, apiResource } from "./resource.ts";
import { cookieKeys, signingKeysAt } from "./signing-keys.ts";
import { parsePrincipal } from "./subjects.ts";
import { accessTokenClaims, findAccount } from "./token-accounts.ts";
import { apiScopes } from "./token-scopes.ts";

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A browser's session ends after a working day of doing nothing; its grants that long after they were made. */
const SESSION_SECONDS = 8 * HOUR;
/** An app on a person's own device signs them in anew after so long, however often it is used. */
const APP_SECONDS = 30 * DAY;

export interface IssuerParts {
  /** Its URL, which is also where it is mounted. */
  readonly issuer: string;
  readonly clients: ClientStore;
  readonly models: AdapterFactory;
  readonly accounts: DirectAccounts;
  readonly pages: IssuerPages;
}

const lifeOf = (client: { applicationType?: string | undefined } | undefined): number =>
  client?.applicationType === "native" ? APP_SECONDS : SESSION_SECONDS;

/** The OpenID provider with the keys of a moment, in milliseconds since 1970. */
export const createProvider = async (
  { issuer, clients, models, accounts, pages }: IssuerParts,
  ring: KeyRing,
  at: number,
): Promise<Provider> => {
  const keys = await signingKeysAt(ring, at);
  const isSecure = new URL(issuer).protocol === "https:";
  const sources = issuerPageSources(pages);
  const configuration: Configuration = {
    adapter: (model) => (model === "Client" ? registeredClients(clients, issuer) : models(model)),
    jwks: { keys: [...keys.all] },
    cookies: {
      keys: cookieKeys(ring),
      // Prefixed, no other host and no unsafe connection can put one into a browser (RFC 6265bis, 4.1.3).
      names: isSecure
        ? { session: "__Host-yimen", interaction: "__Secure-yimen-page", resume: "__Secure-yimen-resume" }
        : { session: "yimen", interaction: "yimen-page", resume: "yimen-resume" },
      long: { httpOnly: true, sameSite: "lax", signed: true, path: "/" },
      short: { httpOnly: true, sameSite: "lax", signed: true },
    },
    scopes: [...openIdScopes, ...apiScopes],
    claims: {
      openid: ["sub", "acr", "amr", "auth_time", "act_for", "staff", "roles", "department", "division"],
      profile: ["name"],
      phone: ["phone_number"],
    },
    acrValues: ["0", "1", "2", "3"],
    responseTypes: ["code", "none"],
    subjectTypes: ["public"],
    pkce: { required: () => true },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
    // What is kept of a secret is its hash, so no client may use its secret as a signing key.
    enabledJWA: {
      idTokenSigningAlgValues: ["ES256"],
      requestObjectSigningAlgValues: ["ES256"],
      clientAuthSigningAlgValues: ["ES256"],
    },
    clientDefaults: {
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: "ES256",
      token_endpoint_auth_method: "client_secret_basic",
    },
    // A redirect URI is always said, and compared whole.
    allowOmittingSingleRegisteredRedirectUri: false,
    extraClientMetadata: { properties: [...clientMetadata] },
    extraParams: {
      principal: (_ctx, principal) => {
        if (principal !== undefined && !parsePrincipal(principal))
          throw new errors.InvalidRequest("principal is malformed");
      },
      purpose: (ctx, purpose) => needsPurpose(ctx.oidc.requestParamScopes, purpose),
    },
    interactions: {
      policy: promptPolicy(accounts),
      url: (_ctx, { uid }) => `/interaction/${uid}`,
    },
    findAccount: findAccount(accounts),
    loadExistingGrant: loadGrant(accounts),
    extraTokenClaims: (ctx) => accessTokenClaims(ctx),
    // Logout revokes the grants of a session, so that tokens need not look the session up at every use.
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    revokeGrantPolicy: () => true,
    // Programs in a browser are answered at their own origins only.
    clientBasedCORS: (_ctx, origin, client) =>
      origin !== "null" && (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin),
    renderError: sources.renderError,
    ttl: {
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: 60,
      DeviceCode: 600,
      IdToken: HOUR,
      Interaction: 1800,
      Session: SESSION_SECONDS,
      Grant: ({ oidc }) => lifeOf(oidc.client),
      RefreshToken: (_ctx, _token, client) => lifeOf(client),
    },
    // The provider keeps its own requests away from inner addresses; a city on one machine has no others.
    fetch: (url, options) => {
      const { dispatcher: guarded, ...rest } = options as typeof options & { dispatcher?: unknown };
      return globalThis.fetch(url, isSecure ? ({ ...rest, dispatcher: guarded } as typeof options) : rest);
    },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, deviceInfo: () => ({}), ...sources.deviceFlow },
      rpInitiatedLogout: { enabled: true, ...sources.rpInitiatedLogout },
      backchannelLogout: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API_AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: apiResource,
      },
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.Client.prototype.compareClientSecret = function (secret) {
    return isSecretOf(this.clientSecret ?? "", secret);
  };
  provider.use(secureHeaders);
  const publicKeys = keys.all.map(({ d: _private, ...key }) => key);
  registerDirectGrants(provider, accounts, clerkTokens(issuer, { keys: publicKeys }));
  observe(provider);
  return provider;
};

const observe = (provider: Provider): void => {
  provider.on("authorization.success", (ctx) => {
    const { session, client, route } = ctx.oidc;
    // Whoever signs out of a browser means its programs as well. A terminal is another device than the browser it was let in by.
    if (session && client && !route.startsWith("device_") && route !== "code_verification")
      delete session.authorizationFor(client.clientId).persistsLogout;
    logger.info("sign-in.done", { client: client?.clientId, acr: session?.acr });
  });
  provider.on("server_error", (_ctx, error) => logger.error("issuer.failed", error));
  provider.on("grant.error", (ctx, error) =>
    logger.info("issuer.refused", { code: error.message, client: ctx.oidc.client?.clientId }),
  );
  provider.on("grant.revoked", (ctx) => logger.info("grant.revoked", { client: ctx.oidc.client?.clientId }));
  provider.on("backchannel.error", (_ctx, error, client) =>
    logger.error("logout.not-told", error, { client: client.clientId }),
  );
  provider.on("grant.success", (ctx) => {
    const { body } = ctx as { body?: { access_token?: unknown } };
    if (body?.access_token) logger.info("token.issued", { client: ctx.oidc.client?.clientId });
  });
};
