import type Provider from "oidc-provider";
import { errors, type TokenEndpointGrantContext } from "oidc-provider";
import type { Decision } from "#shared/kernel/decision.ts";
import type { Accounts, Origin } from "../accounts/accounts.ts";
import type { ClerkTokens } from "./clerk-tokens.ts";
import { counterGrant } from "./counter-grant.ts";
import { deviceLabel } from "./device-label.ts";
import { issueDirectly } from "./direct-tokens.ts";
import type { AccountSource } from "./token-accounts.ts";

/** What the grants for channels without our pages ask the accounts. */
export type DirectAccounts = AccountSource &
  Pick<Accounts, "signInWithPassword" | "signInWithPhoneCode" | "chooseAccount" | "counterClaims">;

type Params = Readonly<Record<string, string | undefined>>;
type Context = TokenEndpointGrantContext<Record<string, unknown>>;

// What every one of them takes: for whom, what for, and the address of the one who types, told by a channel's own server.
const COMMON = ["scope", "principal", "purpose", "source"];

/**
 * Grants of our own for clients registered for them: sign-in by interface, and the tokens of a visit at the counter. The
 * provider has authenticated the client and looked up its registration when these run.
 */
export const registerDirectGrants = (provider: Provider, accounts: DirectAccounts, clerks: ClerkTokens): void => {
  provider.registerGrantType(
    "urn:yimen:grant:password",
    async (ctx) => {
      const { identifier, password } = needed(ctx, "identifier", "password");
      const authTime = epochSeconds();
      const signedIn = settled(await accounts.signInWithPassword({ identifier, password }, originOf(ctx)));
      await issueDirectly(ctx, provider, accounts, signedIn, deviceOf(ctx), authTime);
    },
    ["identifier", "password", ...COMMON],
  );

  provider.registerGrantType(
    "urn:yimen:grant:phone-code",
    async (ctx) => {
      const { challenge } = needed(ctx, "challenge");
      const { person } = paramsOf(ctx);
      const authTime = epochSeconds();
      if (person) {
        const signedIn = settled(await accounts.chooseAccount(challenge, person));
        return issueDirectly(ctx, provider, accounts, signedIn, deviceOf(ctx), authTime);
      }
      const { code, phone } = needed(ctx, "code", "phone");
      const outcome = settled(await accounts.signInWithPhoneCode({ challenge, code, phone }, originOf(ctx)));
      if (outcome.kind === "signed-in")
        return issueDirectly(ctx, provider, accounts, outcome.signedIn, deviceOf(ctx), authTime);
      // Not a refusal: the same request again with one of these persons, without the code.
      ctx.status = 400;
      ctx.body = {
        error: "account_selection_required",
        error_description: "more than one account has this phone",
        challenge: outcome.challenge,
        accounts: outcome.accounts.map(({ person: id, name, idNumber }) => ({ person: id, name, id_number: idNumber })),
      };
    },
    ["challenge", "code", "phone", "person", ...COMMON],
  );

  provider.registerGrantType(
    "urn:yimen:grant:counter-session",
    (ctx) => counterGrant(ctx, provider, accounts, clerks, needed(ctx, "session", "clerk_token")),
    ["session", "clerk_token", "scope"],
  );
};

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

const paramsOf = (ctx: Context): Params =>
  Object.fromEntries(
    Object.entries(ctx.oidc.params).map(([name, value]) => [name, typeof value === "string" ? value : undefined]),
  );

const needed = <N extends string>(ctx: Context, ...names: N[]): Record<N, string> => {
  const params = paramsOf(ctx);
  const missing = names.filter((name) => !params[name]);
  if (missing.length > 0) throw new errors.InvalidRequest(`missing required parameter(s): ${missing.join(", ")}`);
  return Object.fromEntries(names.map((name) => [name, params[name]])) as Record<N, string>;
};

const originOf = (ctx: Context): Origin => {
  const { client } = ctx.oidc;
  const { channel } = client.metadata() as { channel?: unknown };
  return {
    source: paramsOf(ctx).source ?? ctx.ip,
    client: client.clientId,
    ...(typeof channel === "string" && { channel }),
  };
};

const deviceOf = (ctx: Context): string | undefined => deviceLabel(ctx.get("user-agent"));

/** What an account refuses, in the words of OAuth. It tells nothing of which part was wrong. */
const settled = <T>(decision: Decision<T, string>): T => {
  if (decision.ok) return decision.value;
  if (decision.refusal.code !== "identity.too-many-attempts") throw new errors.InvalidGrant(decision.refusal.code);
  const error = new errors.CustomOIDCProviderError("too_many_attempts", decision.refusal.code);
  error.status = 429;
  error.statusCode = 429;
  throw error;
};
