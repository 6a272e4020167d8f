import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressRules } from "#functions/webhooks/adapters/address-rules.ts";
import { guardedPost } from "#functions/webhooks/adapters/guarded-post.ts";
import { httpsCourier } from "#functions/webhooks/adapters/https-courier.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { memoryFeedLog } from "#functions/webhooks/adapters/memory-feed-log.ts";
import { memoryLanes } from "#functions/webhooks/adapters/memory-lanes.ts";
import { memoryWakes } from "#functions/webhooks/adapters/memory-wakes.ts";
import { onEvent } from "#functions/webhooks/consumers/on-event.ts";
import { onLaneWoken } from "#functions/webhooks/consumers/on-lane-woken.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { endpointWaker } from "#functions/webhooks/feed/wake-endpoints.ts";
import { createEndpointEndpoint } from "#functions/webhooks/http/create-endpoint.ts";
import { manageEndpoints } from "#functions/webhooks/http/manage-endpoint.ts";
import { lanePusher } from "#functions/webhooks/push/push-lane.ts";
import { type Received, startDepartmentSystem } from "#local/outside/department-system.ts";
import { until } from "#local/until.ts";
import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  ApplicationDecidedV1,
  ApplicationSubmittedV1,
  StageDecidedV1,
} from "#shared/contracts/events/applications.ts";
import type { EventContract } from "#shared/contracts/events/envelope.ts";
import {
  acceptApplication,
  concludeApplication,
  decideStage,
  readPersonalData,
} from "#shared/contracts/http/applications.ts";
import { readItemVersion } from "#shared/contracts/http/catalogue/finding.ts";
import type { Item } from "#shared/contracts/http/catalogue/item.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { accept, refuse } from "#shared/kernel/decision.ts";
import { newId } from "#shared/kernel/ids.ts";
import { type Endpoint, endpoint, type HttpRequest, type HttpResponse } from "#shared/runtime/endpoint.ts";
import { payloadV2Server } from "#test/support/payload-v2-server.ts";
import { context, fromBus, fromQueue } from "#test/support/queue-events.ts";
import { vault } from "#test/support/webhooks-stage.ts";

const department = "11440606MB2D26310W";
const client = { id: "dept-market", secret: "its-own-secret" };
const CASE = "01JD0000000000000000000000";

/** An item whose approval forms ask for two things at every stage. */
const item: Item = {
  code: "11440606MB2D26310W4440712002040",
  version: 1,
  basicCode: "440712002040",
  name: "存量房转移登记（买卖）",
  kind: "07",
  level: "4",
  applicants: ["natural"],
  objects: ["1"],
  themes: [],
  department: { uscc: department, name: "佛山市自然资源局顺德分局" },
  division: "440606",
  handling: "committed",
  limits: { statutory: 20, promised: 3 },
  stages: (["handling", "approval"] as const).map((name) => ({
    name,
    title: name,
    role: "经办人",
    checks: ["c1", "c2"].map((id) => ({ id, text: "材料齐全" })),
  })),
  legalBasis: [],
  conditions: [],
  options: [],
  form: { type: "object" },
  materials: [],
  fees: [],
  specialProcedures: [],
  tacit: "none",
  effectiveFrom: "2026-11-22",
  result: { name: "不动产权证书" },
  deliverable: true,
  commitment: false,
  assumed: [],
  sources: [],
};

