import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { route } from "#shared/contracts/http/route.ts";
import { accept } from "#shared/kernel/decision.ts";
import { endpoint, type Request } from "#shared/runtime/endpoint.ts";
import { type RequestParts, requestTo, said } from "#test/support/http-request.ts";

const renameLamp = route({
  operation: "renameLamp",
  tag: "lamps",
  summary: "Rename a lamp",
  method: "POST",
  path: "/v1/lamps/{id}",
  scopes: ["applications:submit", "applications:read"],
  keyed: true,
  pathParams: z.object({ id: z.string().regex(/^[a-z]{3}$/) }),
  query: z.object({ limit: z.coerce.number().int().max(5).default(2) }),
  body: z.object({
    name: z.string().min(2),
    colour: z.enum(["red", "green"]).optional(),
    parts: z.array(z.object({ "a/b~c": z.int() })).optional(),
    phone: z
      .string()
      .regex(/^1\d{10}$/)
      .optional(),
  }),
  success: { status: 200, schema: z.object({ id: z.string() }) },
  refusals: {},
});

const readLamp = route({
  operation: "readLamp",
  tag: "lamps",
  summary: "Read a lamp",
  method: "GET",
  path: "/v1/lamps",
  scopes: [],
  success: { status: 200, schema: z.object({ id: z.string() }) },
  refusals: {},
});

type Lamp = { name: string; colour?: "red" | "green"; parts?: { "a/b~c": number }[]; phone?: string };

let seen: Request<{ id: string }, { limit: number }, Lamp>[];
beforeEach(() => {
  seen = [];
});

const lamp = endpoint(renameLamp, async (asked) => {
  seen.push(asked);
  return accept({ id: asked.path.id });
});

const verdict = {
  client: "portal",
  scopes: "applications:submit applications:read webhooks:manage",
  channel: "portal",
} as const;
const ask = async (parts: Partial<RequestParts> = {}) =>
  said(
    await lamp.handle(
      requestTo(renameLamp, {
        params: { id: "abc" },
        verdict,
        body: { name: "desk" },
        ...parts,
        headers: { "idempotency-key": "k-1", ...parts.headers },
      }),
    ),
  );

describe("an endpoint lets in", () => {
  it("a request that fits its contract, with who calls, its key and its parsed parts", async () => {
    const { status, body } = await ask({ query: { limit: "4" }, body: { name: "desk", unknown: 1 } });
    expect([status, body]).toEqual([200, { id: "abc" }]);
    expect(seen).toEqual([
      {
        path: { id: "abc" },
        query: { limit: 4 },
        body: { name: "desk" },
        caller: {
          client: "portal",
          channel: "portal",
          scopes: ["applications:submit", "applications:read", "webhooks:manage"],
        },
        key: "k-1",
        source: "192.0.2.1",
      },
    ]);
  });

  it.each([
    ['"7"', 7],
    ['W/"7"', 7],
  ])("the version of If-Match: %s", async (ifMatch, version) => {
    expect((await ask({ headers: { "if-match": ifMatch } })).status).toBe(200);
    expect(seen[0]?.ifMatch).toBe(version);
  });

  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"])(
    "a body of content type %s",
    async (type) => expect((await ask({ headers: { "content-type": type } })).status).toBe(200),
  );

  it("a body in base64, as the gateway sends what it takes for bytes", async () => {
    expect((await ask({ body: Buffer.from('{"name":"台灯"}') })).status).toBe(200);
    expect(seen[0]?.body).toEqual({ name: "台灯" });
  });

  it("a body of exactly 1,000,000 bytes", async () => {
    const frame = JSON.stringify({ name: "" }).length;
    expect((await ask({ body: { name: "x".repeat(1_000_000 - frame) } })).status).toBe(200);
  });

  it("anyone to a public route, whose caller has no scopes", async () => {
    const open = endpoint(readLamp, async ({ caller }) => accept({ id: `${caller.client}:${caller.scopes.length}` }));
    expect(said(await open.handle(requestTo(readLamp))).body).toEqual({ id: "anonymous:0" });
  });
});

const tooLong = { name: "x".repeat(1_000_001 - JSON.stringify({ name: "" }).length) };
const tooLongInCharacters = `{"name":"${"灯".repeat(333_334)}"}`;

