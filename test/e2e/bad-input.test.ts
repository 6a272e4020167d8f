import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import { Problem } from "#shared/contracts/http/problems.ts";
import { listEndpoints } from "#shared/contracts/http/webhooks/endpoints.ts";
import { apiOf, submission, submitDemo, testCity, tokenOf, untilConcluded } from "../support/city.ts";

interface Wrong {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly token?: "portal" | "department" | "another department" | "narrow" | "garbage" | "none";
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly status: number;
  readonly code: string;
}

const json = { "content-type": "application/json" };
const keyed = { ...json, "idempotency-key": "bad-input" };
const good = JSON.stringify(submission);
const acceptance = JSON.stringify({ officer: "clerk-1" });

describe("bad input", () => {
  let city: City;
  let tokens: Record<NonNullable<Wrong["token"]>, string | undefined>;
  let id: string;
  let endpointId: string;

  beforeAll(async () => {
    city = await testCity();
    tokens = {
      portal: await tokenOf(city, "channel-portal"),
      department: await tokenOf(city, "department-11440607ym00000752"),
      "another department": await tokenOf(city, "department-11440608ym0000083b"),
      narrow: await tokenOf(city, "channel-portal", "applications:read"),
      garbage: "eyJhbGciOiJub25lIn0.e30.",
      none: undefined,
    };
    const endpoints = await apiOf(city, "department-11440607ym00000752")(listEndpoints, {});
    if (!endpoints.ok) throw new Error(endpoints.code);
    endpointId = endpoints.value.items[0]?.id ?? "";
    ({ id } = await submitDemo(city, "bad-input-case"));
    await untilConcluded(city, id);
  });
  afterAll(() => city.stop());

  const cases: Wrong[] = [
    { what: "an unknown route", path: "/v1/nothing", status: 404, code: "request.not-found" },
    { what: "a wrong method", method: "PUT", path: "/v1/items", status: 405, code: "request.method-not-allowed" },
    { what: "no token", path: "/v1/worklist", token: "none", status: 401, code: "request.token-missing" },
    { what: "a bad token", path: "/v1/worklist", token: "garbage", status: 401, code: "request.token-invalid" },
    { what: "a missing scope", path: "/v1/worklist", status: 403, code: "request.scope-missing" },
    {
      what: "a token with too little",
      method: "POST",
      path: "/v1/applications",
      token: "narrow",
      headers: keyed,
      body: good,
      status: 403,
      code: "request.scope-missing",
    },
    {
      what: "another department's case",
      path: "/v1/applications/{id}",
      token: "another department",
      status: 404,
      code: "application.not-found",
    },
    {
      what: "acting on another department's case",
      method: "POST",
      path: "/v1/applications/{id}/accept",
      token: "another department",
      headers: keyed,
      body: acceptance,
      status: 404,
      code: "application.not-found",
    },
    {
      what: "malformed JSON",
      method: "POST",
      path: "/v1/applications",
      headers: keyed,
      body: '{"itemCode":',
      status: 400,
      code: "request.malformed-json",
    },
    {
      what: "bytes that are not UTF-8",
      method: "POST",
      path: "/v1/applications",
      headers: keyed,
      // The gateway hands the function text, so that the bytes have been replaced by U+FFFD before.
      body: Uint8Array.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      status: 422,
      code: "request.invalid",
    },
    {
      what: "another content type",
      method: "POST",
      path: "/v1/applications",
      headers: { ...keyed, "content-type": "text/plain" },
      body: good,
      status: 415,
      code: "request.not-json",
    },
    {
      what: "no body",
      method: "POST",
      path: "/v1/applications",
      headers: keyed,
      status: 422,
      code: "request.invalid",
    },
    {
      what: "no Idempotency-Key",
      method: "POST",
      path: "/v1/applications",
      headers: json,
      body: good,
      status: 400,
      code: "request.key-missing",
    },
    {
      what: "a key that was used for another body",
      method: "POST",
      path: "/v1/applications",
      headers: { ...json, "idempotency-key": "bad-input-case" },
      body: JSON.stringify({ ...submission, form: {} }),
      status: 409,
      code: "request.key-reused",
    },
    {
      what: "a stale If-Match",
      method: "POST",
      path: "/v1/applications/{id}/conclude",
      token: "department",
      headers: { ...keyed, "if-match": '"1"' },
      body: acceptance,
      status: 412,
      code: "request.stale",
    },
    {
      what: "a command out of turn",
      method: "POST",
      path: "/v1/applications/{id}/accept",
      token: "department",
      headers: keyed,
      body: acceptance,
      status: 409,
      code: "application.not-submitted",
    },
    {
      what: "a body over 1 MB",
      method: "POST",
      path: "/v1/applications",
      headers: keyed,
      body: JSON.stringify({ ...submission, form: { text: "x".repeat(1_000_001) } }),
      status: 413,
      code: "request.too-large",
    },
    {
      what: "a form larger than a row",
      method: "POST",
      path: "/v1/applications",
      headers: { ...keyed, "idempotency-key": "large-form" },
      body: JSON.stringify({ ...submission, form: { text: "x".repeat(600_000) } }),
      status: 413,
      code: "application.form-too-large",
    },
    {
      what: "a tower of arrays",
      method: "POST",
      path: "/v1/applications",
      headers: keyed,
      body: `{"form":${"[".repeat(300_000)}${"]".repeat(300_000)}}`,
      status: 400,
      code: "request.malformed-json",
    },
    {
      what: "a forged cursor",
      path: `/v1/webhook-endpoints/{endpoint}/deliveries?cursor=${Buffer.from('{"sk":""}').toString("base64url")}`,
      token: "department",
      status: 422,
      code: "request.bad-cursor",
    },
    {
      what: "a wrong check character",
      method: "POST",
      path: "/v1/applications",
      headers: { ...keyed, "idempotency-key": "bad-check" },
      body: JSON.stringify({
        ...submission,
        applicant: { kind: "natural", name: "黄丽珍", idNumber: "110105194912310021" },
      }),
      status: 422,
      code: "application.invalid-id-number",
    },
    {
      what: "a made-up cursor",
      path: "/v1/worklist?cursor=bm9uc2Vuc2U",
      token: "department",
      status: 422,
      code: "request.bad-cursor",
    },
    {
      what: "an id that cannot be one",
      path: "/v1/applications/..%2f..%2fetc",
      status: 404,
      code: "request.not-found",
    },
  ];

  it.each(cases)(
    "$what: $status $code",
    async ({ method = "GET", path, token = "portal", headers, body, status, code }) => {
      const bearer = tokens[token];
      const answer = await fetch(city.url + path.replace("{id}", id).replace("{endpoint}", endpointId), {
        method,
        headers: { ...headers, ...(bearer && { authorization: `Bearer ${bearer}` }) },
        ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      });
      const text = await answer.text();
      expect({ status: answer.status, type: answer.headers.get("content-type"), text }).toMatchObject({
        status,
        type: "application/problem+json",
      });
      const problem = Problem.parse(JSON.parse(text));
      expect(problem).toMatchObject({ type: `/problems/${code}`, status });
      expect(problem.title).toMatch(/。$/);
      expect(text).not.toMatch(/node_modules|\.ts:|at .*\(|Error:/);
    },
  );

  it("points at every field that is wrong, without repeating what was sent", async () => {
    const answer = await fetch(`${city.url}/v1/applications`, {
      method: "POST",
      headers: { ...keyed, authorization: `Bearer ${tokens.portal}`, "accept-language": "en" },
      body: JSON.stringify({ itemCode: "nonsense-value", applicant: { kind: "alien-value", name: "" }, form: [] }),
    });
    const text = await answer.text();
    const problem = Problem.parse(JSON.parse(text));
    expect(problem.errors?.map(({ pointer }) => pointer).sort()).toEqual([
      "/applicant/idNumber",
      "/applicant/kind",
      "/applicant/name",
      "/form",
      "/itemCode",
    ]);
    expect(text).not.toMatch(/nonsense-value|alien-value/);
  });

  it("survives what is not HTTP", async () => {
    const { hostname, port } = new URL(city.url);
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => socket.write("\x00\x01 not http\r\n\r\n"));
      socket.on("error", () => resolve()).on("close", () => resolve());
      socket.on("data", () => socket.end());
    });
    expect((await fetch(`${city.url}/health`)).status).toBe(200);
  });

  it("leads from a problem's type to its page", async () => {
    const page = await fetch(`${city.url}/problems/application.same-officer`);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await page.text()).toContain("受审分离");
  });
});
