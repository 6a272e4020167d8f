import type Provider from "oidc-provider";
import type { AdapterPayload } from "oidc-provider";
import { endBrowserSession, endGrantById, grantsIn, type SignedOut, tellClients } from "./ending-sessions.ts";
import { detailsOf } from "./grant-details.ts";
import type { DeviceSession, Interactions, Subject, Visit } from "./interactions.ts";
import { accountIdOf } from "./subjects.ts";

/** What of the provider's models can be found by account. */
export interface AccountModels {
  /** Sessions and grants of an account that have not ended, and clients not yet told of some that have. It may lag behind. */
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
    const inSessions = new Set(sessions.flatMap(({ authorizations }) => grantsIn(authorizations)));
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
    const [grant] = grantsIn(payload.authorizations);
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

  const endListed = async (subject: Subject, which: (id: string) => boolean): Promise<number> => {
    const { sessions, grants } = await listed(subject);
    const endedSessions = sessions.filter(({ uid = "" }) => which(uid));
    const endedGrants = grants.filter(({ jti = "" }) => which(jti));
    const ofSessions = await Promise.all(endedSessions.map((session) => endBrowserSession(provider, session)));
    await Promise.all(endedGrants.map(({ jti }) => endGrantById(provider, jti)));
    // Everything has ended before anyone is told: a client that is slow to listen keeps nobody signed in.
    const ofGrants = endedGrants.map(({ clientId = "" }): SignedOut => ({ client: clientId }));
    await tellClients(provider, accountIdOf(subject), [...ofSessions.flat(), ...ofGrants]);
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

const instantOf = (seconds: number | undefined): string => new Date((seconds ?? 0) * 1000).toISOString();
