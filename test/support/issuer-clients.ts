import type { Client, ClientKey } from "#functions/identity/domain/client.ts";
import { CALLBACK, GOODBYE } from "./issuer-stage.ts";

const web = {
  grants: ["authorization_code", "refresh_token"],
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: [GOODBYE],
  channel: "portal",
} as const;

/** Clients with which people sign in, each of another kind. */
export const signInClients: readonly (Partial<Client> & Pick<Client, "id">)[] = [
  {
    id: "portal",
    ...web,
    grants: [...web.grants],
    redirectUris: [...web.redirectUris],
    postLogoutRedirectUris: [...web.postLogoutRedirectUris],
    firstParty: true,
    scopes: ["persons:self", "personal:read"],
  },
  {
    id: "spa",
    grants: ["authorization_code", "refresh_token"],
    authentication: "none",
    redirectUris: [CALLBACK],
    firstParty: true,
  },
  {
    id: "shop",
    grants: ["authorization_code"],
    redirectUris: ["https://shop.example/cb"],
    scopes: ["persons:self", "messages:read"],
  },
  {
    id: "app",
    grants: ["authorization_code", "refresh_token"],
    authentication: "none",
    application: "native",
    redirectUris: ["cn.gov.yimen:/cb"],
    firstParty: true,
  },
  {
    id: "desk",
    grants: ["authorization_code"],
    redirectUris: [CALLBACK],
    users: "staff",
    firstParty: true,
    scopes: ["counter:assist", "staff:manage"],
  },
  { id: "bank", grants: ["authorization_code"], redirectUris: [CALLBACK], firstParty: true, acr: "3" },
];

/** Clients whose sign-ins and tokens the bench measures; a test counts the same. */
export const measuredClients: readonly (Partial<Client> & Pick<Client, "id">)[] = [
  { id: "portal", grants: ["authorization_code", "refresh_token"], redirectUris: [CALLBACK], firstParty: true },
  {
    id: "mini-program",
    grants: ["urn:yimen:grant:password", "refresh_token", "client_credentials"],
    firstParty: true,
  },
];

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/** Clients of every other way to tokens: one told of sign-outs at its address, one with a key of its own. */
export const tokenClients = ({
  logoutUri,
  keys,
}: {
  readonly logoutUri?: string;
  readonly keys: ClientKey[];
}): readonly (Partial<Client> & Pick<Client, "id">)[] => [
  {
    id: "portal",
    grants: ["authorization_code", "refresh_token"],
    redirectUris: [CALLBACK],
    postLogoutRedirectUris: [GOODBYE],
    backchannelLogoutUri: logoutUri,
    firstParty: true,
  },
  {
    id: "spa",
    grants: ["authorization_code", "refresh_token"],
    authentication: "none",
    redirectUris: [CALLBACK],
    firstParty: true,
  },
  {
    id: "terminal",
    name: "自助终端",
    grants: [DEVICE, "refresh_token"],
    authentication: "none",
    firstParty: true,
    channel: "terminal",
  },
  {
    id: "mini-program",
    grants: ["urn:yimen:grant:password", "urn:yimen:grant:phone-code", "refresh_token", "client_credentials"],
    firstParty: true,
    scopes: ["persons:self", "personal:read", "applications:read", "persons:contact"],
    channel: "mobile",
  },
  {
    id: "counter",
    grants: ["authorization_code", "urn:yimen:grant:counter-session"],
    redirectUris: [CALLBACK],
    users: "staff",
    firstParty: true,
    scopes: ["counter:assist", "persons:self"],
    channel: "window",
  },
  {
    id: "other-counter",
    grants: ["urn:yimen:grant:counter-session"],
    users: "staff",
    firstParty: true,
    scopes: ["persons:self"],
  },
  {
    id: "land-bureau",
    authentication: "private-key",
    keys,
    scopes: ["applications:decide"],
    department: "11440606MB2D26310W",
    division: "440606",
  },
];
