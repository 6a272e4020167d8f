import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type * as z from "zod";
import en from "zod/v4/locales/en.js";
import zhCN from "zod/v4/locales/zh-CN.js";
import { type Caller, Verdict } from "#shared/contracts/http/caller.ts";
import { type Problem, problemPath, type RequestRefusal, requestRefusals } from "#shared/contracts/http/problems.ts";
import type { RefusalText, Route } from "#shared/contracts/http/route.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { correlated, correlationId } from "./correlation.ts";
import { logger } from "./logger.ts";
import { StaleVersionError, untilNoRace } from "./outbox.ts";

export type HttpRequest = Omit<APIGatewayProxyEventV2, "requestContext"> & {
  requestContext: APIGatewayProxyEventV2["requestContext"] & { authorizer?: { lambda?: unknown } };
};
export type HttpResponse = APIGatewayProxyStructuredResultV2;

export interface Endpoint {
  readonly contract: Route;
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
}

export interface Request<P, Q, B> {
  readonly path: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  /** The address the request came from; personal data, for limits only. */
  readonly source: string;
  /** Present on keyed routes. */
  readonly key: string;
  /** The version the caller last saw, from If-Match. */
  readonly ifMatch?: number;
}

const MAX_BODY_BYTES = 1_000_000;
/** Levels of arrays and objects; no form of ours has ten. */
const MAX_DEPTH = 64;

const ANONYMOUS: Caller = { client: "anonymous", scopes: [] };

type Errors = NonNullable<Problem["errors"]>;

/** Makes a Problem in the language the caller asks for; Chinese unless English is asked for. */
export const problem = (
  request: Pick<HttpRequest, "headers">,
  code: string,
  text: RefusalText,
  more: { detail?: string | undefined; errors?: Errors; headers?: Record<string, string> } = {},
): HttpResponse => {
  const body: Problem = {
    type: problemPath(code),
    title: prefersEnglish(request) ? text.en : text.zh,
    status: text.status,
    ...(more.detail && { detail: more.detail }),
    ...(more.errors && { errors: more.errors }),
    ...(correlationId() && { instance: `urn:request:${correlationId()}` }),
  };
  return {
    statusCode: text.status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...more.headers },
    body: JSON.stringify(body),
  };
};

const prefersEnglish = (request: Pick<HttpRequest, "headers">): boolean =>
  /^\s*en\b/i.test(request.headers?.["accept-language"] ?? "");

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/** A refusal met before the handler is reached. */
class Refused {
  readonly code: RequestRefusal;
  readonly errors: Errors | undefined;
  constructor(code: RequestRefusal, errors?: Errors) {
    this.code = code;
    this.errors = errors;
  }
}

type Frozen<T> = T extends readonly (infer U)[]
  ? readonly Frozen<U>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

/** Binds a handler to its contract: nothing but what the contract promises gets in or out. */
export const endpoint = <P, Q, B, S, E extends string>(
  contract: Route<P, Q, B, S, E>,
  handle: (request: Request<P, Q, B>) => Promise<Decision<Frozen<NoInfer<S>>, NoInfer<E> | RequestRefusal>>,
): Endpoint => {
  const texts: Record<string, RefusalText> = { ...requestRefusals, ...contract.refusals };

  const answer = async (event: HttpRequest): Promise<HttpResponse> => {
    const request = read(contract, event);
    if (request instanceof Refused) {
      logger.info("request.refused", { operation: contract.operation, code: request.code });
      return refused(event, request);
    }

    const decision = await untilNoRace(() => handle(request));
    if (!decision.ok) {
      const text = texts[decision.refusal.code];
      if (!text) throw new Error(`refusal ${decision.refusal.code} is not in the contract of ${contract.operation}`);
      logger.info("request.refused", { operation: contract.operation, code: decision.refusal.code });
      const { code, detail, errors } = decision.refusal;
      return problem(event, code, text, { detail, ...(errors && { errors: errors.slice(0, 50) }) });
    }
    const view = contract.success.schema.parse(decision.value);
    const version = contract.success.version?.(view);
    return {
      statusCode: contract.success.status,
      headers: {
        "content-type": "application/json",
        "cache-control": "no-store",
        ...(version !== undefined && { etag: `"${version}"` }),
      },
      ...(view !== undefined && { body: JSON.stringify(view) }),
    };
  };

  return {
    contract: contract as unknown as Route,
    handle: (event) =>
      correlated(event.requestContext.requestId, async () => {
        try {
          return await answer(event);
        } catch (error) {
          if (error instanceof StaleVersionError) return refused(event, new Refused("request.conflict"));
          logger.error("request.failed", error, { operation: contract.operation });
          return refused(event, new Refused("request.fault"));
        }
      }),
  };
};

