import { setTimeout as pause } from "node:timers/promises";
import {
  allowInsecureRequests,
  ClientSecretBasic,
  type Configuration,
  clientCredentialsGrant,
  discovery,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { Problem } from "#shared/contracts/http/problems.ts";
import type { Route } from "#shared/contracts/http/route.ts";

export interface ApiAccess {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly issuer: string;
  readonly client: { readonly id: string; readonly secret: string };
  readonly scopes: readonly string[];
}

/** The API's answer: what the contract promises, or the code of a refusal. */
export type ApiAnswer<S> = { readonly ok: true; readonly value: S } | { readonly ok: false; readonly code: string };

export interface ApiCall<B> {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: B;
  readonly key?: string;
}

const TRIES = 6;
const FIRST_PAUSE_MS = 200;

/** Calls the platform as any stranger with a client of its own does; what fails on the way is tried again with the same key. */
export const departmentApi = ({ apiUrl, issuer, client, scopes }: ApiAccess, stopped: AbortSignal) => {
  let configuration: Promise<Configuration> | undefined;
  let token: { value: string; until: number } | undefined;

  const discovered = (): Promise<Configuration> => {
    const insecure = issuer.startsWith("http:") ? { execute: [allowInsecureRequests] } : {};
    configuration ??= discovery(new URL(issuer), client.id, undefined, ClientSecretBasic(client.secret), insecure);
    configuration.catch(() => {
      configuration = undefined;
    });
    return configuration;
  };

  const currentToken = async (): Promise<string> => {
    if (token && Date.now() < token.until) return token.value;
    const granted = await clientCredentialsGrant(await discovered(), { scope: scopes.join(" ") });
    token = { value: granted.access_token, until: Date.now() + ((granted.expires_in ?? 60) - 30) * 1000 };
    return token.value;
  };

  const request = async <B>(route: Pick<Route, "method" | "path">, call: ApiCall<B>): Promise<Response> => {
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
    const answer = await fetch(`${apiUrl}${path}?${new URLSearchParams(call.query)}`, {
      method: route.method,
      headers: {
        authorization: `Bearer ${await currentToken()}`,
        ...(call.key !== undefined && { "idempotency-key": call.key }),
        ...(call.body !== undefined && { "content-type": "application/json" }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal: AbortSignal.any([stopped, AbortSignal.timeout(30_000)]),
    });
    if (answer.status === 401) token = undefined;
    if (answer.status === 401 || answer.status === 429 || answer.status >= 500)
      throw new Error(`${route.method} ${path} was answered with ${answer.status}`);
    return answer;
  };

  return async <P, Q, B, S, E extends string>(
    route: Route<P, Q, B, S, E>,
    call: ApiCall<NoInfer<B>>,
  ): Promise<ApiAnswer<S>> => {
    for (let tried = 1; ; tried++) {
      try {
        const answer = await request(route, call);
        const text = await answer.text();
        const body: unknown = text === "" ? undefined : JSON.parse(text);
        if (answer.ok) return { ok: true, value: route.success.schema.parse(body) };
        return { ok: false, code: Problem.parse(body).type.split("/").at(-1) ?? "unknown" };
      } catch (error) {
        if (tried === TRIES || stopped.aborted || isRefusedToken(error)) throw error;
        await pause(FIRST_PAUSE_MS * 2 ** (tried - 1), undefined, { signal: stopped });
      }
    }
  };
};

const isRefusedToken = (error: unknown): boolean =>
  (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) && error.status < 500;

export type DepartmentApi = ReturnType<typeof departmentApi>;
