import Provider, { type Adapter, type AdapterFactory, type Configuration, errors } from "oidc-provider";
import { scopes } from "#shared/contracts/http/scopes.ts";
import type { KeyRing } from "#shared/runtime/key-ring.ts";
import { logger } from "#shared/runtime/logger.ts";
import { CLIENT_ID, type Client } from "../domain/client.ts";
import type { ClientStore } from "../domain/ports.ts";
import { API_AUDIENCE } from "./audience.ts";
import { isSecretOf } from "./client-secret.ts";
import { cookieKeys, signingKeysAt } from "./signing-keys.ts";

const ACCESS_TOKEN_SECONDS = 15 * 60;

const clientClaims = ["channel", "department", "division"] as const;

export interface IssuerParts {
  /** Its URL, which is also where it is mounted. */
  readonly issuer: string;
  readonly clients: ClientStore;
  readonly models: AdapterFactory;
}

/** The OpenID provider with the keys of a moment, in milliseconds since 1970. */
export const createProvider = async (
  { issuer, clients, models }: IssuerParts,
  ring: KeyRing,
  at: number,
): Promise<Provider> => {
  const keys = await signingKeysAt(ring, at);
  const configuration: Configuration = {
    adapter: (model) => (model === "Client" ? registeredClients(clients) : models(model)),
    jwks: { keys: [...keys.all] },
    cookies: { keys: cookieKeys(ring) },
    scopes: Object.keys(scopes),
    responseTypes: ["code"],
    clientAuthMethods: ["client_secret_basic", "client_secret_post"],
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
    extraClientMetadata: { properties: [...clientClaims] },
    extraTokenClaims: (ctx) => {
      const registered: Record<string, unknown> = ctx.oidc.client?.metadata() ?? {};
      return Object.fromEntries(clientClaims.flatMap((name) => (registered[name] ? [[name, registered[name]]] : [])));
    },
    renderError: (ctx, out) => {
      ctx.type = "json";
      ctx.body = out;
    },
    ttl: { ClientCredentials: ACCESS_TOKEN_SECONDS },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API_AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource, client) => {
          if (resource !== API_AUDIENCE) throw new errors.InvalidTarget();
          const registered = client.scope ?? "";
          // The provider would leave out what it does not know; a client should hear of it.
          const unregistered = [...ctx.oidc.requestParamScopes].find((scope) => !registered.split(" ").includes(scope));
          if (unregistered) throw new errors.InvalidScope("requested scope is not allowed", unregistered);
          return {
            scope: registered,
            audience: API_AUDIENCE,
            accessTokenFormat: "jwt",
            accessTokenTTL: ACCESS_TOKEN_SECONDS,
            jwt: { sign: { alg: "ES256", kid: keys.current.kid } },
          };
        },
      },
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.Client.prototype.compareClientSecret = function (secret) {
    return isSecretOf(this.clientSecret ?? "", secret);
  };
  provider.on("server_error", (_ctx, error) => logger.error("issuer.failed", error));
  provider.on("grant.error", (ctx, error) =>
    logger.info("issuer.refused", { code: error.message, client: ctx.oidc.client?.clientId }),
  );
  provider.on("grant.success", (ctx) => logger.info("token.issued", { client: ctx.oidc.client?.clientId }));
  return provider;
};

/** The registry as oidc-provider reads it. Clients are registered by an operator, never through the provider. */
const registeredClients = (clients: ClientStore): Adapter => {
  const never = async () => {
    throw new Error("the issuer only reads clients");
  };
  return {
    find: async (id) => {
      const client = CLIENT_ID.test(id) ? await clients.find(id) : undefined;
      return client && metadataOf(client);
    },
    upsert: never,
    findByUid: never,
    findByUserCode: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
};

const metadataOf = ({ id, name, secretHash, scopes: registered, channel, department, division }: Client) => ({
  client_id: id,
  client_name: name,
  client_secret: secretHash,
  scope: registered.join(" "),
  ...(channel && { channel }),
  ...(department && { department }),
  ...(division && { division }),
});