export const refused = (event: HttpRequest, { code, errors }: { code: RequestRefusal; errors?: Errors | undefined }) =>
  problem(event, code, requestRefusals[code], {
    ...(errors && { errors }),
    headers: requestRefusals[code].status === 401 ? { "www-authenticate": "Bearer" } : {},
  });

const read = <P, Q, B, S, E extends string>(
  contract: Route<P, Q, B, S, E>,
  event: HttpRequest,
): Request<P, Q, B> | Refused => {
  const caller = readCaller(contract.scopes, event);
  if (caller instanceof Refused) return caller;

  const path = contract.pathParams.safeParse(event.pathParameters ?? {});
  if (!path.success) return new Refused("request.not-found");

  const locale = (prefersEnglish(event) ? en() : zhCN()).localeError as z.core.$ZodErrorMap;
  const query = contract.query.safeParse(event.queryStringParameters ?? {}, { error: locale });
  if (!query.success) return invalid(query.error, (parts) => parts.join("."));

  const key = event.headers["idempotency-key"] ?? "";
  if (contract.keyed && !/^[\x21-\x7e]{1,64}$/.test(key)) return new Refused("request.key-missing");

  const json = readBody(event);
  if (json instanceof Refused) return json;
  const body = contract.body.safeParse(json, { error: locale });
  if (!body.success) return invalid(body.error, pointerOf);

  const given = event.headers["if-match"] ?? "*";
  const ifMatch = /^(?:W\/)?"(\d+)"$/.exec(given)?.[1];
  if (given !== "*" && !ifMatch) return new Refused("request.stale");
  return {
    path: path.data,
    query: query.data,
    body: body.data,
    caller,
    source: event.requestContext.http.sourceIp,
    key,
    ...(ifMatch !== undefined && { ifMatch: Number(ifMatch) }),
  };
};

const invalid = (error: z.core.$ZodError, name: (path: readonly PropertyKey[]) => string): Refused =>
  new Refused(
    "request.invalid",
    error.issues.slice(0, 50).map((issue) => ({ pointer: name(issue.path), detail: issue.message })),
  );

const readCaller = (scopes: readonly string[], event: HttpRequest): Caller | Refused => {
  if (scopes.length === 0) return ANONYMOUS;
  const verdict = Verdict.parse(event.requestContext.authorizer?.lambda);
  if ("refusal" in verdict) return new Refused(verdict.refusal);
  return scopes.every((scope) => verdict.scopes.includes(scope)) ? verdict : new Refused("request.scope-missing");
};

const readBody = (event: HttpRequest): unknown => {
  if (!event.body) return undefined;
  const raw = Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8");
  if (raw.byteLength > MAX_BODY_BYTES) return new Refused("request.too-large");
  if (!/^application\/(json|[\w.-]+\+json)\b/i.test(event.headers["content-type"] ?? ""))
    return new Refused("request.not-json");
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
    return isStorable(json, MAX_DEPTH) ? json : new Refused("request.malformed-json");
  } catch {
    return new Refused("request.malformed-json");
  }
};

/** Whether it can be walked through without exhausting the stack, and written as UTF-8. */
const isStorable = (json: unknown, depth: number): boolean => {
  if (typeof json === "string") return json.isWellFormed();
  if (typeof json !== "object" || json === null) return true;
  return (
    depth > 0 && Object.entries(json).every(([name, value]) => name.isWellFormed() && isStorable(value, depth - 1))
  );
};
