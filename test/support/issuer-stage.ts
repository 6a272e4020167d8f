import { createRemoteJWKSet } from "jose";
import type { AdapterFactory } from "oidc-provider";
import * as client from "openid-client";
import { memoryClients } from "#functions/identity/adapters/memory-clients.ts";
import { memoryOidcModels } from "#functions/identity/adapters/memory-oidc-models.ts";
import { memoryStaff } from "#functions/identity/adapters/memory-staff.ts";
import type { Client } from "#functions/identity/domain/client.ts";
import { importRegistry } from "#functions/identity/import-registry.ts";
import type { AccountModels } from "#functions/identity/issuer/account-sessions.ts";
import type { DirectAccounts } from "#functions/identity/issuer/direct-grants.ts";
import type { Interactions, Outcome, PendingInteraction, Visit } from "#functions/identity/issuer/interactions.ts";
import { issuerLambda } from "#functions/identity/issuer/issuer-lambda.ts";
import { warmSignOut } from "#functions/identity/issuer/sign-out-before.ts";
import { warmInteractions } from "#functions/identity/issuer/warm-interactions.ts";
import { issuerPages } from "#functions/identity/pages/issuer-pages.ts";
import { issuerPeople } from "./issuer-people.ts";
import { payloadV2Server } from "./payload-v2-server.ts";

export const ring = {
  id: "k1",
  key: "a seed of sixty-four characters, or nearly so, for the tests only",
  previous: [],
};
export const CALLBACK = "https://portal.example/callback";
export const GOODBYE = "https://portal.example/goodbye";

type Models = AdapterFactory & AccountModels;
type Registration = Partial<Client> & Pick<Client, "id">;

/** An issuer on a port of its own, through its lambda, with people, clients and a place for the models. */
export const issuerStage = async ({
  models = memoryOidcModels(),
  clients = [],
  accounts,
}: {
  readonly models?: Models;
  /** Other than the people's. */
  readonly accounts?: DirectAccounts;
  readonly clients?: readonly Registration[];
}) => {
  const people = issuerPeople();
  const writes: string[] = [];
  const counted: AdapterFactory = (name) => {
    const model = models(name);
    const noted =
      <A extends unknown[], R>(what: string, work: (...args: A) => R) =>
      (...args: A): R => {
        writes.push(`${what} ${name}`);
        return work(...args);
      };
    return {
      ...model,
      upsert: noted("put", model.upsert),
      consume: noted("consume", model.consume),
      destroy: noted("delete", model.destroy),
    };
  };

  let answer: Parameters<typeof payloadV2Server>[0] = async () => ({ statusCode: 503 });
  const server = await payloadV2Server((event) => answer(event));
  const issuer = `${server.url}/oidc`;
  const registry = memoryClients();
  const report = await importRegistry({ clients: registry, staff: memoryStaff(), now: () => new Date().toISOString() })(
    {
      clients: clients.map((registration) => ({ name: registration.id, scopes: ["persons:self"], ...registration })),
    },
  );
  const secrets = new Map(
    report.clients.map(({ id, secret, result, problems }) => {
      if (result === "rejected") throw new Error(`${id}: ${JSON.stringify(problems)}`);
      return [id, secret];
    }),
  );
  const parts = {
    issuer,
    clients: registry,
    models: Object.assign(counted, { listByAccount: (id: string) => models.listByAccount(id) }),
    accounts: accounts ?? people.accounts,
    pages: issuerPages,
    keyRing: async () => ring,
    now: Date.now,
  };
  const lambda = issuerLambda(parts);
  answer = (event) => lambda(event, {} as never);
  const interactions = warmInteractions(parts);
  const signOutBefore = warmSignOut(parts);

  return {
    issuer,
    url: server.url,
    people,
    writes,
    interactions,
    signOutBefore,
    registry,
    close: () => server.close(),
    keys: () => createRemoteJWKSet(new URL(`${issuer}/jwks`)),
    secretOf: (id: string) => secrets.get(id) ?? "",
    browser: () => browser(interactions),
    discover: (id: string, authentication?: client.ClientAuth) =>
      client.discovery(
        new URL(issuer),
        id,
        undefined,
        authentication ?? (secrets.get(id) ? client.ClientSecretBasic(secrets.get(id)) : client.None()),
        { execute: [client.allowInsecureRequests] },
      ),
  };
};

