import { describe, expect, it } from "vitest";
import { memoryAttempts } from "#functions/webhooks/adapters/memory-attempts.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { secretVault } from "#functions/webhooks/adapters/secret-vault.ts";
import { onAttemptDue } from "#functions/webhooks/consumers/on-attempt-due.ts";
import { onEvent } from "#functions/webhooks/consumers/on-event.ts";
import { onMinutePassed } from "#functions/webhooks/consumers/on-minute-passed.ts";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import type { Endpoint } from "#functions/webhooks/domain/endpoint.ts";
import { remove } from "#functions/webhooks/domain/endpoint.ts";
import type { Courier } from "#functions/webhooks/domain/ports.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { context, fromBus, fromQueue } from "#test/support/queue-events.ts";

const department = "11440606MB2D26310W";
const event: AnyEvent = {
  specversion: "1.0",
  id: "CASE.1.0",
  source: "/applications",
  type: "gov.yimen.application.submitted.v1",
  time: "2026-11-22T02:00:00.000Z",
  subject: "CASE",
  datacontenttype: "application/json",
  sequence: 1,
  department,
  division: "440606",
  data: { number: "N" },
};

type Sent = Parameters<Courier["deliver"]>[0];

const setUp = async (urls: readonly string[] = ["https://a.example/"]) => {
  let now = Date.parse(event.time);
  const clock = () => new Date(now).toISOString();
  const vault = secretVault(fieldCipher({ id: "k1", key: "k".repeat(64), previous: [] }));
  const sent: Sent[] = [];
  const answers = new Map<string, () => Promise<AttemptResult>>();
  const stores = { endpoints: memoryEndpoints(), deliveries: memoryDeliveries(), attempts: memoryAttempts() };
  const courier: Courier = {
    async deliver(message) {
      sent.push(message);
      return (await answers.get(message.url)?.()) ?? { status: 204, milliseconds: 5 };
    },
  };
  const deps = { ...stores, vault, courier, now: clock, random: () => 0 };
  const endpoints = urls.map((url, i): Endpoint => {
    const id = `E${i}`;
    const types = ["gov.yimen.application.*"];
    const facts = { id, version: 1, department, url, types, secret: vault.create(id), fingerprint: "f" };
    return { ...facts, createdAt: clock(), state: { name: "enabled" } };
  });
  for (const endpoint of endpoints) await stores.endpoints.save(endpoint);

  return {
    ...stores,
    registered: endpoints,
    sent,
    answer: (url: string, result: () => Promise<AttemptResult>) => answers.set(url, result),
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
    publish: (...events: AnyEvent[]) => onEvent(deps)(fromBus(...events), context),
    /** Hands over what lies in the queue, whatever its delay. */
    work: () => onAttemptDue(deps)(fromQueue(...stores.attempts.sent.splice(0)), context),
    attempt: (...messages: unknown[]) => onAttemptDue(deps)(fromQueue(...messages), context),
    sweep: () => onMinutePassed(deps)({}, context),
  };
};

const failing = async (): Promise<AttemptResult> => ({ status: 500, milliseconds: 5 });

describe("an event of the bus", () => {
  it("goes to every endpoint of its department, byte for byte", async () => {
    const city = await setUp(["https://a.example/", "https://b.example/"]);
    expect(await city.publish(event)).toEqual({ batchItemFailures: [] });
    expect(city.attempts.sent.map(({ endpoint, attempt, delaySeconds }) => [endpoint, attempt, delaySeconds])).toEqual([
      ["E0", 0, 0],
      ["E1", 0, 0],
    ]);
    await city.work();
    expect(city.sent.map(({ url, id }) => [url, id])).toEqual([
      ["https://a.example/", event.id],
      ["https://b.example/", event.id],
    ]);
    expect(JSON.parse(city.sent[0]?.body ?? "")).toEqual(event);
    expect(city.sent[0]?.secret).not.toBe(city.sent[1]?.secret);
    expect(city.deliveries.all().map(({ status }) => status)).toEqual(["delivered", "delivered"]);
  });

  it("goes nowhere when it is another department's or nobody's", async () => {
    const city = await setUp();
    const { department: _, ...nobodys } = event;
    await city.publish({ ...event, department: "11440600007039469J" }, nobodys, { ...event, type: "gov.yimen.x.y.v1" });
    expect(city.attempts.sent).toEqual([]);
    expect(city.deliveries.all()).toEqual([]);
  });

  it("that comes twice is delivered once", async () => {
    const city = await setUp();
    await city.publish(event);
    await city.publish(event);
    expect(city.attempts.sent).toHaveLength(2);
    await city.work();
    await city.publish(event);
    await city.work();
    expect(city.deliveries.all()).toMatchObject([{ status: "delivered", attempts: [{ status: 204 }] }]);
    // Two messages in one batch may both be on their way before either is recorded; webhook-id tells them apart.
    expect(city.sent.length).toBeLessThanOrEqual(2);
    expect(new Set(city.sent.map(({ id }) => id)).size).toBe(1);
  });

  it("is retried from the queue when an endpoint could not be read", async () => {
    const city = await setUp();
    city.endpoints.ofDepartment = async () => Promise.reject(new Error("throttled"));
    expect(await city.publish(event)).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
  });
});

