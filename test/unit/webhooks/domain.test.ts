import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ATTEMPTS_AT_MOST,
  type AttemptResult,
  beginDelivery,
  type Delivery,
  dropDelivery,
  dueAttempt,
  type PendingDelivery,
  queueDelay,
  recordAttempt,
} from "#functions/webhooks/domain/delivery.ts";
import {
  disable,
  type Endpoint,
  register,
  remove,
  repeatRegistration,
  subscribes,
} from "#functions/webhooks/domain/endpoint.ts";

const NOW = "2026-11-22T02:00:00.000Z";
const registration = {
  id: "E",
  department: "11440606MB2D26310W",
  division: "440606",
  url: "https://department.example/events",
  types: ["gov.yimen.application.*"],
  secret: { keyId: "k1", data: new Uint8Array([1]) },
  fingerprint: "f",
};
const endpoint = (more: Partial<Endpoint> = {}): Endpoint => ({
  ...registration,
  version: 1,
  createdAt: NOW,
  state: { name: "enabled" },
  ...more,
});

describe("what an endpoint subscribes to", () => {
  const submitted = "gov.yimen.application.submitted.v1";
  it.each([
    [["gov.yimen.application.submitted.v1"], submitted, true],
    [["gov.yimen.application.*"], submitted, true],
    [["gov.yimen.*"], submitted, true],
    [["gov.yimen.application.submitted"], submitted, false],
    [["gov.yimen.app.*"], submitted, false],
    [["gov.yimen.application.submitted.v1.*"], submitted, false],
    [["gov.yimen.catalogue.item-published.v1", submitted], submitted, true],
  ])("types %j and %s: %s", (types, type, expected) => {
    expect(subscribes(endpoint({ types }), { type, division: "440606" })).toBe(expected);
  });

  it.each([
    ["440606", "440606", true],
    ["440600", "440606", true],
    ["440606", "440606101", true],
    ["440606", "440607", false],
    ["440606101", "440606", false],
    [undefined, "440607", true],
    ["440606", undefined, true],
  ])("an endpoint of division %s and an event of %s: %s", (division, ofEvent, expected) => {
    expect(subscribes(endpoint({ division }), { type: submitted, division: ofEvent })).toBe(expected);
  });

  it("nothing once it is disabled or removed", () => {
    for (const name of ["disabled", "removed"] as const)
      expect(subscribes(endpoint({ state: { name, at: NOW } }), { type: submitted })).toBe(false);
  });
});

describe("an endpoint", () => {
  it("is refused as the 51st of its department", () => {
    expect(register(49, registration, NOW)).toMatchObject({
      ok: true,
      value: { version: 1, state: { name: "enabled" } },
    });
    expect(register(50, registration, NOW)).toEqual({ ok: false, refusal: { code: "webhook.too-many-endpoints" } });
  });

  it("answers a repeated registration only when it asks for the same and still is", () => {
    expect(repeatRegistration(endpoint(), "f")).toMatchObject({ ok: true });
    expect(repeatRegistration(endpoint(), "other")).toMatchObject({ refusal: { code: "request.key-reused" } });
    expect(repeatRegistration(endpoint({ state: { name: "removed", at: NOW } }), "f")).toMatchObject({ ok: false });
  });

  it("is disabled once and removed once", () => {
    expect(disable(endpoint(), NOW)).toMatchObject({ ok: true, value: { version: 2, state: { name: "disabled" } } });
    expect(disable(endpoint({ state: { name: "removed", at: NOW } }), NOW)).toMatchObject({ ok: false });
    expect(remove(endpoint({ state: { name: "disabled", at: NOW } }), NOW)).toMatchObject({ ok: true });
    expect(remove(endpoint({ state: { name: "removed", at: NOW } }), NOW)).toMatchObject({ ok: false });
  });
});

