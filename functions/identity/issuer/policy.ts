import { errors, interactionPolicy, type KoaContextWithOIDC } from "oidc-provider";
import type { Accounts, PrincipalRef } from "../accounts/accounts.ts";
import type { Acr } from "./interactions.ts";
import { factsOf, isAcr } from "./registered-clients.ts";
import { parsePrincipal, subjectOf } from "./subjects.ts";

const { Check, Prompt, base } = interactionPolicy;

/** The least assurance that will do for this request: the lowest of the acr_values, and no less than the client's own. */
export const wantedAcr = (client: { metadata(): object } | undefined, acrValues: unknown): Acr => {
  const asked = typeof acrValues === "string" ? acrValues.split(" ").filter(isAcr).sort()[0] : undefined;
  const least = client ? factsOf(client).acr : "0";
  return asked !== undefined && asked > least ? asked : least;
};

/** The results of our pages, as the provider keeps them between pages. */
export interface PageResults {
  readonly login?: { readonly accountId: string; readonly steppedUp?: boolean } | undefined;
  readonly principal?: PrincipalRef | undefined;
  readonly consent?: { readonly refused?: readonly string[] } | undefined;
}

export const resultsOf = (ctx: KoaContextWithOIDC): PageResults => (ctx.oidc.result ?? {}) as PageResults;

const isSteppedUp = ({ oidc }: KoaContextWithOIDC): boolean =>
  (oidc.session?.acr ?? "0") >= wantedAcr(oidc.client, oidc.params?.acr_values);

/** The principal this request settles on, if it says one that the person may act for. */
export const chosenPrincipal = async (
  ctx: KoaContextWithOIDC,
  accounts: Pick<Accounts, "mayActFor">,
): Promise<{ readonly principal?: PrincipalRef; readonly refused: boolean }> => {
  const named = ctx.oidc.params?.principal;
  const wanted = resultsOf(ctx).principal ?? (typeof named === "string" ? parsePrincipal(named) : undefined);
  const accountId = ctx.oidc.session?.accountId;
  if (!wanted || !accountId) return { refused: false };
  const subject = subjectOf(accountId);
  if (subject.kind === "staff") return { refused: true };
  const decision = await accounts.mayActFor(subject.person, wanted);
  return decision.ok ? { principal: wanted, refused: false } : { refused: true };
};

/** Signed in, by the right kind of account, with enough assurance, and not asked to do it anew: what comes before any grant. */
export const isSignedInEnough = (ctx: KoaContextWithOIDC): boolean => {
  const { oidc } = ctx;
  const accountId = oidc.session?.accountId;
  return (
    accountId !== undefined &&
    oidc.account !== undefined &&
    isRightKind(ctx) &&
    isSteppedUp(ctx) &&
    !oidc.promptPending("login") &&
    !oidc.promptPending("principal")
  );
};

const isRightKind = ({ oidc }: KoaContextWithOIDC): boolean =>
  (subjectOf(oidc.session?.accountId ?? "").kind === "staff") ===
  (oidc.client !== undefined && factsOf(oidc.client).users === "staff");

/** The prompts of our pages in their order: sign in or step up, choose a principal, consent. */
export const promptPolicy = (accounts: Pick<Accounts, "mayActFor">): interactionPolicy.DefaultPolicy => {
  const policy = base();
  const login = policy.get("login");
  const consent = policy.get("consent");
  if (!login || !consent) throw new Error("the provider's own prompts have other names");

  // acr is ordered here: theirs compares for equality.
  login.checks.remove("essential_acrs");
  login.checks.remove("essential_acr");
  login.checks.add(
    new Check("account_gone", "the account is closed", "login_required", ({ oidc }) =>
      Boolean(oidc.session?.accountId && !oidc.account),
    ),
  );
  login.checks.add(
    new Check("wrong_kind", "another kind of account signs in with this client", "login_required", (ctx) =>
      Boolean(ctx.oidc.session?.accountId && !isRightKind(ctx)),
    ),
  );
  login.checks.add(
    new Check("acr_unmet", "a higher assurance is required", "unmet_authentication_requirements", (ctx) => {
      if (!ctx.oidc.session?.accountId || isSteppedUp(ctx)) return Check.NO_NEED_TO_PROMPT;
      if (resultsOf(ctx).login?.steppedUp)
        throw new errors.UnmetAuthenticationRequirements("the required assurance was not reached");
      return Check.REQUEST_PROMPT;
    }),
  );

  policy.add(
    new Prompt(
      { name: "principal", requestable: true },
      new Check(
        "principal_refused",
        "the person may not act for that principal",
        "interaction_required",
        async (ctx) => {
          if (!ctx.oidc.session?.accountId) return Check.NO_NEED_TO_PROMPT;
          return (await chosenPrincipal(ctx, accounts)).refused;
        },
      ),
    ),
    1,
  );

  // RFC 8252, 8.6: only where another app could take this one's place and nobody has touched anything.
  consent.checks.remove("native_client_prompt");
  consent.checks.add(
    new Check("silent_app", "an app needs the person's own act", "interaction_required", (ctx) => {
      const { oidc } = ctx;
      const results = resultsOf(ctx);
      const claimed = String(oidc.params?.redirect_uri ?? "https:").startsWith("https:");
      return oidc.client?.applicationType === "native" && !claimed && !results.login && !results.consent;
    }),
  );
  return policy;
};
