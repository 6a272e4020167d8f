import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";

export interface RequestParts {
  readonly method?: string;
  /** The route's template; its {parameters} are filled from `params`. */
  readonly path: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Buffer travels in base64, a text as it is, all else as JSON. */
  readonly body?: unknown;
  /** What the authorizer said; left out, none was asked. */
  readonly verdict?: Verdict;
  /** "$default" when the gateway knew no route. */
  readonly routeKey?: string;
}

const bodyOf = (body: unknown): Pick<HttpRequest, "body" | "isBase64Encoded"> => {
  if (body === undefined) return { isBase64Encoded: false };
  if (Buffer.isBuffer(body)) return { body: body.toString("base64"), isBase64Encoded: true };
  return { body: typeof body === "string" ? body : JSON.stringify(body), isBase64Encoded: false };
};

/** An HTTP API event, payload 2.0, as API Gateway hands it to a function. */
export const request = ({
  method = "GET",
  path,
  params,
  query,
  headers,
  body,
  verdict,
  routeKey,
}: RequestParts): HttpRequest => {
  const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ""));
  const route = routeKey ?? `${method} ${path}`;
  return {
    version: "2.0",
    routeKey: route,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(query && { queryStringParameters: { ...query } }),
    ...(params && { pathParameters: { ...params } }),
    ...bodyOf(body),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "api.example.gov.cn",
      domainPrefix: "api",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
      requestId: "request-1",
      routeKey: route,
      stage: "$default",
      time: "22/Nov/2026:02:00:00 +0000",
      timeEpoch: Date.parse("2026-11-22T02:00:00Z"),
      ...(verdict && { authorizer: { lambda: verdict } }),
    },
  };
};

/** A request to a route of a contract. */
export const requestTo = (
  { method, path }: Pick<Route, "method" | "path">,
  parts: Omit<RequestParts, "method" | "path"> = {},
): HttpRequest => request({ method, path, ...parts });

export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes as they went out. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever was said
  readonly body: any;
}

/** An answer, its JSON read. */
export const said = ({ statusCode = 0, headers = {}, body = "" }: HttpResponse): Said => ({
  status: statusCode,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
  text: body,
  body: /json/.test(String(headers["content-type"])) && body ? JSON.parse(body) : undefined,
});
