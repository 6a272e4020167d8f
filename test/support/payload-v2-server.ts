import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { HttpRequest, HttpResponse } from "#shared/runtime/endpoint.ts";

/** An HTTP API in miniature: hands every request to a function as a payload 2.0 event. */
export const payloadV2Server = async (
  handle: (event: HttpRequest) => Promise<HttpResponse>,
): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const listener: RequestListener = async (message, response) => {
    const {
      statusCode = 200,
      headers = {},
      cookies = [],
      body = "",
      isBase64Encoded,
    } = await handle(await eventOf(message));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
    if (cookies.length > 0) response.setHeader("set-cookie", cookies);
    response.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? "base64" : "utf8"));
  };
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

let requests = 0;

const eventOf = async (message: IncomingMessage): Promise<HttpRequest> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const url = new URL(message.url ?? "/", "http://gateway");
  const method = message.method ?? "GET";
  const { cookie, ...headers } = message.headers;
  const body = Buffer.concat(chunks);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(cookie && { cookies: cookie.split("; ") }),
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "gateway",
      domainPrefix: "gateway",
      http: { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "" },
      requestId: `request-${++requests}`,
      routeKey: "$default",
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
    // As the gateway does: what is not text comes in base64.
    ...(body.length > 0 && { body: body.toString("base64") }),
    isBase64Encoded: body.length > 0,
  };
};
