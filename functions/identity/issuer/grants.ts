import type { Adapter, Grant, KoaContextWithOIDC } from "oidc-provider";
import type { Accounts, PrincipalRef } from "../accounts/accounts.ts";
import { API_AUDIENCE } from "./audience.ts";
import { deviceLabel } from "./device-label.ts";
import { detailsOf, type GrantDetails, withDetails } from "./grant-details.ts";
import { chosenPrincipal, isSignedInEnough, resultsOf } from "./policy.ts";
import { factsOf } from "./registered-clients.ts";
import { isSamePrincipal } from "./subjects.ts";
import { apiScopes } from "./token-scopes.ts";

const ofApi: ReadonlySet<string> = new Set(apiScopes);

/**
 * The grant of a sign-in: one for a session and a client, made once everything else is settled, so that a sign-in writes one.
 * First-party clients are granted what they ask for; others what their consent page says. Another principal or purpose makes
 * a new grant and ends the old one with its tokens.
 */
export const loadGrant =
  (accounts: Pick<Accounts, "mayActFor">) =>
  async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { client, session, account } = ctx.oidc;
    if (!client || !session || !account) return undefined;
    const existing = await existingGrant(ctx, client.clientId, account.accountId);
    if (!isSignedInEnough(ctx)) return existing;
    const { principal, refused } = await chosenPrincipal(ctx, accounts);
    if (refused) return existing;

    const missing = [...ctx.oidc.requestParamScopes].filter((scope) => !encountered(existing).has(scope));
    const { consent } = resultsOf(ctx);
    const agreed = factsOf(client).firstParty || consent !== undefined;
    const wanted = wantedDetails(ctx, existing, principal);
    const isOther = existing !== undefined && isOtherGrant(existing, wanted, account.accountId);
    if (existing && !isOther && (missing.length === 0 || !agreed)) return existing;
    if (!existing && !agreed) return undefined;

    const grant =
      existing && !isOther
        ? existing
        : new ctx.oidc.provider.Grant({ accountId: account.accountId, clientId: client.clientId });
    if (existing && isOther) copyScopes(existing, grant);
    if (agreed) addScopes(grant, missing, consent?.refused ?? []);
    grant.rar = withDetails(wanted);
    await (grant === existing ? saveStanding(grant) : grant.save());
    if (existing && isOther) await endGrant(ctx.oidc.provider, existing);
    return grant;
  };

const existingGrant = async (ctx: KoaContextWithOIDC, clientId: string, accountId: string) => {
  const id = ctx.oidc.session?.grantIdFor(clientId);
  const grant = id === undefined ? undefined : await ctx.oidc.provider.Grant.find(id);
  return grant?.accountId === accountId && grant.clientId === clientId ? grant : undefined;
};

const wantedDetails = (
  ctx: KoaContextWithOIDC,
  existing: Grant | undefined,
  principal: PrincipalRef | undefined,
): GrantDetails => {
  const known = existing ? detailsOf(existing) : {};
  const purpose = ctx.oidc.params?.purpose;
  return {
    principal: principal ?? known.principal,
    purpose: typeof purpose === "string" ? purpose : known.purpose,
    device: known.device ?? deviceLabel(ctx.get("user-agent")),
  };
};

const isOtherGrant = (existing: Grant, wanted: GrantDetails, person: string): boolean => {
  const known = detailsOf(existing);
  const self: PrincipalRef = { kind: "natural", id: person };
  return !isSamePrincipal(known.principal ?? self, wanted.principal ?? self) || known.purpose !== wanted.purpose;
};

const encountered = (grant: Grant | undefined): Set<string> =>
  new Set(grant ? grant.getOIDCScopeEncountered().split(" ") : []);

const copyScopes = (from: Grant, to: Grant): void => {
  const granted = from.getOIDCScope().split(" ").filter(Boolean);
  addScopes(to, granted, []);
};

/** What is refused stays refused: it is not asked for again. */
export const addScopes = (grant: Grant, scopes: readonly string[], refused: readonly string[]): void => {
  const isRefused = (scope: string) => scope !== "openid" && refused.includes(scope);
  if (scopes.length > 0) grant.addOIDCScope([...scopes]);
  const ofResource = scopes.filter((scope) => ofApi.has(scope));
  if (ofResource.length > 0) grant.addResourceScope(API_AUDIENCE, ofResource);
  const no = scopes.filter(isRefused);
  if (no.length === 0) return;
  grant.rejectOIDCScope(no);
  const noOfResource = no.filter((scope) => ofApi.has(scope));
  if (noOfResource.length > 0) grant.rejectResourceScope(API_AUDIENCE, noOfResource);
};

/** What the provider's adapters can do beside what it asks of them. */
export interface GrantAdapter extends Adapter {
  /** Puts what is there still; throws an OAuth error when it is not. */
  replace: Adapter["upsert"];
}

/** Saves a grant that was found. One that was ended meanwhile, by a sign-out say, does not come back. */
export const saveStanding = async (grant: Grant): Promise<void> => {
  const { adapter } = grant as unknown as { adapter: GrantAdapter };
  Object.defineProperty(grant, "adapter", { configurable: true, value: { upsert: adapter.replace.bind(adapter) } });
  try {
    await grant.save();
  } finally {
    Reflect.deleteProperty(grant, "adapter");
  }
};

interface GrantModels {
  readonly AuthorizationCode: { revokeByGrantId(grantId: string): Promise<unknown> };
}

/** Ends a grant and every code and refresh token of it; all models share the index by which they are found. */
export const endGrant = async (models: GrantModels, grant: Grant): Promise<void> => {
  await grant.destroy();
  await models.AuthorizationCode.revokeByGrantId(grant.jti);
};
