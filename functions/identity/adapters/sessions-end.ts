import type { AdapterFactory, AdapterPayload } from "oidc-provider";
import type { KeptSession } from "../accounts/parts.ts";
import type { AccountModels } from "../issuer/account-sessions.ts";
import { detailsOf } from "../issuer/grant-details.ts";

/** The event that comes of the same change has them told long before. */
const UNTOLD_SECONDS = 24 * 3600;

/**
 * Ends what the issuer keeps of an account's sessions and grants, by its rows alone; for functions in which there is no provider.
 * Clients are told by on-sessions-voided.ts, from the rows that are left here for it.
 */
export const endSessionsIn =
  (models: AdapterFactory & AccountModels) =>
  async (account: string, except?: string): Promise<void> => {
    const listed = await models.listByAccount(account);
    const staying = listed.find(({ model, payload }) => model === "Session" && payload.uid === except);
    const itsGrants = Object.values(staying?.payload.authorizations ?? {}).map(({ grantId }) => grantId);
    const rows = except ? listed.filter((row) => row !== staying && !itsGrants.includes(row.payload.jti)) : listed;
    const inSessions = new Set(
      rows.flatMap(({ payload }) => Object.values(payload.authorizations ?? {}).map(({ grantId }) => grantId)),
    );
    const leave = (jti: string, left: Pick<AdapterPayload, "clientId"> & { readonly sid?: string | undefined }) =>
      models("SignedOut").upsert(jti, { accountId: account, jti, ...left }, UNTOLD_SECONDS);
    for (const { model, payload } of rows) {
      const { jti, clientId, authorizations = {} } = payload;
      if (jti === undefined || model === "SignedOut") continue;
      for (const [client, { sid }] of Object.entries(authorizations))
        await leave(`${jti}.${client}`, { clientId: client, ...(sid && { sid }) });
      if (model === "Grant" && clientId && !inSessions.has(jti)) await leave(jti, { clientId });
      await models(model).destroy(jti);
      if (model === "Grant") await models("RefreshToken").revokeByGrantId(jti);
    }
  };

/** What the issuer keeps of an account's sessions and grants, newest first. A grant that hangs on a session is told with it. */
export const sessionsIn =
  ({ listByAccount }: AccountModels) =>
  async (account: string): Promise<readonly KeptSession[]> => {
    const rows = await listByAccount(account);
    const grants = new Map(rows.filter(({ model }) => model === "Grant").map(({ payload }) => [payload.jti, payload]));
    const viewOf = (
      kind: KeptSession["kind"],
      { loginTs, iat, exp }: AdapterPayload,
      device: string | undefined,
      clients: readonly string[],
    ): KeptSession => ({
      kind,
      since: instantOf(loginTs ?? iat),
      until: instantOf(exp),
      ...(device && { device }),
      clients,
    });
    const sessions = rows
      .filter(({ model }) => model === "Session")
      .map(({ payload }) => {
        const used = Object.entries(payload.authorizations ?? {}).filter(([client]) => !client.startsWith("-"));
        const own = used.flatMap(([, { grantId }]) => grantId ?? []);
        const [device] = own.flatMap((id) => detailsOf(grants.get(id) ?? {}).device ?? []);
        for (const id of own) grants.delete(id);
        return viewOf(
          "session",
          payload,
          device,
          used.map(([client]) => client),
        );
      });
    const others = [...grants.values()].map((payload) =>
      viewOf("grant", payload, detailsOf(payload).device, [payload.clientId ?? ""]),
    );
    return [...sessions, ...others].sort((one, other) => other.since.localeCompare(one.since));
  };

const instantOf = (seconds: number | undefined): string => new Date((seconds ?? 0) * 1000).toISOString();
