import { accept, type Decision, type Refusal, refuse } from "#shared/kernel/decision.ts";
import type { DivisionCode } from "#shared/kernel/divisions.ts";
import { fingerprint } from "#shared/kernel/ids.ts";
import { isBackchannelUri, isRedirectUri } from "./client-uris.ts";

/** What a client's id looks like; nothing else need be looked for. */
export const CLIENT_ID = /^[a-z0-9][a-z0-9-]{1,62}$/;

/** The grants by which our own channels sign people in without our pages. */
const DIRECT_GRANTS = [
  "urn:yimen:grant:password",
  "urn:yimen:grant:phone-code",
  "urn:yimen:grant:counter-session",
] as const;

/** OAuth names of what a client may ask tokens by. */
export const GRANT_TYPES = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "urn:ietf:params:oauth:grant-type:device_code",
  ...DIRECT_GRANTS,
] as const;
export type GrantType = (typeof GRANT_TYPES)[number];

/** The public part of an ES256 key. */
export interface ClientKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly kid?: string | undefined;
  readonly x: string;
  readonly y: string;
}

/** A program that calls the API, by itself or for people who sign in with it: a channel's or a department's. */
export interface Client {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  /** SHA-256 of the secret; the secret itself is nowhere kept. Empty for a client that has none. */
  readonly secretHash: string;
  readonly scopes: string[];
  /** Where what it brings came in. */
  readonly channel?: string | undefined;
  /** The department it acts for, by its unified social credit code, and the division it serves. */
  readonly department?: string | undefined;
  readonly division?: DivisionCode | undefined;

  /** Only client credentials unless told. */
  readonly grants?: GrantType[] | undefined;
  /** How it proves who it is: by its secret unless told; "none" for programs on people's own devices. */
  readonly authentication?: "secret" | "private-key" | "none" | undefined;
  readonly keys?: ClientKey[] | undefined;
  /** "native": an app on a device. */
  readonly application?: "web" | "native" | undefined;
  /** Compared character by character; of loopback addresses of native apps, without the port (RFC 8252, 7.3). */
  readonly redirectUris?: string[] | undefined;
  readonly postLogoutRedirectUris?: string[] | undefined;
  readonly backchannelLogoutUri?: string | undefined;
  /** Ours: people are not asked whether it may see what it was registered for. */
  readonly firstParty?: boolean | undefined;
  /** Whose accounts sign in with it: persons' unless told. */
  readonly users?: "persons" | "staff" | undefined;
  /** The least assurance with which people sign in here, unless a request wants more. */
  readonly acr?: "1" | "2" | "3" | undefined;
}

type ClientProblem =
  | "client.channel-missing"
  | "client.department-missing"
  | "client.division-missing"
  | "client.redirect-uri-missing"
  | "client.redirect-uri-invalid"
  | "client.logout-uri-invalid"
  | "client.keys-missing"
  | "client.secret-needed"
  | "client.first-party-only"
  | "client.staff-only";
export type ClientRefusal = ClientProblem | "client.unchanged";

const needsChannel = new Set(["applications:submit"]);
const needsDepartment = new Set([
  "applications:decide",
  "applications:personal",
  "applications:supervise",
  "catalogue:manage",
  "payments:refund",
  "shipments:manage",
  "webhooks:manage",
  "events:read",
]);

/**
 * What no program of others may do, whoever agrees to it: bind people, take all that is held of them, lock them out. A mandate
 * granted by a stranger's program would be the stranger's key.
 */
const needsFirstParty = new Set(["persons:manage", "organisations:manage", "mandates:manage"]);

/** Registers a client, or changes what it is registered with. Refused when nothing would change. */
export const registerClient = (
  current: Client | undefined,
  registration: Omit<Client, "version">,
): Decision<Client, ClientRefusal> => {
  const problem = problemOf(registration);
  if (problem) return refuse(problem.code, problem.detail);
  const wanted = { ...registration, scopes: [...new Set(registration.scopes)].sort() };
  if (!current) return accept({ ...wanted, version: 1 });
  const { version, ...known } = current;
  return fingerprint(known) === fingerprint(wanted)
    ? refuse("client.unchanged")
    : accept({ ...wanted, version: version + 1 });
};

/** What it may ask tokens by. */
export const grantsOf = ({ grants = ["client_credentials"] }: Pick<Client, "grants">): readonly GrantType[] => grants;

const problemOf = (client: Omit<Client, "version">): Refusal<ClientProblem> | undefined => {
  const submits = client.scopes.find((scope) => needsChannel.has(scope));
  if (submits && !client.channel) return { code: "client.channel-missing", detail: submits };
  const decides = client.scopes.find((scope) => needsDepartment.has(scope));
  // Staff bring their own department.
  if (decides && !client.department && client.users !== "staff")
    return { code: "client.department-missing", detail: decides };
  if (client.department && !client.division) return { code: "client.division-missing", detail: client.department };
  const binds = client.scopes.find((scope) => needsFirstParty.has(scope));
  if (binds && !client.firstParty) return { code: "client.first-party-only", detail: binds };
  return proofProblem(client) ?? signInProblem(client);
};

const proofProblem = (client: Omit<Client, "version">): Refusal<ClientProblem> | undefined => {
  if (client.authentication === "private-key" && !client.keys?.length) return { code: "client.keys-missing" };
  // What anyone can read out of an app proves nothing.
  const proven = grantsOf(client).find(
    (grant) => grant === "client_credentials" || DIRECT_GRANTS.includes(grant as never),
  );
  if (client.authentication === "none" && proven) return { code: "client.secret-needed", detail: proven };
  return undefined;
};

const signInProblem = (client: Omit<Client, "version">): Refusal<ClientProblem> | undefined => {
  const grants = grantsOf(client);
  if (grants.includes("authorization_code") && !client.redirectUris?.length)
    return { code: "client.redirect-uri-missing" };
  const wrong = [...(client.redirectUris ?? []), ...(client.postLogoutRedirectUris ?? [])].find(
    (uri) => !isRedirectUri(uri, client.application ?? "web"),
  );
  if (wrong !== undefined) return { code: "client.redirect-uri-invalid", detail: wrong };
  if (client.backchannelLogoutUri && !isBackchannelUri(client.backchannelLogoutUri))
    return { code: "client.logout-uri-invalid", detail: client.backchannelLogoutUri };
  const direct = grants.find((grant) => DIRECT_GRANTS.includes(grant as never));
  if (direct && !client.firstParty) return { code: "client.first-party-only", detail: direct };
  if (grants.includes("urn:yimen:grant:counter-session") && client.users !== "staff")
    return { code: "client.staff-only", detail: "urn:yimen:grant:counter-session" };
  return undefined;
};
