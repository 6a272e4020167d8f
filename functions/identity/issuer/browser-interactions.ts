import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type Provider from "oidc-provider";
import type { Interaction, InteractionResults, Session } from "oidc-provider";
import type { Accounts, PrincipalRef } from "../accounts/accounts.ts";
import { type AccountModels, accountSessions } from "./account-sessions.ts";
import type { Acr, Interactions, Outcome, PendingInteraction, Prompt, Subject, Visit } from "./interactions.ts";
import { wantedAcr } from "./policy.ts";
import { factsOf, isAcr } from "./registered-clients.ts";
import { accountIdOf, parsePrincipal, subjectOf } from "./subjects.ts";

type Context = ReturnType<Provider["createContext"]>;
type BrowserInteractions = Omit<Interactions, "signInLocation" | "signOutLocation">;

/** The protocol for the pages, over the same models and cookies as the issuer's own. */
export const browserInteractions = (
  provider: Provider,
  models: AccountModels,
  accounts: Pick<Accounts, "mayActFor" | "account" | "staffClaims">,
): BrowserInteractions => {
  const secure = provider.issuer.startsWith("https:");
  const contextOf = (visit: Visit): Context => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request.socket, { encrypted: secure });
    request.url = visit.rawPath;
    const cookie = visit.cookies?.join("; ") ?? visit.headers.cookie;
    if (cookie) request.headers.cookie = cookie;
    return provider.createContext(request, new ServerResponse(request));
  };

  /** Whether there is an account still, and the sign-in was not voided since. */
  const isGood = async (subject: Subject, at: number | undefined): Promise<boolean> => {
    const known =
      subject.kind === "staff"
        ? await accounts.staffClaims(subject.staff, at)
        : await accounts.account(subject.person, at);
    return known !== undefined;
  };

  /** None either when its sign-in was voided since, or the account is closed: what ends it may not have seen it yet. */
  const sessionOf = async (ctx: Context): Promise<Session | undefined> => {
    const session = await provider.Session.get(ctx as never);
    if (!session.accountId) return undefined;
    return (await isGood(subjectOf(session.accountId), session.loginTs)) ? session : undefined;
  };

  const read = async (visit: Visit): Promise<{ interaction: Interaction; session?: Session } | undefined> => {
    const ctx = contextOf(visit);
    const uid = ctx.cookies.get(provider.cookieName("interaction"), { signed: true });
    if (!uid || visit.rawPath.split("/")[2] !== uid) return undefined;
    const interaction = await provider.Interaction.find(uid);
    if (!interaction) return undefined;
    const { session: begunIn } = interaction;
    if (!begunIn) return { interaction };
    const session = await sessionOf(ctx);
    const isStillTheirs = session?.uid === begunIn.uid && session.accountId === begunIn.accountId;
    return isStillTheirs ? { interaction, session } : undefined;
  };

  const describe = async ({
    interaction,
    session,
  }: NonNullable<Awaited<ReturnType<typeof read>>>): Promise<PendingInteraction | undefined> => {
    const { params, uid, session: begunIn } = interaction;
    const client = await provider.Client.find(String(params.client_id));
    if (!client) return undefined;
    const { users, channel } = factsOf(client);
    const signedIn = begunIn && {
      subject: subjectOf(begunIn.accountId),
      acr: acrOf(begunIn.acr),
      at: session?.loginTs ?? 0,
    };
    const purpose = textOf(params.purpose);
    const wantedPrincipal = parsePrincipal(textOf(params.principal) ?? "");
    return {
      uid,
      prompt: promptOf(interaction),
      client: { id: client.clientId, name: client.clientName ?? client.clientId, users, ...(channel && { channel }) },
      ...(signedIn && { signedIn }),
      acr: wantedAcr(client, params.acr_values),
      scopes: scopesOf(interaction),
      ...(purpose && { purpose }),
      ...(textOf(params.login_hint) && { loginHint: textOf(params.login_hint) }),
      ...(wantedPrincipal && { wantedPrincipal }),
      formTargets: formTargetsOf(textOf(params.redirect_uri)),
      device: interaction.deviceCode !== undefined,
    };
  };

  return {
    async pending(visit) {
      const found = await read(visit);
      return found && describe(found);
    },

    async finish(visit, outcome) {
      const found = await read(visit);
      const pending = found && (await describe(found));
      const result = found && pending && (await resultOf(outcome, pending, { ...accounts, isGood }));
      if (!result) return undefined;
      const { interaction } = found;
      interaction.result = "error" in result ? result : { ...interaction.lastSubmission, ...result };
      await interaction.persist();
      return { location: interaction.returnTo, cookies: [] };
    },

    async signedIn(visit) {
      const session = await sessionOf(contextOf(visit));
      return session?.accountId
        ? {
            subject: subjectOf(session.accountId),
            acr: acrOf(session.acr),
            at: session.loginTs ?? 0,
            session: session.uid,
          }
        : undefined;
    },

    ...accountSessions(provider, models, async (visit) => (await sessionOf(contextOf(visit)))?.uid),
  };
};