describe("an endpoint keeps out, before its handler is reached,", () => {
  it.each<[string, Partial<RequestParts>, number, string]>([
    ["no token", { verdict: { refusal: "request.token-missing" } }, 401, "request.token-missing"],
    ["a bad token", { verdict: { refusal: "request.token-invalid" } }, 401, "request.token-invalid"],
    ["a token without scopes", { verdict: { ...verdict, scopes: "" } }, 403, "request.scope-missing"],
    [
      "a token with one of two scopes",
      { verdict: { ...verdict, scopes: "applications:read" } },
      403,
      "request.scope-missing",
    ],
    [
      "a scope that only begins alike",
      { verdict: { ...verdict, scopes: "applications:submit applications:readx" } },
      403,
      "request.scope-missing",
    ],
    ["a path parameter of another form", { params: { id: "ABC" } }, 404, "request.not-found"],
    ["a query of another form", { query: { limit: "6" } }, 422, "request.invalid"],
    ["a body of another form", { body: { name: 3 } }, 422, "request.invalid"],
    ["no body", { body: undefined }, 422, "request.invalid"],
    ["an empty body", { body: "" }, 422, "request.invalid"],
    [
      "a tower of arrays",
      { body: `{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}` },
      400,
      "request.malformed-json",
    ],
    ["sixty-five levels", { body: `{"name":${"[".repeat(65)}${"]".repeat(65)}}` }, 400, "request.malformed-json"],
    ["half of a surrogate pair", { body: '{"name":"\\ud800"}' }, 400, "request.malformed-json"],
    ["half a JSON text", { body: '{"name":"de' }, 400, "request.malformed-json"],
    ["bytes that are not UTF-8", { body: Buffer.from([0x22, 0xc3, 0x28, 0x22]) }, 400, "request.malformed-json"],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" } }, 415, "request.not-json"],
    ["JSON called text", { headers: { "content-type": "text/plain" } }, 415, "request.not-json"],
    ["what only begins like JSON", { headers: { "content-type": "application/jsonp" } }, 415, "request.not-json"],
    ["a body of no type", { headers: { "content-type": "" } }, 415, "request.not-json"],
    ["1,000,001 bytes", { body: tooLong }, 413, "request.too-large"],
    ["1,000,001 bytes in base64", { body: Buffer.from(JSON.stringify(tooLong)) }, 413, "request.too-large"],
    ["a million bytes in a third as many characters", { body: tooLongInCharacters }, 413, "request.too-large"],
    ["no key", { headers: { "idempotency-key": "" } }, 400, "request.key-missing"],
    ["a key of 65 characters", { headers: { "idempotency-key": "k".repeat(65) } }, 400, "request.key-missing"],
    ["a key with a blank", { headers: { "idempotency-key": "k 1" } }, 400, "request.key-missing"],
    ["a key that is not ASCII", { headers: { "idempotency-key": "键" } }, 400, "request.key-missing"],
    ["a bare number in If-Match", { headers: { "if-match": "7" } }, 412, "request.stale"],
    ["a list in If-Match", { headers: { "if-match": '"1", "2"' } }, 412, "request.stale"],
    ["a text in If-Match", { headers: { "if-match": '"abc"' } }, 412, "request.stale"],
  ])("%s", async (_what, parts, status, code) => {
    const answer = await ask(parts);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ type: `/problems/${code}`, status, instance: "urn:request:request-1" });
    expect(answer.headers).toMatchObject({ "content-type": "application/problem+json", "cache-control": "no-store" });
    expect(answer.headers["www-authenticate"]).toBe(status === 401 ? "Bearer" : undefined);
    expect(seen).toEqual([]);
  });

  it("a request without a verdict of the authorizer, as a fault of ours", async () => {
    const answer = await ask({ verdict: undefined });
    expect([answer.status, seen]).toEqual([500, []]);
  });

  it("a body where the contract has none", async () => {
    const open = endpoint(readLamp, async () => accept({ id: "abc" }));
    expect(said(await open.handle(requestTo(readLamp, { body: { a: 1 } }))).status).toBe(422);
  });

  it("takes a key of 64 characters", async () =>
    expect((await ask({ headers: { "idempotency-key": "k".repeat(64) } })).status).toBe(200));
});

describe("what is wrong with a body", () => {
  const secrets = {
    name: 440606199003,
    colour: "秘密的颜色",
    parts: [{ "a/b~c": 1 }, { "a/b~c": "secret-part" }],
    phone: "13800138000x",
  };

  it("is told field by field, with a JSON pointer to each", async () => {
    const { body } = await ask({ body: secrets });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      "/name",
      "/colour",
      "/parts/1/a~1b~0c",
      "/phone",
    ]);
  });

  it("is told with the name of the parameter when it is in the query", async () => {
    const { body } = await ask({ query: { limit: "many" } });
    expect(body.errors).toMatchObject([{ pointer: "limit" }]);
  });

  it.each([
    [undefined, "无效输入", "请求内容不符合要求，详见 errors。"],
    ["zh-CN,zh;q=0.9,en;q=0.8", "无效输入", "请求内容不符合要求，详见 errors。"],
    ["en-GB,en;q=0.9", "Invalid input", "The request does not fit its schema; see errors."],
    ["EN", "Invalid input", "The request does not fit its schema; see errors."],
  ])("is told in the language asked for (%s)", async (language, begins, title) => {
    const { body } = await ask({ body: secrets, headers: language ? { "accept-language": language } : {} });
    expect(body.title).toBe(title);
    expect(body.errors[0].detail.slice(0, begins.length)).toBe(begins);
  });

  it.each(["zh", "en"])("is told without the values that were sent (%s)", async (language) => {
    const { text } = await ask({ body: secrets, headers: { "accept-language": language } });
    for (const value of ["440606199003", "秘密的颜色", "secret-part", "13800138000"]) expect(text).not.toContain(value);
  });

  it("is told for 50 fields at most", async () => {
    const parts = Array.from({ length: 60 }, () => ({ "a/b~c": "x" }));
    expect((await ask({ body: { name: "desk", parts } })).body.errors).toHaveLength(50);
  });
});