describe("an attempt", () => {
  it("that fails is made again after 5 seconds, from the queue", async () => {
    const city = await setUp();
    city.answer("https://a.example/", failing);
    await city.publish(event);
    await city.work();
    expect(city.attempts.sent).toMatchObject([{ endpoint: "E0", event: event.id, attempt: 1, delaySeconds: 5 }]);
    city.answer("https://a.example/", async () => ({ status: 200, milliseconds: 5 }));
    await city.work();
    expect(city.deliveries.all()).toMatchObject([
      { status: "delivered", attempts: [{ status: 500 }, { status: 200 }] },
    ]);
    expect(new Set(city.sent.map(({ body }) => body)).size).toBe(1);
  });

  it("whose message comes late or again does nothing", async () => {
    const city = await setUp();
    city.answer("https://a.example/", failing);
    await city.publish(event);
    const [first] = city.attempts.sent;
    await city.work();
    city.attempts.sent.length = 0;
    await city.attempt(first, { ...first, attempt: 2 }, { ...first, event: "unknown" });
    expect(city.sent).toHaveLength(1);
    expect(city.attempts.sent).toEqual([]);
  });

  it("at a slow endpoint holds up no other of its batch", async () => {
    const city = await setUp(["https://slow.example/", "https://quick.example/"]);
    let quickIsDone = () => {};
    const quick = new Promise<void>((resolve) => {
      quickIsDone = resolve;
    });
    city.answer("https://slow.example/", async () => {
      await quick;
      return { error: "timed-out", milliseconds: 15_000 };
    });
    city.answer("https://quick.example/", async () => {
      quickIsDone();
      return { status: 204, milliseconds: 1 };
    });
    await city.publish(event);
    await city.work();
    expect(city.deliveries.all().map(({ status }) => status)).toEqual(["pending", "delivered"]);
  });

  it("answered 410 ends the delivery and disables the endpoint; what is pending there is dropped", async () => {
    const city = await setUp();
    city.answer("https://a.example/", failing);
    await city.publish(event);
    await city.work();
    const [earlier] = city.attempts.sent.splice(0);
    city.answer("https://a.example/", async () => ({ status: 410, milliseconds: 5 }));
    await city.publish({ ...event, id: "CASE.2.0" });
    await city.work();
    expect((await city.endpoints.find(department, "E0"))?.state.name).toBe("disabled");
    await city.attempt(earlier);
    expect(city.deliveries.all().map(({ status }) => status)).toEqual(["failed", "failed"]);
    expect(city.sent).toHaveLength(2);
    await city.publish({ ...event, id: "CASE.3.0" });
    expect(city.attempts.sent).toEqual([]);
  });

  it("for a removed endpoint is not made", async () => {
    const city = await setUp();
    await city.publish(event);
    const [endpoint] = city.registered;
    const removed = endpoint && remove(endpoint, event.time);
    if (removed?.ok) await city.endpoints.save(removed.value);
    await city.work();
    expect(city.sent).toEqual([]);
    expect(city.deliveries.all()).toMatchObject([{ status: "failed", attempts: [] }]);
  });

  it("that cannot be recorded is retried from the queue", async () => {
    const city = await setUp();
    await city.publish(event);
    city.deliveries.save = async () => Promise.reject(new Error("throttled"));
    expect(await city.work()).toEqual({ batchItemFailures: [{ itemIdentifier: "m0" }] });
  });
});

describe("the sweep", () => {
  it("carries waits that are too long for the queue, to the last attempt", async () => {
    const city = await setUp();
    city.answer("https://a.example/", failing);
    await city.publish(event);
    await city.work();
    await city.work();
    await city.work();
    expect(city.attempts.sent).toEqual([]);
    for (const hours of [0.5, 2, 5, 10, 14, 20, 24]) {
      city.pass(hours * 3600 - 1);
      await city.sweep();
      expect(city.attempts.sent).toEqual([]);
      city.pass(1);
      await city.sweep();
      expect(city.attempts.sent).toHaveLength(1);
      await city.work();
    }
    expect(city.deliveries.all()).toMatchObject([{ status: "failed" }]);
    expect(city.sent).toHaveLength(10);
    city.pass(7 * 86_400);
    await city.sweep();
    expect(city.attempts.sent).toEqual([]);
  });

  it("replaces a lost message, and leaves one on its way alone", async () => {
    const city = await setUp();
    await city.publish(event);
    city.attempts.sent.length = 0; // lost
    city.pass(60);
    await city.sweep();
    expect(city.attempts.sent).toEqual([]);
    city.pass(61);
    await city.sweep();
    await city.sweep();
    expect(city.attempts.sent).toHaveLength(1);
    await city.work();
    expect(city.deliveries.all()).toMatchObject([{ status: "delivered" }]);
  });
});
