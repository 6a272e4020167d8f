import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  ClientSecretBasic,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { legalDate } from "#shared/kernel/clock.ts";
import { accept, type Decision, refuse } from "#shared/kernel/decision.ts";
import { logger } from "#shared/runtime/logger.ts";
import { isOutage } from "./answer-in-time.ts";
import type { OidcUpstream } from "./outside-settings.ts";
import type { Upstream, UpstreamOptions, UpstreamRefusal } from "./upstreams.ts";
import { vouchedIdentity } from "./vouched-identity.ts";

const TIMEOUT_MS = 4_000;
/** Its endpoints and what it can do are read again after this time. Keys are, when one is met that is not known. */
const DISCOVERY_MS = 3_600_000;

/**
 * An upstream that speaks OpenID Connect: code flow with state, nonce and PKCE. The answer's issuer is checked (RFC 9207), the ID
 * token's signature too, and user info must agree with it.
 */
export const oidcUpstream = (
  settings: OidcUpstream,
  { callback, now, timeoutMs = TIMEOUT_MS }: UpstreamOptions,
): Upstream => {
  const { name, label, fields } = settings;
  let discovered: { readonly at: number; readonly configuration: Promise<Configuration> } | undefined;

  const configuration = (): Promise<Configuration> => {
    const at = Date.parse(now());
    if (!discovered || at - discovered.at >= DISCOVERY_MS) {
      const found = discover(settings, timeoutMs);
      discovered = { at, configuration: found };
      found.catch(() => {
        discovered = undefined;
      });
    }
    return discovered.configuration;
  };

  const attempt = async <T>(
    work: () => Promise<Decision<T, UpstreamRefusal>>,
  ): Promise<Decision<T, UpstreamRefusal>> => {
    try {
      return await work();
    } catch (error) {
      const code = refusalOf(error);
      if (!code) throw error;
      logger.warn("upstream.refused", { upstream: name, code, cause: causeOf(error) });
      return refuse(code);
    }
  };

  return {
    name,
    label,
    stateParameter: "state",

    start: ({ state, nonce, verifier }) =>
      attempt(async () =>
        accept(
          buildAuthorizationUrl(await configuration(), {
            redirect_uri: callback,
            scope: settings.scope,
            state,
            nonce,
            code_challenge: await calculatePKCECodeChallenge(verifier),
            code_challenge_method: "S256",
          }),
        ),
      ),

    finish: (address, { state, nonce, verifier }) =>
      attempt(async () => {
        const config = await configuration();
        const tokens = await authorizationCodeGrant(config, address, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const idToken = tokens.claims();
        if (!idToken) return refuse("upstream.answer-untrusted", "no ID token");
        const userInfo: Record<string, unknown> = config.serverMetadata().userinfo_endpoint
          ? await fetchUserInfo(config, tokens.access_token, idToken.sub)
          : {};
        const claims: Record<string, unknown> = { ...userInfo, ...idToken };
        const contradicts = [fields.name, fields.idNumber, fields.level].some(
          (field) => field in userInfo && field in idToken && userInfo[field] !== idToken[field],
        );
        if (contradicts) return refuse("upstream.answer-untrusted", "user info contradicts the ID token");
        return vouchedIdentity(
          settings,
          {
            subject: idToken.sub,
            name: claims[fields.name],
            idNumber: claims[fields.idNumber],
            level: claims[fields.level],
          },
          legalDate(now()),
        );
      }),
  };
};

const discover = async ({ issuer, clientId, clientSecret }: OidcUpstream, timeoutMs: number): Promise<Configuration> =>
  discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
    timeout: timeoutMs / 1000,
    // Without this, a token that comes over TLS is believed unsigned.
    execute: [enableNonRepudiationChecks, ...(issuer.startsWith("http:") ? [allowInsecureRequests] : [])],
  });

/** Undefined for what is no doing of the upstream's. */
const refusalOf = (error: unknown): UpstreamRefusal | undefined => {
  if (error instanceof AuthorizationResponseError)
    return /^(server_error|temporarily_unavailable)$/.test(error.error) ? "upstream.unreachable" : "upstream.declined";
  if (error instanceof ResponseBodyError) {
    if (error.error === "invalid_grant") return "upstream.code-invalid";
    return "upstream.unreachable";
  }
  if (error instanceof WWWAuthenticateChallengeError) return "upstream.unreachable";
  if (error instanceof ClientError) return isDown(error) ? "upstream.unreachable" : "upstream.answer-untrusted";
  return isOutage(error) ? "upstream.unreachable" : undefined;
};

const isDown = (error: ClientError): boolean =>
  error.code === "OAUTH_TIMEOUT" ||
  error.code === "OAUTH_ABORT" ||
  (error.cause instanceof Response && error.cause.status >= 500) ||
  isOutage(error.cause);

const causeOf = (error: unknown): string =>
  error instanceof ResponseBodyError || error instanceof AuthorizationResponseError
    ? error.error
    : error instanceof ClientError
      ? (error.code ?? error.message)
      : "network";