/** The platform as the department sees it: an issuer, the webhooks capability in memory, and cases that only take notes. */
const platform = async () => {
  // Ahead of the machine's clock by what the queue would have waited.
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead).toISOString();
  const deps = {
    endpoints: memoryEndpoints(),
    lanes: memoryLanes(),
    deliveries: memoryDeliveries(),
    log: memoryFeedLog(),
    wakes: memoryWakes(),
    vault,
    guard: guardedPost({ rules: addressRules("127.0.0.1:*"), timeout: 1000 }),
    courier: httpsCourier(guardedPost({ rules: addressRules("127.0.0.1:*"), timeout: 300 }), vault),
    speed: "slow" as const,
    patience: 1,
    pause: async () => {},
    newHolder: newId,
    now,
    random: () => 0,
  };
  const done: unknown[] = [];
  let faults = 0;
  const receipt = { id: CASE, number: "N", status: "accepted", version: 2 } as const;
  const endpoints: Endpoint[] = [
    createEndpointEndpoint(deps),
    ...manageEndpoints(deps),
    endpoint(readPersonalData, async ({ body }) => {
      done.push(["read", body]);
      const applicant = { kind: "natural" as const, name: "张三", idNumber: "11010519491231002X" };
      return accept({ applicant, form: {} });
    }),
    endpoint(acceptApplication, async ({ body, key }) => {
      if (faults > 0) {
        faults -= 1;
        throw new Error("a fault");
      }
      done.push(["accept", key, body]);
      return accept(receipt);
    }),
    endpoint(decideStage, async ({ path, body, key }) => {
      done.push(["decide", path.stage, key, body.officer, body.answers]);
      return body.officer === "approver" && path.stage !== "approval"
        ? refuse("application.same-officer")
        : accept(receipt);
    }),
    endpoint(readItemVersion, async () => accept(item)),
    endpoint(concludeApplication, async ({ key }) => {
      done.push(["conclude", key]);
      return accept(receipt);
    }),
  ];
  const routes = endpoints.map(({ contract, handle }) => ({
    handle,
    method: contract.method,
    pattern: new RegExp(`^${contract.path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
  }));

  const issue = (event: HttpRequest, url: string): HttpResponse => {
    const json = (body: object) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (event.rawPath.endsWith("/.well-known/openid-configuration"))
      return json({ issuer: `${url}/oidc`, token_endpoint: `${url}/oidc/token` });
    const expected = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`;
    // RFC 6749, 2.3.1: both parts are form-encoded, so that "-" may come as "%2D".
    const given = Buffer.from(event.headers.authorization?.slice(6) ?? "", "base64").toString();
    if (`Basic ${Buffer.from(decodeURIComponent(given)).toString("base64")}` !== expected)
      return { ...json({ error: "invalid_client" }), statusCode: 401 };
    const asked = new URLSearchParams(Buffer.from(event.body ?? "", "base64").toString());
    return json({ access_token: `token ${asked.get("scope")}`, token_type: "bearer", expires_in: 900 });
  };

  const server = await payloadV2Server(async (event) => {
    const { url } = server;
    if (event.rawPath.startsWith("/oidc/")) return issue(event, url);
    const path = (route: (typeof routes)[number]) => route.pattern.exec(event.rawPath);
    const route = routes.find((each) => each.method === event.requestContext.http.method && path(each));
    if (!route) return { statusCode: 404 };
    const lambda = {
      client: client.id,
      scopes: event.headers.authorization?.replace("Bearer token ", ""),
      department,
      division: "440606",
    };
    return route.handle({
      ...event,
      pathParameters: { ...path(route)?.groups },
      queryStringParameters: Object.fromEntries(new URLSearchParams(event.rawQueryString)),
      requestContext: { ...event.requestContext, authorizer: { lambda } },
    });
  });

  const push = onLaneWoken({ push: lanePusher(deps), recover: async () => {} });
  const take = onEvent({ append: feedAppender(deps), wake: endpointWaker(deps), now });
  const publish = async (contract: EventContract, sequence: number, more: object = {}): Promise<void> => {
    const event = {
      specversion: "1.0",
      id: `${CASE}.${sequence}.0`,
      source: "/applications",
      type: contract.type,
      time: systemClock(),
      subject: CASE,
      datacontenttype: "application/json",
      sequence,
      department,
      division: "440606",
      itemcode: item.code,
      data: { ...(contract.example as object), ...more },
    };
    const { batchItemFailures } = await take(fromBus(contract.schema.parse(event)));
    expect(batchItemFailures).toEqual([]);
  };
  /** Wakes the lanes whose wakes lie in the queues, when their delay is over. */
  const deliver = async (): Promise<void> => {
    const { quick, slow } = deps.wakes.sent;
    const due = [...quick.splice(0), ...slow.splice(0)];
    ahead += Math.max(0, ...due.map(({ delaySeconds }) => delaySeconds)) * 1000;
    await push(fromQueue(...due), context);
  };
  return {
    ...deps,
    done,
    fail: (times: number) => {
      faults = times;
    },
    url: server.url,
    close: server.close,
    publish,
    deliver,
  };
};

let city: Awaited<ReturnType<typeof platform>>;
let system: Awaited<ReturnType<typeof startDepartmentSystem>>;
const start = (more: { port?: number; name?: string } = {}) =>
  startDepartmentSystem({
    name: "market case system",
    apiUrl: city.url,
    issuer: `${city.url}/oidc`,
    client,
    officers: { accept: "clerk", handle: "officer", approve: "approver" },
    decideAutomatically: true,
    port: 0,
    ...more,
  });
const received = async () => (await (await fetch(`${system.url}/received`)).json()) as Received;
const called = (times: number) => until(`${times} calls arrive`, () => city.done.length === times);
const misbehave = (body: object) => fetch(`${system.url}/misbehave`, { method: "POST", body: JSON.stringify(body) });

beforeEach(async () => {
  city = await platform();
  system = await start();
});
afterEach(async () => {
  await system.stop();
  await city.close();
});

describe("a department's system", () => {
  it("handles a case from its submission to its conclusion", async () => {
    await city.publish(ApplicationSubmittedV1, 1);
    await city.deliver();
    await called(2);
    await city.publish(ApplicationAcceptedV1, 2);
    await city.publish(StageDecidedV1, 3);
    await city.deliver();
    await called(4);
    await city.publish(ApplicationDecidedV1, 4);
    await city.publish(ApplicationConcludedV1, 5);
    await city.deliver();
    await called(5);
    expect(city.done.slice(0, 2)).toEqual([
      ["read", { purpose: "acceptance", officer: "clerk" }],
      ["accept", `accept-${CASE}.1.0`, { officer: "clerk" }],
    ]);
    const yes = ["c1", "c2"].map((check) => ({ check, yes: true }));
    expect(city.done.slice(2, 4)).toEqual(
      expect.arrayContaining([
        ["decide", "handling", `decide-${CASE}.2.0`, "officer", yes],
        ["decide", "approval", `decide-${CASE}.3.0`, "approver", yes],
      ]),
    );
    expect(city.done[4]).toEqual(["conclude", `conclude-${CASE}.4.0`]);
    const { events, actions, ...counts } = await received();
    expect(events).toHaveLength(5);
    expect(actions.map(({ result }) => result)).toEqual(Array(5).fill("done"));
    expect(counts).toEqual({ duplicates: 0, refused: 0, misbehaved: 0 });
  });

  it("decides an instant item when it accepts it", async () => {
    await city.publish(ApplicationSubmittedV1, 1, { handling: "instant" });
    await city.deliver();
    await called(2);
    expect(city.done[1]).toEqual([
      "accept",
      `accept-${CASE}.1.0`,
      { officer: "clerk", decision: { outcome: "approve", reasons: [] } },
    ]);
  });

  it("tries again with the same key when the platform fails", async () => {
    city.fail(2);
    await city.publish(ApplicationSubmittedV1, 1);
    await city.deliver();
    await called(2);
    expect((await received()).actions.map(({ result }) => result)).toEqual(["done", "done"]);
  });

  it("takes nothing that the platform did not sign", async () => {
    const forged = { "webhook-id": "x", "webhook-timestamp": String(Math.floor(Date.now() / 1000)) };
    for (const headers of [{}, forged, { ...forged, "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}` }])
      expect((await fetch(`${system.url}/events`, { method: "POST", body: "{}", headers })).status).toBe(401);
    expect(await received()).toMatchObject({ events: [], refused: 3 });
  });

  it("registers once at one address, and removes its former address", async () => {
    const port = Number(new URL(system.url).port);
    await system.stop();
    system = await start({ port });
    expect(await city.endpoints.ofDepartment(department)).toHaveLength(1);
    await city.publish(ApplicationConcludedV1, 1);
    await city.deliver();
    expect((await received()).events).toHaveLength(1);

    await system.stop();
    system = await start();
    expect((await city.endpoints.ofDepartment(department)).map(({ url }) => url)).toEqual([`${system.url}/events`]);
    await system.stop();
    system = await start({ port });
    expect((await city.endpoints.ofDepartment(department)).map(({ url }) => url)).toEqual([`${system.url}/events`]);
    await city.publish(ApplicationConcludedV1, 2);
    await city.deliver();
    expect((await received()).events).toHaveLength(1);
  });
});

describe("a delivery to a department that misbehaves", () => {
  it.each([
    ["down", { error: "connection-closed" }],
    ["bad-answer", { error: "not-http" }],
    ["500", { status: 500 }],
  ])("(%s) is made again until it arrives, once", async (mode, met) => {
    await misbehave({ mode, times: 2 });
    await city.publish(ApplicationConcludedV1, 1);
    await until("it arrives", async () => {
      await city.deliver();
      return city.deliveries.all().every(({ status }) => status === "delivered");
    });
    expect(city.deliveries.all()).toMatchObject([{ status: "delivered", attempts: [met, met, { status: 204 }] }]);
    expect(await received()).toMatchObject({ events: [{}], duplicates: 0, misbehaved: 2 });
  });

  it("(slow) is recognised by its id when it comes again", async () => {
    await misbehave({ mode: "slow", times: 1, milliseconds: 600 });
    await city.publish(ApplicationSubmittedV1, 1);
    await city.deliver();
    await city.deliver();
    expect(city.deliveries.all()).toMatchObject([{ attempts: [{ error: "timed-out" }, { status: 204 }] }]);
    await called(2);
    expect(await received()).toMatchObject({ events: [{}], duplicates: 1 });
  });

  it("(410) disables the endpoint; the system is heard again when it registers anew", async () => {
    await misbehave({ mode: "410", times: 1 });
    await city.publish(ApplicationConcludedV1, 1);
    await city.deliver();
    expect((await city.endpoints.ofDepartment(department)).map(({ state }) => state.name)).toEqual(["disabled"]);
    const port = Number(new URL(system.url).port);
    await system.stop();
    system = await start({ port });
    await city.publish(ApplicationConcludedV1, 2);
    await city.deliver();
    expect((await received()).events).toHaveLength(1);
  });
});

it("a system that gets no token does not start", async () => {
  await expect(
    startDepartmentSystem({
      name: "stranger",
      apiUrl: city.url,
      issuer: `${city.url}/oidc`,
      client: { ...client, secret: "wrong" },
      officers: { accept: "a", handle: "b", approve: "c" },
      decideAutomatically: false,
      port: 0,
    }),
  ).rejects.toThrow();
});