describe("a delivery", () => {
  const begun = beginDelivery(
    { endpoint: "E", department: "D", event: "e", time: NOW, type: "t", subject: "s", body: "{}" },
    NOW,
  );
  const attempt = (delivery: Delivery, result: AttemptResult, jitter = 0): Delivery => {
    if (delivery.status !== "pending") throw new Error("settled");
    return recordAttempt(delivery, { result, startedAt: NOW, jitter }, NOW);
  };
  const failure = { status: 500, milliseconds: 3 };
  const waitOf = (delivery: Delivery) =>
    delivery.status === "pending" ? (Date.parse(delivery.nextAttemptAt) - Date.parse(NOW)) / 1000 : undefined;

  it("waits as Standard Webhooks says, and is given up after the tenth attempt", () => {
    const waits: (number | undefined)[] = [waitOf(begun)];
    let delivery: Delivery = begun;
    while (delivery.status === "pending") {
      delivery = attempt(delivery, failure);
      waits.push(waitOf(delivery));
    }
    expect(waits).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, undefined]);
    expect(delivery).toMatchObject({ status: "failed", version: ATTEMPTS_AT_MOST + 1 });
    expect(delivery.attempts).toHaveLength(ATTEMPTS_AT_MOST);
  });

  it.each([200, 204, 299])("is delivered by status %i", (status) => {
    const delivered = attempt(begun, { status, milliseconds: 3 });
    expect(delivered).toMatchObject({ status: "delivered", attempts: [{ at: NOW, status, milliseconds: 3 }] });
    expect(delivered).not.toHaveProperty("nextAttemptAt");
    expect(delivered).not.toHaveProperty("sweepAt");
  });

  it.each([199, 300, 302, 304, 400, 404, 429, 500, 503])("is tried again after status %i", (status) => {
    expect(attempt(begun, { status, milliseconds: 3 }).status).toBe("pending");
  });

  it("is given up at once when the endpoint is gone", () => {
    expect(attempt(begun, { status: 410, milliseconds: 3 }).status).toBe("failed");
  });

  it.each([
    [undefined, 5],
    [1, 5],
    [600, 600],
    [10_000_000, 86_400],
  ])("with Retry-After %s it waits %i s", (retryAfterSeconds, seconds) => {
    expect(waitOf(attempt(begun, { status: 503, milliseconds: 3, retryAfterSeconds }))).toBe(seconds);
  });

  it("lengthens a wait by a fifth at most, and never shortens it", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 8 }), (jitter, failures) => {
        let delivery: Delivery = begun;
        for (let i = 0; i < failures; i++) delivery = attempt(delivery, failure);
        const plain = waitOf(attempt(delivery, failure)) ?? 0;
        const jittered = waitOf(attempt(delivery, failure, jitter)) ?? 0;
        expect(jittered).toBeGreaterThanOrEqual(plain);
        expect(jittered).toBeLessThanOrEqual(Math.ceil(plain * 1.2));
      }),
    );
  });

  it("is left to the sweep when its wait is longer than a queue keeps a message", () => {
    const short = attempt(attempt(begun, failure), failure) as PendingDelivery;
    expect(queueDelay(short, NOW)).toBe(300);
    expect(Date.parse(short.sweepAt) - Date.parse(short.nextAttemptAt)).toBe(120_000);
    const long = attempt(short, failure) as PendingDelivery;
    expect(queueDelay(long, NOW)).toBeUndefined();
    expect(long.sweepAt).toBe(long.nextAttemptAt);
  });

  it("takes only the attempt that is due", () => {
    const once = attempt(begun, failure);
    expect(dueAttempt(begun, 0).ok).toBe(true);
    expect(dueAttempt(once, 0)).toMatchObject({ refusal: { code: "delivery.attempt-superseded" } });
    expect(dueAttempt(once, 1).ok).toBe(true);
    expect(dueAttempt(once, 2).ok).toBe(false);
    expect(dueAttempt(dropDelivery(begun), 0)).toMatchObject({ refusal: { code: "delivery.settled" } });
  });
});
