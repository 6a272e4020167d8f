import { type Account, errors, type FindAccount, type KoaContextWithOIDC } from "oidc-provider";
import type { Accounts, ActingClaims, PrincipalRef, StaffClaims } from "../accounts/accounts.ts";
import { detailsOf, withDetails } from "./grant-details.ts";
import { saveStanding } from "./grants.ts";
import { factsOf } from "./registered-clients.ts";
import { parsePrincipal, subjectOf } from "./subjects.ts";

/** What the issuer asks the accounts. */
export type AccountSource = Pick<Accounts, "account" | "profile" | "mayActFor" | "staffClaims">;

/** Everything about an account that goes into access tokens, found before anything is spent on the request. */
export type TokenClaims =
  | {
      readonly kind: "person";
      readonly acting: ActingClaims;
      /** Of a sign-in by interface, in seconds since 1970. Others know it from their code or refresh token. */
      readonly authTime?: number | undefined;
    }
  | { readonly kind: "staff"; readonly staff: StaffClaims };

const found = new WeakMap<object, TokenClaims>();

/** The claims of the account that the current token request is for. */
export const claimsOf = (account: Account | undefined): TokenClaims | undefined => account && found.get(account);

/** An account that the provider may issue tokens for, with what they carry. */
export const tokenAccount = (
  ctx: KoaContextWithOIDC,
  accountId: string,
  source: AccountSource,
  claims: TokenClaims,
): Account => {
  const account = accountFor(ctx, accountId, source, claims.kind === "staff" ? claims.staff : undefined);
  found.set(account, claims);
  return account;
};

/** When the sign-in was, that a code, a refresh token or a browser's session goes back to. */
const signInOf = ({ oidc }: KoaContextWithOIDC, token: unknown): number | undefined => {
  if (token === undefined) return oidc.session?.loginTs;
  const { authTime, iat } = token as { readonly authTime?: number; readonly iat?: number };
  return authTime ?? iat;
};

/**
 * Finds an account while it is open, for a sign-in that was not voided since. At the token endpoint it also settles for whom the tokens are, before a code or a refresh
 * token is spent: a mandate that ended meanwhile is refused with an error of its own, and the client may name another principal.
 */
export const findAccount =
  (source: AccountSource): FindAccount =>
  async (ctx, accountId, token) => {
    const subject = subjectOf(accountId);
    const signedInAt = signInOf(ctx, token);
    const known =
      subject.kind === "staff"
        ? await source.staffClaims(subject.staff, signedInAt)
        : await source.account(subject.person, signedInAt);
    if (!known) return undefined;
    if (subject.kind === "staff") {
      const staff = known as StaffClaims;
      return tokenAccount(ctx, accountId, source, { kind: "staff", staff });
    }
    if (token === undefined || ctx.oidc.route !== "token") return accountFor(ctx, accountId, source);
    const acting = await settlePrincipal(ctx, subject.person, source);
    return tokenAccount(ctx, accountId, source, { kind: "person", acting });
  };

const settlePrincipal = async (
  ctx: KoaContextWithOIDC,
  person: string,
  source: AccountSource,
): Promise<ActingClaims> => {
  const { grant } = ctx.oidc;
  const details = detailsOf(grant ?? {});
  const wanted = switchedPrincipal(ctx);
  const principal = wanted ?? details.principal ?? { kind: "natural", id: person };
  const claims = await actingClaims(source, person, principal);
  if (wanted && grant) {
    grant.rar = withDetails({ ...details, principal: wanted });
    await saveStanding(grant);
  }
  return claims;
};

/** A refresh may name another principal: switching needs no new sign-in. */
const switchedPrincipal = (ctx: KoaContextWithOIDC): PrincipalRef | undefined => {
  const { grant_type, principal } = ctx.oidc.body ?? {};
  if (grant_type !== "refresh_token" || principal === undefined) return undefined;
  const wanted = typeof principal === "string" ? parsePrincipal(principal) : undefined;
  if (!wanted) throw new errors.InvalidRequest("principal is malformed");
  return wanted;
};

export const actingClaims = async (
  source: AccountSource,
  person: string,
  principal: PrincipalRef,
): Promise<ActingClaims> => {
  const decision = await source.mayActFor(person, principal);
  if (!decision.ok)
    throw new errors.CustomOIDCProviderError("principal_not_allowed", "the person may not act for this principal now");
  return decision.value.claims;
};

const accountFor = (
  ctx: KoaContextWithOIDC,
  accountId: string,
  source: AccountSource,
  staff?: StaffClaims,
): Account => {
  const account: Account = {
    accountId,
    async claims(_use, scope) {
      if (staff) {
        const { roles, department, division } = staff;
        return { sub: accountId, staff: staff.staff, roles, department, division };
      }
      const claims = claimsOf(account);
      const acting = claims?.kind === "person" ? { act_for: claims.acting.act_for } : {};
      return { sub: accountId, ...acting, ...(await personalClaims(ctx, accountId, scope, source)) };
    },
  };
  return account;
};

/** Masked, unless the person agreed to `personal:read` and the client said what for: then the access log has it first. */
const personalClaims = async (ctx: KoaContextWithOIDC, person: string, scope: string, source: AccountSource) => {
  const scopes = new Set(scope.split(" "));
  if (!scopes.has("profile") && !scopes.has("phone")) return {};
  const { grant, client } = ctx.oidc;
  const purpose = scopes.has("personal:read") && grant ? detailsOf(grant).purpose : undefined;
  const reading = purpose && client ? { client: client.clientId, purpose } : undefined;
  const profile = await source.profile(person, reading);
  if (!profile) return {};
  return {
    name: profile.name,
    ...(profile.phone && { phone_number: profile.phone }),
  };
};

/** What goes into an access token beside the protocol's own claims. */
export const accessTokenClaims = (ctx: KoaContextWithOIDC): Record<string, unknown> => {
  const { client, account } = ctx.oidc;
  const facts = client ? factsOf(client) : undefined;
  const channel = facts?.channel && { channel: facts.channel };
  const claims = claimsOf(account);
  if (!claims)
    return {
      ...channel,
      ...(facts?.department && { department: facts.department }),
      ...(facts?.division && { division: facts.division }),
    };
  const source = sourceOf(ctx);
  const acr = source?.acr;
  const authTime = (claims.kind === "person" ? claims.authTime : undefined) ?? source?.authTime;
  const { sub: _sub, ...carried } = claims.kind === "staff" ? claims.staff : claims.acting;
  return { ...channel, ...carried, ...(acr && { acr }), ...(authTime && { auth_time: authTime }) };
};

/** What the tokens are given for; its assurance is that of the sign-in they go back to, which may be less than the person's. */
const sourceOf = ({ oidc }: KoaContextWithOIDC) => {
  const { AuthorizationCode, DeviceCode, RefreshToken } = oidc.entities;
  return AuthorizationCode ?? DeviceCode ?? RefreshToken;
};
