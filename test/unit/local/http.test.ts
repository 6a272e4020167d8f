import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { authorizerEvent, proxyEvent, readRequest, replyOf } from "#local/cloud/http-event.ts";
import { compileRoutes, parseRoute } from "#local/cloud/http-routes.ts";

describe("routes", () => {
  const keys = [
    "$default",
    "ANY /{proxy+}",
    "GET /pets/{id}",
    "GET /pets/dog/1",
    "ANY /pets/dog/1",
    "GET /pets/dog/{id}",
    "ANY /pets/{id}",
    "GET /pets",
    "GET /files/{path+}",
  ];
  const find = compileRoutes(keys.map((key) => parseRoute(key, key)));
  it.each([
    ["GET", "/pets/dog/1", "GET /pets/dog/1", {}],
    ["POST", "/pets/dog/1", "ANY /pets/dog/1", {}],
    ["GET", "/pets/dog/2", "GET /pets/dog/{id}", { id: "2" }],
    ["GET", "/pets/7", "GET /pets/{id}", { id: "7" }],
    ["PUT", "/pets/7", "ANY /pets/{id}", { id: "7" }],
    ["GET", "/pets", "GET /pets", {}],
    ["GET", "/pets/cat/7", "ANY /{proxy+}", { proxy: "pets/cat/7" }],
    ["GET", "/files/a/b.txt", "GET /files/{path+}", { path: "a/b.txt" }],
    ["GET", "/pets/%E4%B8%80%20x", "GET /pets/{id}", { id: "一 x" }],
    ["GET", "/", "$default", {}],
  ])("%s %s", (method, path, key, parameters) => {
    const found = find(method, path);
    expect(found?.route.key).toBe(key);
    expect(found?.pathParameters).toEqual(parameters);
  });
  it("finds nothing without a default", () => {
    expect(compileRoutes([parseRoute("GET /a", 1)])("POST", "/a")).toBeUndefined();
  });
});

const incoming = (headersDistinct: Record<string, string[]>, method = "POST") =>
  ({ headersDistinct, method, socket: { remoteAddress: "127.0.0.1" } }) as unknown as IncomingMessage;
const place = { account: "1", apiId: "api", stage: "$default" };

describe("payload format 2.0", () => {
  const headers = {
    host: ["city.example:3000"],
    "user-agent": ["t"],
    "x-many": ["1", "2"],
    cookie: ["a=1; b=2"],
    "content-type": ["application/json; charset=utf-8"],
  };
  const request = readRequest(incoming(headers), "/a%20b/c", "x=1&x=2&y=%E4%B8%80", Buffer.from('{"k":"一"}'), 3000);
  const event = proxyEvent(request, "POST /a b/{id}", { id: "c" }, place, { who: "me" });

  it("carries path, query, headers and cookies as API Gateway does", () => {
    expect(event).toMatchObject({
      version: "2.0",
      routeKey: "POST /a b/{id}",
      rawPath: "/a b/c",
      rawQueryString: "x=1&x=2&y=%E4%B8%80",
      cookies: ["a=1", "b=2"],
      queryStringParameters: { x: "1,2", y: "一" },
      pathParameters: { id: "c" },
      headers: {
        "x-many": "1,2",
        host: "city.example:3000",
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "3000",
      },
      body: '{"k":"一"}',
      isBase64Encoded: false,
      requestContext: {
        accountId: "1",
        apiId: "api",
        stage: "$default",
        domainName: "city.example",
        domainPrefix: "city",
        authorizer: { lambda: { who: "me" } },
        http: { method: "POST", path: "/a b/c", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "t" },
      },
    });
    expect(event.headers.cookie).toBeUndefined();
    expect(event.requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  });

  it("leaves out what the request has not", () => {
    const bare = proxyEvent(
      readRequest(incoming({}, "GET"), "/", "", Buffer.alloc(0), 1),
      "GET /",
      {},
      place,
      undefined,
    );
    for (const name of ["cookies", "queryStringParameters", "pathParameters", "body"])
      expect(bare).not.toHaveProperty(name);
    expect(bare.requestContext).not.toHaveProperty("authorizer");
    expect(bare.isBase64Encoded).toBe(false);
  });

  it.each([
    ["text/csv", false],
    ["application/xml", false],
    ["application/javascript", false],
    ["application/x-www-form-urlencoded", true],
    ["application/jsonx", true],
    ["image/png", true],
    [undefined, true],
  ])("a body of type %s is base64: %s", (type, base64) => {
    const sent = readRequest(incoming(type ? { "content-type": [type] } : {}), "/", "", Buffer.from("a=b"), 1);
    const { body, isBase64Encoded } = proxyEvent(sent, "POST /", {}, place, undefined);
    expect({ body, isBase64Encoded }).toEqual({ body: base64 ? "YT1i" : "a=b", isBase64Encoded: base64 });
  });

  it("gives an authorizer its identity and route", () => {
    expect(authorizerEvent(request, "k", {}, place, "arn:x", ["token"])).toMatchObject({
      version: "2.0",
      type: "REQUEST",
      routeArn: "arn:x",
      identitySource: ["token"],
      routeKey: "k",
    });
    expect(authorizerEvent(request, "k", {}, place, "arn:x", ["token"])).not.toHaveProperty("body");
  });
});

describe("what a function returned", () => {
  it.each([
    [
      "a structure",
      { statusCode: 201, headers: { "X-A": 1 }, body: "b" },
      201,
      { "x-a": "1", "content-type": "text/plain;charset=UTF-8" },
      "b",
    ],
    [
      "base64",
      { statusCode: 200, headers: { "content-type": "image/png" }, body: "AAH/", isBase64Encoded: true },
      200,
      { "content-type": "image/png" },
      Buffer.from([0, 1, 255]).toString(),
    ],
    ["cookies", { statusCode: 204, cookies: ["a=1", "b=2"] }, 204, { "set-cookie": ["a=1", "b=2"] }, ""],
    ["a plain object", { a: 1 }, 200, { "content-type": "application/json" }, '{"a":1}'],
    ["a plain text", "hello", 200, { "content-type": "application/json" }, "hello"],
    [
      "nonsense",
      { statusCode: "soon" },
      500,
      { "content-type": "application/json" },
      '{"message":"Internal Server Error"}',
    ],
    [
      "a body that is no text",
      { statusCode: 200, body: { a: 1 } },
      500,
      { "content-type": "application/json" },
      '{"message":"Internal Server Error"}',
    ],
  ])("%s", (_name, result, status, headers, body) => {
    const reply = replyOf(JSON.stringify(result));
    expect({ ...reply, body: reply.body.toString() }).toEqual({ status, headers, body });
  });
});
