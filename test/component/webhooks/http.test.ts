import { beforeEach, describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { secretVault } from "#functions/webhooks/adapters/secret-vault.ts";
import { beginDelivery, recordAttempt } from "#functions/webhooks/domain/delivery.ts";
import { createEndpointEndpoint } from "#functions/webhooks/http/create-endpoint.ts";
import { deleteEndpointEndpoint } from "#functions/webhooks/http/delete-endpoint.ts";
import { listDeliveriesEndpoint } from "#functions/webhooks/http/list-deliveries.ts";
import { listEndpointsEndpoint } from "#functions/webhooks/http/list-endpoints.ts";
import type { Endpoint } from "#shared/runtime/endpoint.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { type RequestParts, requestTo, said } from "#test/support/http-request.ts";

const NOW = "2026-11-22T02:00:00.000Z";
const market = { client: "market", scopes: "webhooks:manage", department: "11440606MB2D26310W", division: "440606" };
const housing = { ...market, client: "housing", department: "11440600007039469J" };
const body = {
  url: "https://department.example/events",
  types: ["gov.yimen.application.*"],
  description: "case system",
};

const ask = async ({ contract, handle }: Endpoint, parts: Omit<RequestParts, "path">) =>
  said(await handle(requestTo(contract, parts)));

const setUp = () => {
  const deps = {
    endpoints: memoryEndpoints(),
    deliveries: memoryDeliveries(),
    vault: secretVault(fieldCipher({ id: "k1", key: "k".repeat(64), previous: [] })),
    guard: guardedPost({
      rules: addressRules(""),
      timeout: 1000,
      resolve: async () => [{ address: "93.184.216.34", family: 4 }],
    }),
    now: () => NOW,
  };
  return {
    deps,
    create: (key: string, more: object = {}, caller = market) =>
      ask(createEndpointEndpoint(deps), {
        verdict: caller,
        body: { ...body, ...more },
        headers: { "idempotency-key": key },
      }),
    list: (query = {}, caller = market) => ask(listEndpointsEndpoint(deps), { verdict: caller, query }),
    remove: (id: string, caller = market) => ask(deleteEndpointEndpoint(deps), { verdict: caller, params: { id } }),
    log: (id: string, query = {}, caller = market) =>
      ask(listDeliveriesEndpoint(deps), { verdict: caller, params: { id }, query }),
  };
};
let api: ReturnType<typeof setUp>;
beforeEach(() => {
  api = setUp();
});

describe("registering an endpoint", () => {
  it("answers with the secret, and a repeat with the same one", async () => {
    const first = await api.create("a");
    expect(first).toMatchObject({ status: 201, body: { ...body, enabled: true, createdAt: NOW } });
    expect(first.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(await api.create("a")).toEqual(first);
    expect((await api.list()).body.items).toHaveLength(1);
  });

  it("at the same moment twice makes one", async () => {
    const [one, other] = await Promise.all([api.create("a"), api.create("a")]);
    expect(other).toEqual(one);
  });

  it("refuses the key for another request, and after the endpoint was removed", async () => {
    const { body: made } = await api.create("a");
    const reused = { status: 409, body: { type: "/problems/request.key-reused" } };
    expect(await api.create("a", { description: "other" })).toMatchObject(reused);
    expect((await api.create("a", {}, housing)).body.id).not.toBe(made.id);
    await api.remove(made.id);
    expect(await api.create("a")).toMatchObject(reused);
  });

  it.each(["http://department.example/", "https://127.0.0.1/", "https://department.example:22/"])(
    "refuses %s",
    async (url) => {
      expect(await api.create("a", { url })).toMatchObject({
        status: 422,
        body: { type: "/problems/webhook.url-not-allowed" },
      });
    },
  );

  it("refuses the 51st of a department, and takes it when one is removed", async () => {
    const made = await Promise.all(Array.from({ length: 50 }, (_, i) => api.create(`k${i}`)));
    expect(await api.create("k50")).toMatchObject({
      status: 409,
      body: { type: "/problems/webhook.too-many-endpoints" },
    });
    expect((await api.create("k50", {}, housing)).status).toBe(201);
    await api.remove(made[7]?.body.id);
    expect((await api.create("k50")).status).toBe(201);
  });
});

it("is for departments only", async () => {
  const { department: _, ...nobody } = market;
  const refused = { status: 403, body: { type: "/problems/request.scope-missing" } };
  const id = "0".repeat(26);
  expect(await api.create("a", {}, nobody as typeof market)).toMatchObject(refused);
  expect(await api.list({}, nobody as typeof market)).toMatchObject(refused);
  expect(await api.remove(id, nobody as typeof market)).toMatchObject(refused);
  expect(await api.log(id, {}, nobody as typeof market)).toMatchObject(refused);
});

it("lists the department's own endpoints, page by page, without their secrets", async () => {
  for (const key of ["a", "b", "c"]) await api.create(key);
  await api.create("a", {}, housing);
  const first = await api.list({ limit: "2" });
  expect(first.body.items).toHaveLength(2);
  const second = await api.list({ limit: "2", cursor: first.body.next });
  expect(second.body.items).toHaveLength(1);
  expect(second.body.next).toBeUndefined();
  const all = [...first.body.items, ...second.body.items];
  expect(new Set(all.map(({ id }: { id: string }) => id)).size).toBe(3);
  expect(JSON.stringify(all)).not.toContain("whsec_");
  expect((await api.list({ cursor: "nonsense" })).status).toBe(422);
});

it("removes an endpoint once, and never another department's", async () => {
  const { id } = (await api.create("a")).body;
  const missing = { status: 404, body: { type: "/problems/webhook.endpoint-not-found" } };
  expect(await api.remove(id, housing)).toMatchObject(missing);
  expect(await api.remove(id)).toMatchObject({ status: 204, text: "" });
  expect(await api.remove(id)).toMatchObject(missing);
  expect(await api.log(id)).toMatchObject(missing);
  expect((await api.list()).body.items).toEqual([]);
});

it("shows the delivery log newest first, and never another department's", async () => {
  const { id } = (await api.create("a")).body;
  for (const second of [1, 2, 3]) {
    const time = `2026-11-22T02:00:0${second}.000Z`;
    const facts = { endpoint: id, department: market.department, event: `e${second}`, time, type: "t", subject: "s" };
    const begun = beginDelivery({ ...facts, body: "{}" }, NOW);
    await api.deps.deliveries.save(begun);
    const result = { status: second === 3 ? 500 : 204, milliseconds: 12 };
    if (second > 1) await api.deps.deliveries.save(recordAttempt(begun, { result, startedAt: NOW, jitter: 0 }, NOW));
  }
  const first = await api.log(id, { limit: "2" });
  expect(first.body.items).toEqual([
    {
      event: "e3",
      type: "t",
      subject: "s",
      status: "pending",
      createdAt: NOW,
      nextAttemptAt: "2026-11-22T02:00:05.000Z",
      attempts: [{ at: NOW, status: 500, milliseconds: 12 }],
    },
    expect.objectContaining({ event: "e2", status: "delivered" }),
  ]);
  const second = await api.log(id, { limit: "2", cursor: first.body.next });
  expect(second.body).toEqual({ items: [expect.objectContaining({ event: "e1", status: "pending", attempts: [] })] });
  expect((await api.log(id, { cursor: "nonsense" })).status).toBe(422);
  expect((await api.log(id, {}, housing)).status).toBe(404);
});
