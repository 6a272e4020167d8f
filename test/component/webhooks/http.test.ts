import { beforeEach, describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { memoryEventConsumers } from "#functions/webhooks/adapters/memory-event-consumers.ts";
import { createEndpointEndpoint } from "#functions/webhooks/http/create-endpoint.ts";
import { deliveryEndpoints } from "#functions/webhooks/http/deliveries.ts";
import { eventConsumerEndpoints } from "#functions/webhooks/http/event-consumers.ts";
import { manageEndpoints } from "#functions/webhooks/http/manage-endpoint.ts";
import { pullEventsEndpoint } from "#functions/webhooks/http/pull-events.ts";
import { type RequestParts, requestTo, said } from "#test/support/http-request.ts";
import { caseEvent, DEPARTMENT, webhooksStage } from "#test/support/webhooks-stage.ts";

const market = { client: "market", scopes: "webhooks:manage events:read", department: DEPARTMENT, division: "440606" };
const housing = { ...market, client: "housing", department: "11440600007039469J" };
const body = {
  url: "https://department.example/events",
  types: ["gov.yimen.application.*"],
  description: "case system",
};

const setUp = () => {
  const stage = webhooksStage();
  const waited: number[] = [];
  const whileWaiting: (() => Promise<void>)[] = [];
  const deps = {
    ...stage.stores,
    consumers: memoryEventConsumers(),
    wakes: stage.wakes,
    vault: stage.vault,
    guard: guardedPost({
      rules: addressRules(""),
      timeout: 1000,
      resolve: async () => [{ address: "93.184.216.34", family: 4 }],
    }),
    now: stage.clock,
    pause: async (seconds: number) => {
      waited.push(seconds);
      await whileWaiting.shift()?.();
    },
  };
  const endpoints = [
    createEndpointEndpoint(deps),
    ...manageEndpoints(deps),
    ...deliveryEndpoints(deps),
    ...eventConsumerEndpoints(deps),
    pullEventsEndpoint(deps),
  ];
  const ask = async (operation: string, parts: Omit<RequestParts, "path"> & { key?: string } = {}, caller = market) => {
    const found = endpoints.find(({ contract }) => contract.operation === operation);
    if (!found) throw new Error(`no ${operation}`);
    const { key, ...rest } = parts;
    const headers = { ...rest.headers, ...(key !== undefined && { "idempotency-key": key }) };
    return said(await found.handle(requestTo(found.contract, { verdict: caller, ...rest, headers })));
  };
  return {
    stage,
    deps,
    ask,
    waited,
    whileWaiting,
    create: (key: string, more: object = {}, caller = market) =>
      ask("createWebhookEndpoint", { body: { ...body, ...more }, key }, caller),
    list: (query = {}, caller = market) => ask("listWebhookEndpoints", { query }, caller),
    remove: (id: string, caller = market) => ask("deleteWebhookEndpoint", { params: { id } }, caller),
    log: (id: string, query = {}, caller = market) => ask("listWebhookDeliveries", { params: { id }, query }, caller),
    pull: (query = {}, caller = market) => ask("pullEvents", { query }, caller),
    acknowledge: (name: string, told: object, caller = market) =>
      ask("acknowledgeEvents", { params: { name }, body: told }, caller),
    /** Events of the relay's: what endpoints have told. */
    relay: () => stage.publish(...(stage.endpoints.outbox?.splice(0) ?? [])),
  };
};
let api: ReturnType<typeof setUp>;
beforeEach(() => {
  api = setUp();
});
const problem = (status: number, code: string) => ({ status, body: { type: `/problems/${code}` } });

describe("registering an endpoint", () => {
  it("answers with the secret, and a repeat with the same one", async () => {
    const first = await api.create("a");
    expect(first).toMatchObject({ status: 201, body: { ...body, enabled: true, ordered: false, ratePerSecond: 50 } });
    expect(first.body.publicKey).toMatch(/^whpk_/);
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

  it.each([
    ["gov.yimen.*", 201],
    ["gov.yimen.application.*", 201],
    ["gov.yimen.application.submitted.v1", 201],
    ["gov.yimen", 422],
    ["gov.yimen.", 422],
    ["gov.yimen..*", 422],
    ["gov.*", 422],
    ["*", 422],
    ["gov.yimen.application*", 422],
    ["gov.yimen.*.v1", 422],
  ])("takes or refuses the types %s: %i", async (types, status) => {
    expect((await api.create("a", { types: [types] })).status).toBe(status);
    expect((await api.pull({ types })).status).toBe(status === 201 ? 200 : status);
  });

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

describe("an endpoint", () => {
  const at = (id: string, more: object = {}) => ({ params: { id }, ...more });

  it("is changed in part, and never another department's", async () => {
    const { id } = (await api.create("a", { items: ["ITEM1"], contact: "ss-1" })).body;
    const change = { ratePerSecond: 5, ordered: true, items: null, url: "https://department.example/two" };
    const changed = await api.ask("changeWebhookEndpoint", at(id, { body: change, headers: { "if-match": '"1"' } }));
    expect(changed).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { url: change.url, ratePerSecond: 5, ordered: true, contact: "ss-1", types: body.types },
    });
    expect(changed.body).not.toHaveProperty("items");
    expect(await api.ask("changeWebhookEndpoint", at(id, { body: {}, headers: { "if-match": '"1"' } }))).toMatchObject(
      problem(412, "request.stale"),
    );
    expect(await api.ask("changeWebhookEndpoint", at(id, { body: { url: "https://10.0.0.1/" } }))).toMatchObject(
      problem(422, "webhook.url-not-allowed"),
    );
    expect(await api.ask("changeWebhookEndpoint", at(id, { body: {} }), housing)).toMatchObject(
      problem(404, "webhook.endpoint-not-found"),
    );
    expect((await api.ask("readWebhookEndpoint", at(id), housing)).status).toBe(404);
  });

  it("disabled and enabled again gets what it missed; from now on, only what is new", async () => {
    const { id } = (await api.create("a")).body;
    expect(await api.ask("disableWebhookEndpoint", at(id, { key: "off" }))).toMatchObject({
      body: { enabled: false, disabledBecause: "department" },
    });
    await api.stage.publish(caseEvent("CASE", 1));
    await api.stage.work();
    expect((await api.ask("readWebhookEndpoint", at(id))).body).toMatchObject({ behind: 1, failedInARow: 0 });
    expect((await api.ask("enableWebhookEndpoint", at(id, { key: "on" }))).body.enabled).toBe(true);
    await api.stage.work();
    expect(api.stage.arrived(id)).toEqual(["CASE.1.0"]);
    await api.ask("disableWebhookEndpoint", at(id, { key: "off2" }));
    await api.stage.publish(caseEvent("CASE", 2));
    await api.ask("enableWebhookEndpoint", at(id, { key: "on2", body: { from: "now" } }));
    await api.stage.publish(caseEvent("CASE", 3));
    await api.stage.work();
    expect(api.stage.arrived(id)).toEqual(["CASE.1.0", "CASE.3.0"]);
    expect(await api.ask("enableWebhookEndpoint", at(id, { key: "on2", body: {} }))).toMatchObject(
      problem(409, "request.key-reused"),
    );
  });

  it.each([
    ["an old address that asks for a day's patience", { status: 503, retryAfterSeconds: 86_400, milliseconds: 5 }, 20],
    ["an old address that says it is gone", { status: 410, milliseconds: 5 }, 12],
  ] as const)("given another URL while a worker waits for %s goes on there at once", async (_what, answer, arrives) => {
    const { id } = (await api.create("a")).body;
    const url = "https://department.example/new";
    let moved = false;
    api.stage.answerAt(body.url, async () => {
      // Its department changes it just while the old one is asked.
      if (!moved) {
        moved = true;
        expect((await api.ask("changeWebhookEndpoint", at(id, { body: { url } }))).status).toBe(200);
      }
      return answer;
    });
    await api.stage.publish(...Array.from({ length: 20 }, (_, i) => caseEvent(`CASE${i}`, 1)));
    await api.stage.pass(30);
    const read = (await api.ask("readWebhookEndpoint", at(id))).body;
    expect(read).toMatchObject({ enabled: true, failedInARow: 0, behind: 0 });
    expect(read).not.toHaveProperty("pausedUntil");
    const there = api.stage.sent.filter((message) => message.url === url).map((message) => message.id);
    // A 410 ends what it is said to; what was only put off is tried at the new address.
    expect(new Set(there).size).toBe(arrives);
    expect(api.stage.endpoints.outbox).toEqual([]);
  });

  it("gets a new secret, told again to the same request only, and the old one signs for a while", async () => {
    const { id, secret, publicKey } = (await api.create("a")).body;
    const rotate = (key: string, more: object = {}) => api.ask("rotateWebhookSecret", at(id, { key, body: more }));
    const first = await rotate("r1");
    expect(first).toMatchObject({
      status: 200,
      body: { previousKeys: [{ publicKey, until: "2026-11-23T02:00:00.000Z" }], version: 2 },
    });
    expect(first.body.secret).not.toBe(secret);
    expect(await rotate("r1")).toEqual(first);
    expect((await api.create("a")).body.secret).toBe(secret);
    expect(await rotate("r1", { overlapHours: 1 })).toMatchObject(problem(409, "request.key-reused"));
    const second = await rotate("r2", { overlapHours: 0 });
    expect(second.body).not.toHaveProperty("previousKeys");
    expect(await rotate("r1")).toMatchObject(problem(409, "request.key-reused"));
    expect(await api.create("a")).toMatchObject(problem(409, "request.key-reused"));
    expect(JSON.stringify((await api.ask("readWebhookEndpoint", at(id))).body)).not.toContain("whsec_");
  });

  it("rotated twice is signed with all three keys, so that no promise of an overlap is broken", async () => {
    const { id, publicKey } = (await api.create("a")).body;
    const first = await api.ask("rotateWebhookSecret", at(id, { key: "r1" }));
    const second = await api.ask("rotateWebhookSecret", at(id, { key: "r2" }));
    expect(second.body.previousKeys.map((each: { publicKey: string }) => each.publicKey)).toEqual([
      first.body.publicKey,
      publicKey,
    ]);
    await api.stage.publish(caseEvent("CASE", 1));
    await api.stage.work();
    expect(api.stage.sent.at(-1)?.keys.map((keys) => keys.publicKey)).toEqual([
      second.body.publicKey,
      first.body.publicKey,
      publicKey,
    ]);
    await api.ask("rotateWebhookSecret", at(id, { key: "r3" }));
    await api.ask("rotateWebhookSecret", at(id, { key: "r4" }));
    expect(await api.ask("rotateWebhookSecret", at(id, { key: "r5" }))).toMatchObject(
      problem(409, "webhook.too-many-keys"),
    );
    expect(await api.ask("rotateWebhookSecret", at(id, { key: "r5", body: { overlapHours: 0 } }))).toMatchObject({
      status: 200,
    });
  });

  it("gets a test event the way every event goes, and no other endpoint does", async () => {
    const { id } = (await api.create("a")).body;
    const all = await api.create("b", { types: ["gov.yimen.*"] });
    expect(all.status).toBe(201);
    const other = all.body;
    const tested = await api.ask("testWebhookEndpoint", at(id, { key: "t" }));
    expect(await api.ask("testWebhookEndpoint", at(id, { key: "t" }))).toEqual(tested);
    await api.relay();
    await api.stage.work();
    expect(api.stage.arrived(id)).toEqual([tested.body.event]);
    expect(api.stage.arrived(other.id)).toEqual([]);
    await api.stage.publish(
      caseEvent("CASE", 1),
      caseEvent("ORDER", 1, { type: "gov.yimen.payment.order-settled.v1" }),
    );
    await api.stage.work();
    expect(api.stage.arrived(other.id)).toEqual(["CASE.1.0", "ORDER.1.0"]);
    expect((await api.log(id)).body.items).toMatchObject([
      { event: "CASE.1.0" },
      { event: tested.body.event, type: "gov.yimen.webhook.test.v1", status: "delivered" },
    ]);
    await api.ask("disableWebhookEndpoint", at(id, { key: "off" }));
    expect(await api.ask("testWebhookEndpoint", at(id, { key: "t2" }))).toMatchObject(
      problem(409, "webhook.endpoint-disabled"),
    );
  });
});

describe("a client of one division", () => {
  const city = { ...market, client: "city", division: "440600" };
  const town = { ...market, client: "town", division: "440606101" };
  const whole: typeof market = { ...market, client: "whole", division: undefined as never };
  const notFound = problem(404, "webhook.endpoint-not-found");

  it.each([
    ["the city's", city],
    ["the whole department's", whole],
    ["a sister's", { ...town, client: "sister", division: "440606102" }],
  ])("can neither see nor touch %s endpoints", async (_whose, owner) => {
    const { id } = (await api.create("k", {}, owner)).body;
    const recovery = (await api.ask("startWebhookRecovery", { params: { id }, key: "r", body: all }, owner)).body.id;
    await api.stage.publish(caseEvent("CASE", 1, { division: "440606101" }));
    const asked: [string, Parameters<typeof api.ask>[1]][] = [
      ["readWebhookEndpoint", {}],
      ["changeWebhookEndpoint", { body: { url: "https://evil.example/" } }],
      ["enableWebhookEndpoint", { key: "on" }],
      ["disableWebhookEndpoint", { key: "off" }],
      ["rotateWebhookSecret", { key: "x" }],
      ["testWebhookEndpoint", { key: "t" }],
      ["deleteWebhookEndpoint", {}],
      ["listWebhookDeliveries", {}],
      ["redeliverWebhookEvent", { key: "d", params: { event: "CASE.1.0" } }],
      ["startWebhookRecovery", { key: "v", body: all }],
      ["readWebhookRecovery", { params: { recovery } }],
    ];
    for (const [operation, parts] of asked)
      expect(await api.ask(operation, { ...parts, params: { ...parts?.params, id } }, town), operation).toMatchObject(
        notFound,
      );
    expect((await api.list({}, town)).body.items).toEqual([]);
    expect((await api.list({}, owner)).body.items).toMatchObject([{ id, version: 1, url: body.url }]);
  });
  const all = { replayAfter: "oldest" };

  it("is managed by one of the division above it, and by one of the whole department", async () => {
    const { id } = (await api.create("k", {}, town)).body;
    for (const above of [city, whole, town]) {
      expect((await api.list({}, above)).body.items).toMatchObject([{ id }]);
      expect((await api.ask("readWebhookEndpoint", { params: { id } }, above)).status).toBe(200);
    }
  });

  it("has no event of another division sent to its endpoint, whatever it asks for", async () => {
    const { id } = (await api.create("k", {}, town)).body;
    await api.stage.publish(
      caseEvent("OTHER", 1, { division: "440607" }),
      caseEvent("MINE", 1, { division: "440606101" }),
    );
    const test = await api.ask(
      "testWebhookEndpoint",
      { params: { id: (await api.create("c", {}, city)).body.id }, key: "t" },
      city,
    );
    await api.relay();
    await api.stage.work();
    for (const event of ["OTHER.1.0", test.body.event])
      expect(await api.ask("redeliverWebhookEvent", { params: { id, event }, key: "r" }, town)).toMatchObject(
        problem(404, "webhook.event-not-found"),
      );
    const begun = await api.ask("startWebhookRecovery", { params: { id }, key: "all", body: all }, town);
    await api.stage.pass(60);
    expect(
      (await api.ask("readWebhookRecovery", { params: { id, recovery: begun.body.id } }, town)).body,
    ).toMatchObject({ state: "done", renewed: 1 });
    expect(api.stage.arrived(id)).toEqual(["MINE.1.0", "MINE.1.0"]);
  });

  it("has consumers of its own, and moves or forgets no other's", async () => {
    await api.stage.publish(...[1, 2].map((n) => caseEvent("CASE", n)));
    await api.acknowledge("cases", { acknowledged: "oldest" }, city);
    expect((await api.ask("listEventConsumers", {}, town)).body.items).toEqual([]);
    expect((await api.ask("removeEventConsumer", { params: { name: "cases" } }, town)).status).toBe(404);
    expect(await api.pull({ consumer: "cases" }, town)).toMatchObject(problem(404, "event.consumer-not-found"));
    await api.acknowledge("cases", { acknowledged: "latest" }, town);
    expect((await api.pull({ consumer: "cases" }, city)).body.items).toHaveLength(2);
  });
});

describe("the journal", () => {
  it("shows deliveries newest first, with what was answered, and never another department's", async () => {
    const { id } = (await api.create("a")).body;
    api.stage.answer("x", async () => ({ status: 204, milliseconds: 1 }));
    await api.stage.publish(caseEvent("CASE", 1), caseEvent("CASE", 2), caseEvent("CASE", 3));
    await api.stage.work();
    const first = await api.log(id, { limit: "2" });
    expect(first.body.items).toMatchObject([
      {
        event: "CASE.3.0",
        type: "gov.yimen.application.submitted.v1",
        subject: "CASE",
        status: "delivered",
        attempts: [{ status: 204, milliseconds: 5 }],
      },
      { event: "CASE.2.0" },
    ]);
    const second = await api.log(id, { limit: "2", cursor: first.body.next });
    expect(second.body).toMatchObject({ items: [{ event: "CASE.1.0" }] });
    expect((await api.log(id, { status: "failed" })).body.items).toEqual([]);
    expect((await api.log(id, { cursor: "nonsense" })).status).toBe(422);
    expect((await api.log(id, {}, housing)).status).toBe(404);
  });

  it("delivers one event again when it is asked to, once for each request", async () => {
    const { id } = (await api.create("a")).body;
    await api.stage.publish(caseEvent("CASE", 1), caseEvent("CASE", 2, { type: "gov.yimen.other.thing.v1" }));
    await api.stage.work();
    const again = (event: string, key: string, caller = market) =>
      api.ask("redeliverWebhookEvent", { params: { id, event }, key }, caller);
    expect(await again("CASE.1.0", "r1")).toMatchObject({ status: 200, body: { event: "CASE.1.0" } });
    await api.stage.pass(5);
    await again("CASE.1.0", "r1");
    await api.stage.pass(5);
    expect(api.stage.arrived(id)).toEqual(["CASE.1.0", "CASE.1.0"]);
    expect(new Set(api.stage.sent.map((message) => message.body)).size).toBe(1);
    // Also one that the endpoint does not subscribe to: it is the department's own.
    await again("CASE.2.0", "r2");
    await api.stage.pass(5);
    expect(api.stage.arrived(id)).toEqual(["CASE.1.0", "CASE.1.0", "CASE.2.0"]);
    expect(await again("CASE.9.0", "r3")).toMatchObject(problem(404, "webhook.event-not-found"));
    expect(await again("CASE.1.0", "r1", housing)).toMatchObject(problem(404, "webhook.endpoint-not-found"));
  });

  it("recovers all that failed since a time, and replays from a cursor, with a report", async () => {
    const { id } = (await api.create("a")).body;
    const at = (subject: string, sequence: number) => caseEvent(subject, sequence, { time: api.stage.clock() });
    let mended = false;
    // What it cannot read it refuses; all else it takes.
    api.stage.answerAt(body.url, async (message) => ({
      status: message.id.startsWith("ODD") && !mended ? 400 : 204,
      milliseconds: 5,
    }));
    const first = at("ODD", 1);
    await api.stage.publish(first, at("ODD", 2), at("ODD", 3));
    for (let quarters = 0; quarters < 4.5 * 96; quarters++) {
      await api.stage.pass(300);
      await api.stage.publish(at("EVEN", quarters + 1));
      await api.stage.pass(600);
      await api.stage.sweep();
    }
    await api.stage.work();
    expect(await api.stage.lanes.find(id)).toMatchObject({ opened: 0 });
    const odd = (await api.stage.log(id)).filter(({ subject }) => subject === "ODD");
    expect(odd.map(({ status, tries }) => [status, tries])).toEqual(Array(3).fill(["failed", 10]));

    mended = true;
    const begin = (key: string, what: object, caller = market) =>
      api.ask("startWebhookRecovery", { params: { id }, key, body: what }, caller);
    const report = (recovery: string) => api.ask("readWebhookRecovery", { params: { id, recovery } });
    const since = { failedSince: first.time };
    const begun = await begin("k", since);
    expect(begun).toMatchObject({ status: 201, body: { state: "running", renewed: 0 } });
    await api.stage.pass(30);
    expect((await report(begun.body.id)).body).toMatchObject({ state: "done", examined: 435, renewed: 3 });
    const arrived = () => api.stage.arrived(id).filter((event) => event.startsWith("ODD"));
    expect(arrived().sort()).toEqual(["ODD.1.0", "ODD.2.0", "ODD.3.0"]);
    expect((await begin("k", since)).body).toMatchObject({ id: begun.body.id, state: "done" });
    expect(await begin("k", { replayAfter: "oldest" })).toMatchObject(problem(409, "request.key-reused"));

    const { next } = (await api.pull({ after: "latest" })).body;
    await api.stage.publish(...Array.from({ length: 230 }, (_, i) => at("CASE", i + 1)));
    await api.stage.pass(60);
    const before = api.stage.arrived(id).length;
    const replay = await begin("replay", { replayAfter: next });
    await api.stage.pass(120);
    expect((await report(replay.body.id)).body).toMatchObject({ state: "done", examined: 230, renewed: 230 });
    expect(api.stage.arrived(id)).toHaveLength(before + 230);
    expect(await begin("x", { replayAfter: "nonsense" })).toMatchObject(problem(422, "webhook.cursor-unknown"));
    expect((await begin("x", since, housing)).status).toBe(404);
    expect((await report("0".repeat(26))).status).toBe(404);
  });
});

describe("the pull feed", () => {
  it("gives the same bytes as the push, in one order, page by page", async () => {
    const { id } = (await api.create("a")).body;
    await api.stage.publish(...Array.from({ length: 25 }, (_, i) => caseEvent("CASE", i + 1)));
    await api.stage.work();
    const texts: string[] = [];
    const ids: string[] = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const page = await api.pull({ limit: "10", ...(after && { after }) });
      texts.push(page.text);
      ids.push(...page.body.items.map(({ event }: { event: { id: string } }) => event.id));
      after = page.body.next;
      more = page.body.more;
    }
    expect(ids).toEqual(Array.from({ length: 25 }, (_, i) => `CASE.${i + 1}.0`));
    for (const sent of api.stage.sent.filter(({ endpoint }) => endpoint === id))
      expect(texts.join()).toContain(`"event":${sent.body}`);
    expect((await api.pull({ after })).body).toEqual({ items: [], next: after, more: false });
  });

  it("holds nothing of other departments or divisions, and filters as webhooks do", async () => {
    const of = (sequence: number, more: object) => caseEvent("CASE", sequence, more);
    await api.stage.publish(
      of(1, { itemcode: "ITEM1" }),
      of(2, { division: "440607" }),
      of(3, { department: housing.department }),
      of(4, { division: "440606101", itemcode: "ITEM2" }),
      of(5, { type: "gov.yimen.payment.order-settled.v1" }),
      of(6, { division: undefined }),
    );
    const ids = async (query: object, caller = market) =>
      (await api.pull(query, caller)).body.items.map(({ event }: { event: { id: string } }) => event.id);
    expect(await ids({})).toEqual(["CASE.1.0", "CASE.4.0", "CASE.5.0", "CASE.6.0"]);
    expect(await ids({ types: "gov.yimen.payment.*" })).toEqual(["CASE.5.0"]);
    expect(await ids({ item: "ITEM1,ITEM2" })).toEqual(["CASE.1.0", "CASE.4.0"]);
    expect(await ids({ division: "440606101" })).toEqual(["CASE.4.0", "CASE.6.0"]);
    expect(await ids({}, housing)).toEqual(["CASE.3.0"]);
    const nothing = await api.pull({ types: "gov.yimen.nothing.*" });
    expect((await api.pull({ after: nothing.body.next })).body.items).toEqual([]);
  });

  it("waits for the next event, and no longer than it was asked to", async () => {
    await api.stage.publish(caseEvent("CASE", 1));
    const { next } = (await api.pull()).body;
    expect(await api.pull({ after: next, wait: "20" })).toMatchObject({ body: { items: [], next } });
    expect(api.waited.reduce((sum, each) => sum + each, 0)).toBeCloseTo(20);
    api.whileWaiting.push(
      async () => {},
      () => api.stage.publish(caseEvent("CASE", 2)),
    );
    const found = await api.pull({ after: next, wait: "20" });
    expect(found.body.items).toMatchObject([{ event: { id: "CASE.2.0" } }]);
    expect((await api.pull({ after: next, wait: "21" })).status).toBe(422);
  });

  it("goes on behind what a consumer has acknowledged, which does not go back by a late word", async () => {
    await api.stage.publish(...[1, 2, 3].map((n) => caseEvent("CASE", n)));
    expect(await api.pull({ consumer: "cases" })).toMatchObject(problem(404, "event.consumer-not-found"));
    expect((await api.acknowledge("cases", { acknowledged: "oldest" })).body).toMatchObject({ behind: 3 });
    const { items } = (await api.pull({ consumer: "cases" })).body;
    expect((await api.acknowledge("cases", { acknowledged: items[1].cursor })).body).toMatchObject({ behind: 1 });
    expect((await api.acknowledge("cases", { acknowledged: items[0].cursor })).body).toMatchObject({ behind: 1 });
    expect((await api.pull({ consumer: "cases" })).body.items).toMatchObject([{ event: { id: "CASE.3.0" } }]);
    expect((await api.acknowledge("cases", { acknowledged: items[0].cursor, rewind: true })).body.behind).toBe(2);
    expect((await api.acknowledge("cases", { acknowledged: "latest" })).body.behind).toBe(0);
    expect((await api.ask("listEventConsumers")).body.items).toMatchObject([{ name: "cases", behind: 0 }]);
    expect((await api.ask("listEventConsumers", {}, housing)).body.items).toEqual([]);
    expect((await api.ask("removeEventConsumer", { params: { name: "cases" } }, housing)).status).toBe(404);
    expect((await api.ask("removeEventConsumer", { params: { name: "cases" } })).status).toBe(204);
  });

  it("refuses cursors that it has not given, and says when what came after one is no longer kept", async () => {
    const far = Buffer.from(JSON.stringify({ after: 99 })).toString("base64url");
    expect(await api.pull({ after: "nonsense" })).toMatchObject(problem(422, "request.bad-cursor"));
    expect(await api.pull({ after: far })).toMatchObject(problem(422, "request.bad-cursor"));
    expect(await api.acknowledge("cases", { acknowledged: far })).toMatchObject(problem(422, "request.bad-cursor"));
    await api.stage.publish(caseEvent("CASE", 1));
    const before = Buffer.from(JSON.stringify({ after: 0 })).toString("base64url");
    const { read } = api.deps.log;
    api.deps.log.read = async (...args) =>
      (await read(...args)).map((block) => ({
        ...block,
        first: 12,
        events: block.events.map((event) => ({ ...event, position: 12 })),
      }));
    expect(await api.pull({ after: before })).toMatchObject(problem(409, "event.cursor-expired"));
  });
});
