import type Provider from "oidc-provider";
import type { AdapterPayload } from "oidc-provider";
import { logger } from "#shared/runtime/logger.ts";
import { detailsOf } from "./grant-details.ts";
import { endGrant } from "./grants.ts";
import type { DeviceSession, Interactions, Subject, Visit } from "./interactions.ts";
import { accountIdOf } from "./subjects.ts";

/** What of the provider's models can be found by account. */
export interface AccountModels {
  /** Sessions and grants of an account that have not ended. */
  listByAccount(accountId: string): Promise<readonly { readonly model: string; readonly payload: AdapterPayload }[]>;
}

type SessionsPart = Pick<Interactions, "sessionsOf" | "endSession" | "endAllSessions">;

/** Where an account is signed in: in browsers (sessions), and in apps and devices that keep tokens of their own (grants). */
export const accountSessions = (
  provider: Provider,
  models: AccountModels,
  currentOf: (visit: Visit) => Promise<string | undefined>,
): SessionsPart => {
  const listed = async (subject: Subject) => {
    const rows = await models.listByAccount(accountIdOf(subject));
    const sessions = rows.filter(({ model }) => model === "Session").map(({ payload }) => payload);
    const inSessions = new Set(sessions.flatMap(({ authorizations = {} }) => grantsIn(authorizations)));
    const grants = rows
      .filter(({ model, payload }) => model === "Grant" && !inSessions.has(payload.jti ?? ""))
      .map(({ payload }) => payload);
    return { sessions, grants };
  };

  const named = async (id: string) => {
    const client = await provider.Client.find(id);
    return { id, name: client?.clientName ?? id };
  };

  const viewOfSession = async (payload: AdapterPayload, current: string | undefined): Promise<DeviceSession> => {
    const clients = Object.keys(payload.authorizations ?? {}).filter((id) => !id.startsWith("-"));
    const [grant] = grantsIn(payload.authorizations ?? {});
    const device = grant && detailsOf((await provider.Grant.find(grant)) ?? {}).device;
    return {
      kind: "session",
      id: payload.uid ?? "",
      since: instantOf(payload.loginTs ?? payload.iat),
      until: instantOf(payload.exp),
      ...(device && { device }),
      clients: await Promise.all(clients.map(named)),
      scopes: [],
      current: payload.uid === current,
    };
  };

  const viewOfGrant = async (payload: AdapterPayload): Promise<DeviceSession> => {
    const { device } = detailsOf(payload);
    const { scope } = (payload as { openid?: { scope?: string } }).openid ?? {};
    return {
      kind: "grant",
      id: payload.jti ?? "",
      since: instantOf(payload.iat),
      until: instantOf(payload.exp),
      ...(device && { device }),
      clients: [await named(payload.clientId ?? "")],
      scopes: (scope ?? "").split(" ").filter(Boolean),
      current: false,
    };
  };

  /** Ends it with all that hangs on it, and answers who is to hear of it. */
  const endBrowserSession = async (payload: AdapterPayload): Promise<readonly SignedOut[]> => {
    const session = await provider.Session.find(payload.jti ?? "");
    if (!session) return [];
    await session.destroy();
    const authorizations = Object.entries(session.authorizations ?? {});
    await Promise.all(authorizations.map(([, { grantId }]) => endGrantById(provider, grantId)));
    return authorizations.map(([client, { sid }]) => ({ client, sid }));
  };

  const endListed = async (subject: Subject, which: (id: string) => boolean): Promise<number> => {
    const { sessions, grants } = await listed(subject);
    const endedSessions = sessions.filter(({ uid = "" }) => which(uid));
    const endedGrants = grants.filter(({ jti = "" }) => which(jti));
    const ofSessions = await Promise.all(endedSessions.map(endBrowserSession));
    await Promise.all(endedGrants.map(({ jti }) => endGrantById(provider, jti)));
    // Everything has ended before anyone is told: a client that is slow to listen keeps nobody signed in.
    const ofGrants = endedGrants.map(({ clientId = "" }): SignedOut => ({ client: clientId }));
    const accountId = accountIdOf(subject);
    await Promise.all(
      [...ofSessions.flat(), ...ofGrants].map(({ client, sid }) => tellClient(provider, client, accountId, sid)),
    );
    return endedSessions.length + endedGrants.length;
  };

  return {
    async sessionsOf(subject, visit) {
      const current = visit && (await currentOf(visit));
      const { sessions, grants } = await listed(subject);
      const views = await Promise.all([
        ...sessions.map((payload) => viewOfSession(payload, current)),
        ...grants.map(viewOfGrant),
      ]);
      return views.sort((one, other) => other.since.localeCompare(one.since));
    },
    endSession: async (subject, id) => (await endListed(subject, (one) => one === id)) > 0,
    endAllSessions: (subject, except) => endListed(subject, (one) => one !== except),
  };
};

const grantsIn = (authorizations: NonNullable<AdapterPayload["authorizations"]>): string[] =>
  Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);

const instantOf = (seconds: number | undefined): string => new Date((seconds ?? 0) * 1000).toISOString();

const endGrantById = async (provider: Provider, id: string | undefined): Promise<void> => {
  const grant = id === undefined ? undefined : await provider.Grant.find(id, { ignoreExpiration: true });
  if (grant) await endGrant(provider, grant);
};

/** A client that someone is no longer signed in with; without a session when it kept tokens of its own. */
interface SignedOut {
  readonly client: string;
  readonly sid?: string | undefined;
}

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
