import type Provider from "oidc-provider";
import type { AdapterPayload } from "oidc-provider";
import { logger } from "#shared/runtime/logger.ts";
import { endGrant } from "./grants.ts";

/** A client that someone is no longer signed in with; without a session when it kept tokens of its own. */
export interface SignedOut {
  readonly client: string;
  readonly sid?: string | undefined;
}

export const grantsIn = (authorizations: AdapterPayload["authorizations"] = {}): string[] =>
  Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);

export const endGrantById = async (provider: Provider, id: string | undefined): Promise<void> => {
  const grant = id === undefined ? undefined : await provider.Grant.find(id, { ignoreExpiration: true });
  if (grant) await endGrant(provider, grant);
};

/** Ends it with all that hangs on it, and answers who is to hear of it. */
export const endBrowserSession = async (provider: Provider, payload: AdapterPayload): Promise<readonly SignedOut[]> => {
  const session = await provider.Session.find(payload.jti ?? "");
  if (!session) return [];
  await session.destroy();
  const authorizations = Object.entries(session.authorizations ?? {});
  await Promise.all(authorizations.map(([, { grantId }]) => endGrantById(provider, grantId)));
  return authorizations.map(([client, { sid }]) => ({ client, sid }));
};

/** Tells clients that an account is signed out; who does not listen is logged. */
export const tellClients = async (
  provider: Provider,
  accountId: string,
  signedOut: readonly SignedOut[],
): Promise<void> => {
  await Promise.all(signedOut.map(({ client, sid }) => tellClient(provider, client, accountId, sid)));
};

/** What the provider's types leave out of a client. */
interface LoggedOut {
  readonly backchannelLogoutUri?: string | undefined;
  backchannelLogout(accountId: string, sid: string | undefined): Promise<void>;
}

/** OpenID Connect Back-Channel Logout 1.0. A client that does not hear it is found out at its next refresh. */
const tellClient = async (
  provider: Provider,
  clientId: string,
  accountId: string,
  sid: string | undefined,
): Promise<void> => {
  const client = (await provider.Client.find(clientId)) as LoggedOut | undefined;
  if (!client?.backchannelLogoutUri) return;
  try {
    await client.backchannelLogout(accountId, sid);
  } catch (error) {
    logger.error("logout.not-told", error, { client: clientId });
  }
};
