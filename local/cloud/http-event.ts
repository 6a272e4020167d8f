import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { TemplateValue } from "./assembly.ts";
import { decodePart } from "./http-routes.ts";

/** One request as API Gateway sees it, before any function does. */
export interface HttpRequest {
  method: string;
  /** Decoded, with the stage if it has a name. */
  rawPath: string;
  rawQueryString: string;
  /** Lower-case names, values joined with commas, no cookies. */
  headers: Record<string, string>;
  cookies: string[];
  query: Record<string, string>;
  sourceIp: string;
  requestId: string;
  epoch: number;
  body: Buffer;
}

/** Where the API is, for the request context. */
export interface ApiPlace {
  account: string;
  apiId: string;
  stage: string;
}

/** What is sent back to the client. */
export interface HttpReply {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

/** Body media types that reach a function as text; every other, and a missing one, is base64. Found by trial on AWS. */
const isText = (contentType: string | undefined) =>
  /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i.test(contentType ?? "");

const joinedHeaders = (incoming: IncomingMessage): { headers: Record<string, string>; cookies: string[] } => {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    if (name === "cookie") cookies.push(...values.flatMap((value) => value.split(/;\s*/)));
    else headers[name] = values.join(",");
  }
  return { headers, cookies };
};

const queryOf = (raw: string): Record<string, string> => {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(raw)) query[name] = name in query ? `${query[name]},${value}` : value;
  return query;
};

/** Reads a request; `path` and `query` are as sent. */
export const readRequest = (
  incoming: IncomingMessage,
  path: string,
  query: string,
  body: Buffer,
  port: number,
): HttpRequest => {
  const { headers, cookies } = joinedHeaders(incoming);
  const sourceIp = incoming.socket.remoteAddress ?? "127.0.0.1";
  const epoch = Date.now();
  const requestId = randomUUID();
  headers["x-forwarded-for"] = headers["x-forwarded-for"] ? `${headers["x-forwarded-for"]}, ${sourceIp}` : sourceIp;
  headers["x-forwarded-port"] = String(port);
  headers["x-forwarded-proto"] = "http";
  headers["x-amzn-trace-id"] =
    `Root=1-${Math.floor(epoch / 1000).toString(16)}-${requestId.replaceAll("-", "").slice(0, 24)}`;
  return {
    method: incoming.method ?? "GET",
    rawPath: decodePart(path),
    rawQueryString: query,
    headers,
    cookies,
    query: queryOf(query),
    sourceIp,
    requestId,
    epoch,
    body,
  };
};

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** "22/Nov/2026:02:31:52 +0000" */
const requestTime = (epoch: number): string => {
  const [date = "", time = ""] = new Date(epoch).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
};

const requestContext = (request: HttpRequest, routeKey: string, place: ApiPlace) => {
  const domainName = (request.headers.host ?? "localhost").split(":")[0] ?? "localhost";
  return {
    accountId: place.account,
    apiId: place.apiId,
    domainName,
    domainPrefix: domainName.split(".")[0],
    http: {
      method: request.method,
      path: request.rawPath,
      protocol: "HTTP/1.1",
      sourceIp: request.sourceIp,
      userAgent: request.headers["user-agent"] ?? "",
    },
    requestId: request.requestId,
    routeKey,
    stage: place.stage,
    time: requestTime(request.epoch),
    timeEpoch: request.epoch,
  };
};

const shared = (request: HttpRequest, routeKey: string, pathParameters: Record<string, string>) => ({
  version: "2.0",
  routeKey,
  rawPath: request.rawPath,
  rawQueryString: request.rawQueryString,
  ...(request.cookies.length > 0 && { cookies: request.cookies }),
  headers: request.headers,
  ...(Object.keys(request.query).length > 0 && { queryStringParameters: request.query }),
  ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
});

/** The event a function gets: payload format 2.0. */
export const proxyEvent = (
  request: HttpRequest,
  routeKey: string,
  pathParameters: Record<string, string>,
  place: ApiPlace,
  authorizerContext: Record<string, unknown> | undefined,
): TemplateValue => {
  const text = isText(request.headers["content-type"]);
  return {
    ...shared(request, routeKey, pathParameters),
    requestContext: {
      ...requestContext(request, routeKey, place),
      ...(authorizerContext && { authorizer: { lambda: authorizerContext } }),
    },
    ...(request.body.length > 0 && { body: request.body.toString(text ? "utf8" : "base64") }),
    isBase64Encoded: request.body.length > 0 && !text,
  };
};

/** The event a REQUEST authorizer gets: payload format 2.0. */
export const authorizerEvent = (
  request: HttpRequest,
  routeKey: string,
  pathParameters: Record<string, string>,
  place: ApiPlace,
  routeArn: string,
  identitySource: string[],
): TemplateValue => ({
  ...shared(request, routeKey, pathParameters),
  type: "REQUEST",
  routeArn,
  identitySource,
  requestContext: requestContext(request, routeKey, place),
});

/** An answer of API Gateway's own. */
export const messageReply = (status: number, message: string): HttpReply => ({
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(JSON.stringify({ message })),
});

/** Turns what a function returned (JSON) into the answer, inferring the format as API Gateway does. */
export const replyOf = (payload: string): HttpReply => {
  const result: TemplateValue = JSON.parse(payload);
  if (result === null || typeof result !== "object" || Array.isArray(result) || !("statusCode" in result)) {
    const text = typeof result === "string" ? result : payload;
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(text) };
  }
  const status = Number(result.statusCode);
  const body = result.body ?? "";
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (!Number.isInteger(status) || status < 100 || status > 599 || typeof body !== "string")
    return messageReply(500, "Internal Server Error");
  if (Array.isArray(result.cookies) && result.cookies.length > 0) headers["set-cookie"] = result.cookies.map(String);
  if (body !== "" && headers["content-type"] === undefined) headers["content-type"] = "text/plain;charset=UTF-8";
  return { status, headers, body: Buffer.from(body, result.isBase64Encoded === true ? "base64" : "utf8") };
};
