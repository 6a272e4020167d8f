import type { Verdict } from "#shared/contracts/http/caller.ts";
import type { Endpoint, HttpRequest } from "#shared/runtime/endpoint.ts";

export interface Ask {
  readonly caller?: Verdict;
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** One request to one endpoint, as the gateway hands it on, and the answer with its body read. */
export const ask = async ({ contract, handle }: Endpoint, { caller, path, query, body, headers = {} }: Ask) => {
  const routeKey = `${contract.method} ${contract.path}`;
  const request = {
    version: "2.0",
    routeKey,
    rawPath: contract.path,
    rawQueryString: "",
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    requestContext: { requestId: "request-1", routeKey, ...(caller && { authorizer: { lambda: caller } }) },
    ...(path && { pathParameters: path }),
    ...(query && { queryStringParameters: query }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  } as unknown as HttpRequest;
  const { statusCode, body: text } = await handle(request);
  return { status: statusCode, body: text ? JSON.parse(text) : undefined };
};
