import type { OutgoingHttpHeaders } from "node:http";
import type { TemplateValue } from "./assembly.ts";
import type { HttpReply, HttpRequest } from "./http-event.ts";
import { iamPattern } from "./iam.ts";

/** CORS of an HTTP API: answers preflight requests itself and marks every other answer. */
export interface HttpCors {
  /** The answer when the request is a preflight; undefined when it is not. */
  preflight(request: HttpRequest): HttpReply | undefined;
  mark(request: HttpRequest, reply: HttpReply): HttpReply;
}

const joined = (value: TemplateValue): string | undefined =>
  Array.isArray(value) ? value.join(",") : value === undefined ? undefined : String(value);

/**
 * CORS by the API's CorsConfiguration; without one, nothing is answered and nothing marked.
 * Source: "Configure CORS for HTTP APIs in API Gateway", Amazon API Gateway Developer Guide.
 */
export const createCors = (configuration: TemplateValue): HttpCors => {
  if (!configuration) return { preflight: () => undefined, mark: (_request, reply) => reply };
  const origins = ((configuration.AllowOrigins ?? []) as string[]).map((origin) => iamPattern(origin));
  const allowOrigin = (origin: string): string | undefined => {
    if (configuration.AllowOrigins?.includes("*") && configuration.AllowCredentials !== true) return "*";
    return origins.some((pattern) => pattern.matches(origin)) ? origin : undefined;
  };
  const common = (request: HttpRequest): OutgoingHttpHeaders => {
    const origin = request.headers.origin === undefined ? undefined : allowOrigin(request.headers.origin);
    return origin === undefined
      ? {}
      : {
          "access-control-allow-origin": origin,
          ...(configuration.AllowCredentials === true && { "access-control-allow-credentials": "true" }),
          ...(origin !== "*" && { vary: "Origin" }),
        };
  };
  const exposed = joined(configuration.ExposeHeaders);
  return {
    preflight: (request) => {
      if (request.method !== "OPTIONS" || !request.headers.origin || !request.headers["access-control-request-method"])
        return undefined;
      const headers = common(request);
      if (headers["access-control-allow-origin"] !== undefined) {
        const methods = joined(configuration.AllowMethods);
        const names = joined(configuration.AllowHeaders);
        if (methods) headers["access-control-allow-methods"] = methods;
        if (names) headers["access-control-allow-headers"] = names;
        if (configuration.MaxAge !== undefined) headers["access-control-max-age"] = String(configuration.MaxAge);
      }
      return { status: 204, headers, body: Buffer.alloc(0) };
    },
    mark: (request, reply) => {
      const own = Object.entries(reply.headers).filter(([name]) => !name.startsWith("access-control-"));
      return {
        ...reply,
        headers: {
          ...Object.fromEntries(own),
          ...common(request),
          ...(exposed && request.headers.origin && { "access-control-expose-headers": exposed }),
        },
      };
    },
  };
};