export type IssuerStage = Awaited<ReturnType<typeof issuerStage>>;

const secondNow = (): number => Math.floor(Date.now() / 1000);

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** What a person does on the page they were sent to; undefined leaves them there. */
export type Person = (pending: PendingInteraction) => Answered<Outcome> | undefined;

/** At this very moment, unless told. */
type Answered<O> = O extends { readonly at: number } ? Omit<O, "at"> & { readonly at?: number } : O;

/** A browser with its cookies, and someone in front of it. */
const browser = (interactions: Interactions) => {
  const jar = new Map<string, Cookie>();
  const setCookies: string[] = [];

  const cookiesFor = (path: string): string[] =>
    [...jar].filter(([, cookie]) => path.startsWith(cookie.path)).map(([name, { value }]) => `${name}=${value}`);

  const take = (headers: Headers): void => {
    for (const header of headers.getSetCookie()) {
      setCookies.push(header);
      const [pair = "", ...attributes] = header.split("; ");
      const [name = "", ...value] = pair.split("=");
      const path = attributes.find((one) => one.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
      if (header.includes("01 Jan 1970")) jar.delete(name);
      else jar.set(name, { value: value.join("="), path });
    }
  };

  const request = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(url);
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { accept: "text/html", cookie: cookiesFor(pathname).join("; "), ...init.headers },
    });
    take(response.headers);
    return response;
  };

  const visit = (url: URL): Visit => ({ rawPath: url.pathname, headers: {}, cookies: cookiesFor(url.pathname) });

  /** Follows redirects, and answers pages, until somewhere else than the issuer is reached, or a page that redirects no more. */
  const follow = async (response: Response, from: URL, person: Person): Promise<{ at: URL; response?: Response }> => {
    const location = response.headers.get("location");
    if (!location) return { at: from, response };
    const next = new URL(location, from);
    if (next.host !== from.host) return { at: next };
    if (!next.pathname.startsWith("/interaction/")) {
      return next.pathname.startsWith("/oidc") ? follow(await request(next), next, person) : { at: next };
    }
    const pending = await interactions.pending(visit(next));
    const outcome = pending && person(pending);
    const finished = outcome && (await interactions.finish(visit(next), { at: secondNow(), ...outcome } as Outcome));
    if (!finished) return { at: next };
    const back = new URL(finished.location);
    return follow(await request(back), back, person);
  };

  return {
    setCookies,
    jar,
    visit,
    request,
    open: async (url: URL, person: Person) => follow(await request(url), url, person),
    /** Sends the only form of a page, with what the person adds to its hidden fields. */
    async submit(html: string, added: Record<string, string>, person: Person) {
      const action = new URL(/action="([^"]+)"/.exec(html)?.[1] ?? "");
      const hidden = [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
        ([, name = "", value = ""]) => [name, value] as const,
      );
      const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...added });
      return follow(await request(action, { method: "POST", body }), action, person);
    },
  };
};

export type Browser = ReturnType<typeof browser>;

/** Begins an authorization request as a client does; `done` makes tokens of the address the browser comes back to. */
export const authorization = async (config: client.Configuration, parameters: Record<string, string> = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope: "openid",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...parameters,
  });
  return {
    url,
    verifier,
    done: (at: URL, checks: Partial<client.AuthorizationCodeGrantChecks> = {}) =>
      client.authorizationCodeGrant(config, at, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        ...checks,
      }),
  };
};
