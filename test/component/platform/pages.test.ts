import { describe, expect, it } from "vitest";
import { answerOtherwise } from "#functions/platform/http/otherwise.ts";
import { openApiPage, problemPage, referencePage } from "#functions/platform/http/pages.ts";
import { healthEndpoint } from "#functions/platform/http/read-health.ts";
import { routes } from "#shared/contracts/http/index.ts";
import { pages } from "#shared/contracts/http/platform.ts";
import { requestRefusals } from "#shared/contracts/http/problems.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { request, said } from "#test/support/http-request.ts";

const all = Object.values(routes).flat();
const lambda = httpLambda([healthEndpoint], {
  pages: [openApiPage, problemPage, referencePage],
  otherwise: answerOtherwise,
});
const otherwise = async (method: string, path: string, headers: Record<string, string> = {}) =>
  said(await lambda(request({ method, path, headers, routeKey: "$default" })));
const problem = async (code: string, headers: Record<string, string> = {}) =>
  said(await lambda(request({ path: pages.problem, params: { code }, headers })));

describe("a request that no route took", () => {
  it.each([
    "/nowhere",
    "/",
    "/v1",
    "/v1/items/a/b/c/d",
    "/V1/items",
    "/v1/items/",
    "/v1//items",
    "/v1/applications//accept",
  ])("is told that nothing is at %s", async (path) => {
    const answer = await otherwise("GET", path);
    expect(answer).toMatchObject({
      status: 404,
      body: { type: "/problems/request.not-found", title: "没有这个地址。" },
    });
    expect(answer.headers).not.toHaveProperty("allow");
  });

  it.each([
    ["DELETE", "/v1/applications", "POST"],
    ["GET", "/v1/applications", "POST"],
    ["PUT", "/health", "GET"],
    ["DELETE", "/v1/applications/6HYKAXHF35VSPWQCVNX2QHSA56", "GET"],
    ["GET", "/v1/applications/6HYKAXHF35VSPWQCVNX2QHSA56/accept", "POST"],
  ])("is told what the address does answer: %s %s, but %s", async (method, path, allow) => {
    const answer = await otherwise(method, path);
    expect(answer).toMatchObject({ status: 405, body: { type: "/problems/request.method-not-allowed" } });
    expect(answer.headers.allow).toBe(allow);
  });

  it.each(all.map(({ method, path }) => [method, path]))(
    "is not sent to the right route by chance: %s %s",
    async (method, path) => {
      const filled = path.replace(/\{\w+\}/g, "x");
      const { status, headers } = await otherwise("PATCH", filled);
      const allowed = headers.allow?.split(", ") ?? [];
      expect(status).toBe(405);
      expect(allowed).toContain(method);
      expect(new Set(allowed).size).toBe(allowed.length);
    },
  );

  it("is told in English when that is asked for", async () => {
    const { body } = await otherwise("GET", "/nowhere", { "accept-language": "en" });
    expect(body.title).toBe("There is nothing at this address.");
  });
});

describe("the page of a problem", () => {
  it.each(Object.entries(requestRefusals))("says in both languages what %s means", async (code, { status, zh, en }) => {
    const answer = await problem(code);
    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
    for (const text of [code, zh, en, `HTTP ${status}`]) expect(answer.text).toContain(text);
  });

  it("names every route where the problem is met, and no other", async () => {
    const { text } = await problem("application.same-officer");
    expect([...text.matchAll(/<li><code>(.*?)<\/code>/g)].map(([, route]) => route)).toEqual([
      "POST /v1/applications/{id}/stages/{stage}/decide",
    ]);
  });

  it("exists for every refusal of every contract", async () => {
    for (const code of all.flatMap(({ refusals }) => Object.keys(refusals)))
      expect((await problem(code)).status, code).toBe(200);
  });

  it.each([
    "application.unknown",
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "",
    "<script>alert(1)</script>",
  ])("does not exist for %j", async (code) => {
    const answer = await problem(code);
    expect(answer).toMatchObject({ status: 404, body: { type: "/problems/request.not-found" } });
    expect(answer.text).not.toContain("<script>");
  });

  it("runs no script, wherever it came from", async () => {
    expect((await problem("request.stale")).headers).toMatchObject({
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "x-content-type-options": "nosniff",
    });
  });
});

describe("the pages for developers", () => {
  it("give the OpenAPI document of all routes, with the address it was asked at", async () => {
    const answer = said(await lambda(request({ path: pages.openapi })));
    expect(answer).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
    expect(answer.body.servers).toEqual([{ url: "/" }]);
    const documented = Object.entries<object>(answer.body.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(all.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it("give a reference that reads that document and loads its script from here alone", async () => {
    const answer = said(await lambda(request({ path: pages.reference })));
    expect(answer.text).toContain(`data-url="${pages.openapi}"`);
    expect([...answer.text.matchAll(/src="(.*?)"/g)].map(([, address]) => address)).toEqual([pages.referenceScript]);
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'self';/);
  });
});

it("the platform says that it is well to anyone", async () => {
  const answer = said(await lambda(request({ path: "/health" })));
  expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
});
