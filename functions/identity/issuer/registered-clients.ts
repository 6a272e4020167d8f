import type { Adapter, AdapterPayload } from "oidc-provider";
import { CLIENT_ID, type Client, grantsOf } from "../domain/client.ts";
import type { ClientStore } from "../domain/ports.ts";
import type { Acr } from "./interactions.ts";

/** Which of our own metadata a client carries through the provider. */
export const clientMetadata = ["channel", "department", "division", "first_party", "users", "acr"] as const;

/** Scopes of OpenID itself; every client with which people sign in may ask for them. What they tell is masked. */
export const openIdScopes = ["openid", "profile", "phone"] as const;

/** The account pages, as clients of the issuer: they need no token, only that somebody is signed in. */
const ownPages = (issuer: string): ReadonlyMap<string, AdapterPayload> => {
  const page = (users: "persons" | "staff"): AdapterPayload => ({
    client_id: accountClient(users),
    client_name: "一门账户",
    token_endpoint_auth_method: "none",
    grant_types: [],
    response_types: ["none"],
    redirect_uris: [new URL("/account", issuer).href],
    scope: "openid",
    first_party: true,
    users,
  });
  return new Map((["persons", "staff"] as const).map((users) => [accountClient(users), page(users)]));
};

// No registered client can have this name: ids begin with a letter or digit.
export const accountClient = (users: "persons" | "staff"): string =>
  users === "staff" ? "-account-of-staff" : "-account";

/** The registry as oidc-provider reads it. Clients are registered by an operator, never through the provider. */
export const registeredClients = (clients: ClientStore, issuer: string): Adapter => {
  const own = ownPages(issuer);
  const never = async () => {
    throw new Error("the issuer only reads clients");
  };
  return {
    find: async (id) => {
      if (own.has(id)) return own.get(id);
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

const authenticationMethods = {
  // The provider takes a secret in the header and in the form alike.
  secret: "client_secret_basic",
  "private-key": "private_key_jwt",
  none: "none",
} as const;

const metadataOf = (client: Client): AdapterPayload => {
  const grants = [...grantsOf(client)];
  const signsPeopleIn = grants.some((grant) => grant !== "client_credentials");
  const { authentication = "secret", redirectUris = [] } = client;
  return {
    client_id: client.id,
    client_name: client.name,
    ...(authentication === "secret" && { client_secret: client.secretHash }),
    token_endpoint_auth_method: authenticationMethods[authentication],
    ...(authentication === "private-key" && {
      token_endpoint_auth_signing_alg: "ES256",
      jwks: { keys: (client.keys ?? []).map((key) => ({ ...key, use: "sig", alg: "ES256" })) },
    }),
    application_type: client.application ?? "web",
    grant_types: grants,
    response_types: grants.includes("authorization_code") ? ["code"] : [],
    redirect_uris: [...redirectUris],
    post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
    ...(client.backchannelLogoutUri && {
      backchannel_logout_uri: client.backchannelLogoutUri,
      backchannel_logout_session_required: true,
    }),
    scope: [...(signsPeopleIn ? openIdScopes : []), ...client.scopes].join(" "),
    ...(client.channel && { channel: client.channel }),
    ...(client.department && { department: client.department }),
    ...(client.division && { division: client.division }),
    first_party: client.firstParty ?? false,
    users: client.users ?? "persons",
    ...(client.acr && { acr: client.acr }),
  };
};

/** Our own part of what a client is registered with. */
export interface ClientFacts {
  readonly channel?: string | undefined;
  readonly department?: string | undefined;
  readonly division?: string | undefined;
  readonly firstParty: boolean;
  readonly users: "persons" | "staff";
  readonly acr: Acr;
}

export const factsOf = (client: { metadata(): object }): ClientFacts => {
  const { channel, department, division, first_party, users, acr } = client.metadata() as Record<string, unknown>;
  return {
    ...(typeof channel === "string" && { channel }),
    ...(typeof department === "string" && { department }),
    ...(typeof division === "string" && { division }),
    firstParty: first_party === true,
    users: users === "staff" ? "staff" : "persons",
    acr: isAcr(acr) ? acr : "0",
  };
};

export const isAcr = (value: unknown): value is Acr => typeof value === "string" && /^[0-3]$/.test(value);