const acrOf = (acr: unknown): Acr => (isAcr(acr) ? acr : "0");

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value ? value : undefined);

const promptOf = ({ prompt }: Interaction): Prompt => {
  if (prompt.name === "principal" || prompt.name === "consent") return prompt.name;
  return prompt.reasons.length === 1 && prompt.reasons[0] === "acr_unmet" ? "step-up" : "sign-in";
};

const scopesOf = ({ prompt, params }: Interaction): readonly string[] => {
  const { missingOIDCScope } = prompt.details;
  if (prompt.name === "consent") return Array.isArray(missingOIDCScope) ? missingOIDCScope.map(String) : [];
  return (textOf(params.scope) ?? "").split(" ").filter(Boolean);
};

const formTargetsOf = (redirectUri: string | undefined): readonly string[] => {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  if (!url) return [];
  return [url.origin === "null" ? url.protocol : url.origin];
};

const resultOf = async (
  outcome: Outcome,
  pending: PendingInteraction,
  accounts: Pick<Accounts, "mayActFor"> & { isGood(subject: Subject, at: number): Promise<boolean> },
): Promise<InteractionResults | undefined> => {
  switch (outcome.kind) {
    case "declined":
      return { error: "access_denied", error_description: "the person declined" };
    case "signed-in": {
      const isRightKind = (outcome.subject.kind === "staff") === (pending.client.users === "staff");
      if (pending.prompt !== "sign-in" || !isRightKind) return undefined;
      const { acr, amr, at } = outcome;
      if (!(await accounts.isGood(outcome.subject, at))) return undefined;
      const accountId = accountIdOf(outcome.subject);
      return { login: { accountId, acr, amr: [...amr], remember: false, ts: at } };
    }
    case "stepped-up": {
      if (pending.prompt !== "step-up" || !pending.signedIn || outcome.acr < pending.acr) return undefined;
      const { acr, amr, at } = outcome;
      if (!(await accounts.isGood(pending.signedIn.subject, at))) return undefined;
      const accountId = accountIdOf(pending.signedIn.subject);
      return { login: { accountId, acr, amr: [...amr], steppedUp: true, ts: at } };
    }
    case "principal":
      return pending.prompt === "principal" ? principalResult(outcome.principal, pending, accounts) : undefined;
    case "consented":
      return pending.prompt === "consent" ? { consent: { refused: outcome.refusedScopes ?? [] } } : undefined;
  }
};

const principalResult = async (
  principal: PrincipalRef,
  { signedIn }: PendingInteraction,
  accounts: Pick<Accounts, "mayActFor">,
): Promise<InteractionResults | undefined> => {
  if (signedIn?.subject.kind !== "person") return undefined;
  const decision = await accounts.mayActFor(signedIn.subject.person, principal);
  return decision.ok ? { principal } : undefined;
};
