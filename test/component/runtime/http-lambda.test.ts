import { describe, expect, it } from "vitest";
import * as z from "zod";
import { route } from "#shared/contracts/http/route.ts";
import { accept } from "#shared/kernel/decision.ts";
import { correlationId } from "#shared/runtime/correlation.ts";
import { endpoint, type HttpResponse } from "#shared/runtime/endpoint.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { request, said } from "#test/support/http-request.ts";

const lampRoute = (method: "GET" | "POST", operation: string) =>
  route({
    operation,
    tag: "lamps",
    summary: "A lamp",
    method,
    path: "/v1/lamps/{id}",
    scopes: [],
    success: { status: 200, schema: z.object({ did: z.string() }) },
    refusals: {},
  });

const doing = (method: "GET" | "POST", did: string) => endpoint(lampRoute(method, did), async () => accept({ did }));
const text = (body: string): HttpResponse => ({ statusCode: 200, headers: { "content-type": "text/plain" }, body });

describe("a function for the routes of a capability", () => {
  const lambda = httpLambda([doing("GET", "read"), doing("POST", "light")], {
    pages: [
      { path: "/lamps", answer: async () => text(`page of ${correlationId()}`) },
      { path: "/broken", answer: async () => Promise.reject(new Error("disk p-1 is full")) },
    ],
    otherwise: async ({ rawPath }) => text(`no route for ${rawPath}`),
  });
  const answerTo = async (...args: Parameters<typeof request>) => said(await lambda(request(...args)));

  it.each([
    ["GET", "read"],
    ["POST", "light"],
  ])("has the endpoint of the gateway's route answer: %s", async (method, did) => {
    expect((await answerTo({ method, path: "/v1/lamps/{id}", params: { id: "a" } })).body).toEqual({ did });
  });

  it("has a page answer, under the id of the request", async () => {
    expect((await answerTo({ path: "/lamps" })).text).toBe("page of request-1");
  });

  it("answers a fault without its message when a page throws", async () => {
    const answer = await answerTo({ path: "/broken" });
    expect(answer).toMatchObject({ status: 500, body: { type: "/problems/request.fault" } });
    expect(answer.text).not.toContain("p-1");
  });

  it("has what no route took answered by the one for all else", async () => {
    expect((await answerTo({ path: "/nowhere", routeKey: "$default" })).text).toBe("no route for /nowhere");
  });

  it.each(["DELETE /v1/lamps/{id}", "GET /v1/lamps", "POST /lamps", "constructor"])(
    "throws for the route %s: what is deployed and the code differ",
    async (routeKey) => {
      await expect((async () => lambda(request({ path: "/v1/lamps", routeKey })))()).rejects.toThrow(/no endpoint for/);
    },
  );

  it("throws for a request without a route when nothing answers those", async () => {
    const bare = httpLambda([doing("GET", "read")]);
    await expect((async () => bare(request({ path: "/x", routeKey: "$default" })))()).rejects.toThrow(
      /no endpoint for/,
    );
  });
});
