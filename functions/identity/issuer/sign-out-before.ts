import type Provider from "oidc-provider";
import type { AdapterFactory, AdapterPayload } from "oidc-provider";
import type { Instant } from "#shared/kernel/clock.ts";
import { isFromBefore } from "../domain/live-grounds.ts";
import type { AccountModels } from "./account-sessions.ts";
import { endBrowserSession, endGrantById, grantsIn, type SignedOut, tellClients } from "./ending-sessions.ts";
import { keepWarm, type WarmParts } from "./warm-provider.ts";

/** Signs an account out everywhere it was signed in before an instant, but in one session if told, and tells the clients. */
export type SignOutBefore = (accountId: string, before: Instant, except?: string) => Promise<void>;

/**
 * Again changes nothing. Whoever signed in since stays: after a takeover that is the owner. Clients also hear of what was ended by
 * its rows alone, where there was no provider to tell them (adapters/sessions-end.ts).
 */
const signOutBefore =
  (provider: Provider, models: AdapterFactory & AccountModels): SignOutBefore =>
  async (accountId, before, except) => {
    const isOlder = ({ loginTs, iat }: AdapterPayload) => isFromBefore(Number(loginTs ?? iat ?? 0), before);
    const rows = await models.listByAccount(accountId);
    const payloadsOf = (wanted: string) => rows.filter(({ model }) => model === wanted).map(({ payload }) => payload);

    const all = payloadsOf("Session");
    const stays = ({ uid }: AdapterPayload) => except !== undefined && uid === except;
    const sessions = all.filter((session) => isOlder(session) && !stays(session));
    // They end with their session, or stay with it.
    const inSessions = new Set(
      [...sessions, ...all.filter(stays)].flatMap(({ authorizations }) => grantsIn(authorizations)),
    );
    const grants = payloadsOf("Grant").filter((grant) => isOlder(grant) && !inSessions.has(grant.jti ?? ""));
    const ofSessions = await Promise.all(sessions.map((session) => endBrowserSession(provider, session)));
    await Promise.all(grants.map(({ jti }) => endGrantById(provider, jti)));

    const untold = payloadsOf("SignedOut");
    const signedOut = [
      ...ofSessions.flat(),
      ...grants.map(({ clientId = "" }): SignedOut => ({ client: clientId })),
      ...untold.map(({ clientId = "", sid }): SignedOut => ({ client: clientId, sid: sid as string | undefined })),
    ];
    await tellClients(provider, accountId, signedOut);
    for (const { jti = "" } of untold) await models("SignedOut").destroy(jti);
  };

/** The same for a function that stays warm. */
export const warmSignOut = (
  parts: Omit<WarmParts, "models"> & { readonly models: AdapterFactory & AccountModels },
): SignOutBefore => {
  const kept = keepWarm(parts, (provider) => signOutBefore(provider, parts.models));
  return async (accountId, before, except) => (await kept())(accountId, before, except);
};
