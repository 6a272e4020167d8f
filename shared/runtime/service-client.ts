import * as z from "zod";
import type { Route } from "#shared/contracts/http/route.ts";
import { ApiError, callApi } from "./api-client.ts";

export interface ServiceClientOptions {
  readonly apiUrl: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly now?: () => number;
}

/** Calls the platform's API with a token of one's own. */
export interface ServiceClient {
  /** Throws ApiError for any answer but success; a token that was refused is fetched anew, once. */
  call<P, Q, B, S, E extends string>(
    contract: Route<P, Q, B, S, E>,
    path: Readonly<Record<string, string | number>>,
    options: { readonly key?: string; readonly body?: B },
  ): Promise<S>;
}

const Token = z.object({ access_token: z.string(), expires_in: z.number() });
const TIMEOUT_MS = 5_000;
/** Before its end, so that it does not end on the way. */
const MARGIN_SECONDS = 30;

/** A capability's function as a client of the issuer (client credentials, RFC 6749 4.4); the token is kept while it is good. */
export const serviceClient = (options: ServiceClientOptions): ServiceClient => {
  const { apiUrl, issuer, clientId, clientSecret, scopes, now = Date.now } = options;
  let token: { readonly value: string; readonly until: number } | undefined;

  const fetchToken = async (): Promise<string> => {
    // RFC 6749 2.3.1: form-encoded before it is put into base64.
    const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const answer = await fetch(`${issuer}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: scopes.join(" ") }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new ApiError(answer.status, `the issuer answered ${answer.status} to ${clientId}`);
    const { access_token, expires_in } = Token.parse(await answer.json());
    token = { value: access_token, until: now() + (expires_in - MARGIN_SECONDS) * 1000 };
    return access_token;
  };

  return {
    async call(contract, path, more) {
      const known = token && now() < token.until ? token.value : undefined;
      try {
        return await callApi(apiUrl, contract, path, { ...more, token: known ?? (await fetchToken()) });
      } catch (error) {
        if (known === undefined || !(error instanceof ApiError) || error.status !== 401) throw error;
        return callApi(apiUrl, contract, path, { ...more, token: await fetchToken() });
      }
    },
  };
};
