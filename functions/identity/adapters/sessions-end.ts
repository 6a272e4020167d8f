import type { AdapterFactory, AdapterPayload } from "oidc-provider";
import type { KeptSession } from "../accounts/parts.ts";
import type { AccountModels } from "../issuer/account-sessions.ts";
import { detailsOf } from "../issuer/grant-details.ts";

/**
 * Ends what the issuer keeps of an account's sessions and grants, by its rows alone. Clients are not told; they find out at
 * their next refresh. For functions in which there is no provider.
 */
export const endSessionsIn =
  (models: AdapterFactory & AccountModels) =>
  async (person: string): Promise<void> => {
    for (const { model, payload } of await models.listByAccount(person)) {
      if (payload.jti === undefined) continue;
      await models(model).destroy(payload.jti);
      if (model === "Grant") await models("RefreshToken").revokeByGrantId(payload.jti);
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
