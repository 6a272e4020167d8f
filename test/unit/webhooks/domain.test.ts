import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ATTEMPTS_AT_MOST,
  type AttemptResult,
  beginDelivery,
  type Delivery,
  giveUp,
  outcomeOf,
  recordAttempt,
  recordBusy,
  recordImpatience,
  recordProbe,
  renew,
} from "#functions/webhooks/domain/delivery.ts";
import {
  changeSettings,
  disable,
  disableByDepartment,
  enable,
  remove,
  repeatRegistration,
  rotateKeys,
  sendTest,
  subscribes,
  tellFailing,
  tellRecovered,
} from "#functions/webhooks/domain/endpoint.ts";
import { acknowledge } from "#functions/webhooks/domain/event-consumer.ts";
import { answered, isPaused, isProbing, isSuspect, type Lane, newLane, pace } from "#functions/webhooks/domain/lane.ts";
import { keysInUse } from "#functions/webhooks/domain/signing.ts";
import { START as NOW, registered, vault } from "#test/support/webhooks-stage.ts";

const submitted = "gov.yimen.application.submitted.v1";
const event = { type: submitted, division: "440606", source: "/applications", subject: "CASE" };

describe("what an endpoint subscribes to", () => {
  it.each([
    [[submitted], true],
    [["gov.yimen.application.*"], true],
    [["gov.yimen.*"], true],
    [["gov.yimen.application.submitted"], false],
    [["gov.yimen.app.*"], false],
    [["gov.yimen.application.submitted.v1.*"], false],
    [["gov.yimen.catalogue.item-published.v1", submitted], true],
  ])("types %j: %s", (types, expected) => {
    expect(subscribes(registered("E", { types }), event)).toBe(expected);
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
    expect(subscribes(registered("E", { division }), { ...event, division: ofEvent })).toBe(expected);
    const divisions = division === undefined ? undefined : [division];
    expect(subscribes(registered("E", { divisions }), { ...event, division: ofEvent })).toBe(expected);
  });

  it("a filter never widens what its department's client may see", () => {
    const endpoint = registered("E", { division: "440606", divisions: ["440600"] });
    expect(subscribes(endpoint, { ...event, division: "440607" })).toBe(false);
    expect(subscribes(endpoint, { ...event, division: "440606101" })).toBe(true);
  });

  it.each([
    [["A", "B"], "B", true],
    [["A"], "B", false],
    [["A"], undefined, false],
    [undefined, undefined, true],
  ])("items %j and an event of %s: %s", (items, itemcode, expected) => {
    expect(subscribes(registered("E", { items }), { ...event, itemcode })).toBe(expected);
  });

  it("nothing once it is disabled or removed", () => {
    for (const state of [
      { name: "disabled", at: NOW, reason: "gone" },
      { name: "removed", at: NOW },
    ] as const)
      expect(subscribes(registered("E", { state }), event)).toBe(false);
  });

  it("a test of itself only, whatever it subscribes to; news of itself never, and of others not while it fails", () => {
    const all = registered("E", { types: ["gov.yimen.*"] });
    const test = { ...event, type: "gov.yimen.webhook.test.v1", source: "/webhooks" };
    expect(subscribes(registered("E"), { ...test, subject: "E" })).toBe(true);
    expect(subscribes(all, { ...test, subject: "F" })).toBe(false);
    const news = { ...event, type: "gov.yimen.webhook.endpoint-failing.v1", source: "/webhooks" };
    expect(subscribes(all, { ...news, subject: "E" })).toBe(false);
    expect(subscribes(all, { ...news, subject: "F" })).toBe(true);
    expect(subscribes(all, { ...news, subject: "F" }, true)).toBe(false);
    expect(subscribes(all, event, true)).toBe(true);
  });
});

describe("an endpoint", () => {
  const request = (key: string, fingerprint = "f") => ({ key, fingerprint });

  it("answers a repeated registration only when it asks for the same and still is", () => {
    expect(repeatRegistration(registered("E"), "f")).toMatchObject({ ok: true });
    expect(repeatRegistration(registered("E"), "other")).toMatchObject({ refusal: { code: "request.key-reused" } });
    expect(repeatRegistration(registered("E", { state: { name: "removed", at: NOW } }), "f").ok).toBe(false);
  });

  it("does a keyed request once, and refuses its key for another", () => {
    const first = sendTest(registered("E"), request("k"));
    if (!first.ok) throw new Error("refused");
    expect(first.value).toMatchObject({ version: 2, endpoint: { version: 2 }, news: [{ news: "test" }] });
    const again = sendTest(first.value.endpoint, request("k"));
    expect(again).toMatchObject({ ok: true, value: { version: 2, news: [] } });
    expect(again.ok && again.value.endpoint).toBe(first.value.endpoint);
    expect(sendTest(first.value.endpoint, request("k", "g"))).toMatchObject({
      refusal: { code: "request.key-reused" },
    });
  });

  it("is not tested while disabled, and goes on where it had stopped unless told otherwise", () => {
    const off = disableByDepartment(registered("E", { startsAfter: 3 }), request("off"), NOW);
    if (!off.ok) throw new Error("refused");
    expect(off.value.endpoint.state).toEqual({ name: "disabled", at: NOW, reason: "department" });
    expect(sendTest(off.value.endpoint, request("t"))).toMatchObject({
      refusal: { code: "webhook.endpoint-disabled" },
    });
    const on = (startsAfter?: number) => enable(off.value.endpoint, request("on"), startsAfter);
    expect(on()).toMatchObject({ value: { endpoint: { state: { name: "enabled" }, startsAfter: 3 } } });
    expect(on(17)).toMatchObject({ value: { endpoint: { startsAfter: 17 } } });
    expect(on(1)).toMatchObject({ value: { endpoint: { startsAfter: 3 } } });
  });

  it("is disabled once and removed once; told of once", () => {
    const disabled = disable(registered("E"), "failing", NOW);
    expect(disabled).toMatchObject({ endpoint: { version: 2 }, news: [{ news: "disabled", reason: "failing" }] });
    expect(disabled && disable(disabled.endpoint, "gone", NOW)).toBeUndefined();
    expect(remove(registered("E", { state: { name: "removed", at: NOW } }), NOW).ok).toBe(false);
    expect(tellRecovered(registered("E"))).toBeUndefined();
    const failing = tellFailing(registered("E"), NOW);
    expect(failing).toMatchObject({ news: [{ news: "failing", since: NOW }] });
    expect(failing && tellFailing(failing.endpoint, NOW)).toBeUndefined();
    expect(failing && tellRecovered(failing.endpoint)).toMatchObject({
      endpoint: { state: { name: "enabled" } },
      news: [{ news: "recovered", since: NOW }],
    });
  });

  it("changes what is given and keeps what is not; null takes away", () => {
    const endpoint = registered("E", { description: "d", contact: "c" });
    const changed = changeSettings(endpoint, { url: "https://x.example/", contact: null, items: undefined }, undefined);
    expect(changed).toMatchObject({
      value: { endpoint: { version: 2, url: "https://x.example/", description: "d", contact: undefined } },
    });
    expect(changeSettings(endpoint, {}, 2)).toMatchObject({ refusal: { code: "request.stale" } });
  });

  it.each([
    ["the same again", { url: "https://x.example/", contact: null }, 1, true],
    ["a part of it again", { contact: null }, 1, true],
    ["something else", { url: "https://x.example/", contact: "e" }, 1, false],
    ["nothing", {}, 1, false],
    ["the same, long ago", { url: "https://x.example/", contact: null }, 0, false],
  ] as const)(
    "changed once, asked by one who saw it before for %s: a repeat is answered, all else is stale",
    (_, ask, seen, repeats) => {
      const changed = changeSettings(
        registered("E", { contact: "c" }),
        { url: "https://x.example/", contact: null },
        1,
      );
      if (!changed.ok) throw new Error("refused");
      const { endpoint } = changed.value;
      expect(changeSettings(endpoint, ask, seen)).toEqual(
        repeats ? { ok: true, value: { endpoint, news: [] } } : expect.objectContaining({ ok: false }),
      );
    },
  );

  it("signs with the keys before a rotation until the overlap is over", () => {
    const next = vault.create("E", "second");
    const until = "2026-11-23T02:00:00.000Z";
    const rotated = rotateKeys(registered("E"), request("r"), next, until, NOW);
    if (!rotated.ok) throw new Error("refused");
    const { keys } = rotated.value.endpoint;
    expect(keysInUse(keys, NOW).map(({ madeBy }) => madeBy)).toEqual(["second", "E"]);
    expect(keysInUse(keys, until).map(({ madeBy }) => madeBy)).toEqual(["second"]);
    const atOnce = rotateKeys(registered("E"), request("r"), next, NOW, NOW);
    expect(atOnce.ok && atOnce.value.endpoint.keys.previous).toBeUndefined();
  });

  it("keeps every promise of an overlap over further rotations, and refuses one too many", () => {
    let endpoint = registered("E");
    const rotate = (name: string, until: string, at = NOW) => {
      const decision = rotateKeys(endpoint, request(name), vault.create("E", name), until, at);
      if (decision.ok) endpoint = decision.value.endpoint;
      return decision;
    };
    const hour = (n: number) => new Date(Date.parse(NOW) + n * 3_600_000).toISOString();
    const inUse = (at: string) => keysInUse(endpoint.keys, at).map(({ madeBy }) => madeBy);
    rotate("2", hour(24));
    rotate("3", hour(1));
    expect(inUse(NOW)).toEqual(["3", "2", "E"]);
    expect(inUse(hour(1))).toEqual(["3", "E"]);
    expect(inUse(hour(24))).toEqual(["3"]);
    rotate("4", hour(24));
    rotate("5", hour(24));
    expect(rotate("6", hour(24))).toMatchObject({ refusal: { code: "webhook.too-many-keys" } });
    expect(inUse(NOW)).toEqual(["5", "4", "3", "2", "E"]);
    expect(rotate("6", hour(25), hour(1))).toMatchObject({ ok: true });
    expect(inUse(hour(1))).toEqual(["6", "5", "4", "3", "E"]);
    expect(rotate("7", hour(1), hour(1))).toMatchObject({ ok: true });
    expect(inUse(hour(1))).toEqual(["7"]);
  });
});

const begun = beginDelivery(
  "E",
  { position: 7, id: "e", source: "/applications", subject: "CASE", type: submitted, time: NOW, body: "{}" },
  NOW,
);
const attempt = (delivery: Delivery, result: AttemptResult, jitter = 0): Delivery => {
  if (delivery.status !== "pending") throw new Error("settled");
  return recordAttempt(delivery, { result, startedAt: NOW, jitter }, NOW);
};
const failure = { status: 500, milliseconds: 3 };
const waitOf = (delivery: Delivery) =>
  delivery.status === "pending" ? (Date.parse(delivery.nextAttemptAt) - Date.parse(NOW)) / 1000 : undefined;

describe("a delivery", () => {
  it("waits as Standard Webhooks says, and is given up after the tenth attempt", () => {
    const waits: (number | undefined)[] = [waitOf(begun)];
    let delivery: Delivery = begun;
    while (delivery.status === "pending") {
      delivery = attempt(delivery, failure);
      waits.push(waitOf(delivery));
    }
    expect(waits).toEqual([0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, undefined]);
    expect(delivery).toMatchObject({ status: "failed", version: ATTEMPTS_AT_MOST, tries: ATTEMPTS_AT_MOST });
    expect(delivery.attempts).toHaveLength(ATTEMPTS_AT_MOST);
  });

  it.each([200, 204, 299])("is delivered by status %i", (status) => {
    const delivered = attempt(begun, { status, milliseconds: 3, answer: "thanks" });
    expect(delivered).toMatchObject({
      status: "delivered",
      attempts: [{ at: NOW, status, milliseconds: 3, answer: "thanks" }],
    });
    expect(delivered).not.toHaveProperty("nextAttemptAt");
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

  it("loses nothing of its schedule to probes and to impatience, but all of them are noted", () => {
    const probed = recordProbe(begun, { result: failure, startedAt: NOW, jitter: 0 }, NOW);
    expect(probed).toMatchObject({ status: "pending", tries: 0, nextAttemptAt: NOW, attempts: [{ status: 500 }] });
    const moved = recordImpatience(begun, { milliseconds: 3000, startedAt: NOW }, NOW);
    expect(moved).toMatchObject({ status: "pending", tries: 0, attempts: [{ error: "moved-to-slow-lane" }] });
    const success = { result: { status: 204, milliseconds: 3 }, startedAt: NOW, jitter: 0 };
    expect(recordProbe(begun, success, NOW).status).toBe("delivered");
    const gone = { ...success, result: { status: 410, milliseconds: 3 } };
    expect(recordProbe(begun, gone, NOW).status).toBe("failed");
  });

  it("loses nothing of its schedule to a receiver that is busy; the waits double, up to a quarter of an hour", () => {
    const busy = (more: object = {}) => ({
      result: { status: 429, milliseconds: 3, ...more },
      startedAt: NOW,
      jitter: 0,
    });
    let delivery = recordBusy(begun, busy(), NOW);
    const waits = [waitOf(delivery)];
    for (let n = 0; n < 40; n++) {
      delivery = recordBusy(delivery, busy(), NOW);
      waits.push(waitOf(delivery));
    }
    expect(waits.slice(0, 11)).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    expect(new Set(waits.slice(9))).toEqual(new Set([900]));
    expect(delivery).toMatchObject({ status: "pending", tries: 0 });
    expect(waitOf(recordBusy(begun, busy({ retryAfterSeconds: 7200 }), NOW))).toBe(7200);
    const refused = attempt(delivery, failure);
    expect(refused.status === "pending" && waitOf(recordBusy(refused, busy(), NOW))).toBe(2);
  });

  it("begins anew once for each request, with the whole schedule before it and its journal behind it", () => {
    const failed = giveUp({ ...begun, version: 1 });
    const again = renew(failed, "k", NOW);
    expect(again).toMatchObject({ status: "pending", tries: 0, version: 3, nextAttemptAt: NOW });
    expect(renew(again, "other", NOW)).toBe(again);
    const arrived = attempt(again, { status: 204, milliseconds: 3 });
    expect(renew(arrived, "k", NOW)).toBe(arrived);
    expect(renew(arrived, "other", NOW)).toMatchObject({ status: "pending", attempts: [{ status: 204 }] });
  });
});

describe("a lane", () => {
  const lane = newLane(registered("E"));
  const answer = (status: number, more: object = {}) => ({
    outcome: outcomeOf({ status, milliseconds: 5 }),
    busy: status === 429,
    secondsAsked: 0,
    milliseconds: 5,
    jitter: 0,
    ...more,
  });
  const following = (from: Lane, times: number, status: number, more: object = {}): Lane =>
    Array.from({ length: times }).reduce<Lane>((each) => answered(each, answer(status, more), NOW), from);
  const pause = (each: Lane) => each.pausedUntil && (Date.parse(each.pausedUntil) - Date.parse(NOW)) / 1000;

  it("is suspect after one failure, and paused after ten in a row, until a success", () => {
    expect(isSuspect(following(lane, 1, 500))).toBe(true);
    expect(isPaused(following(lane, 9, 500), NOW)).toBe(false);
    const open = following(lane, 10, 500);
    expect([isPaused(open, NOW), isProbing(open), pause(open), open.failingSince]).toEqual([true, true, 30, NOW]);
    // Those that were under way when it opened do not count as probes.
    expect(pause(following(open, 5, 500))).toBe(30);
    expect(answered(open, answer(204), NOW)).toMatchObject({ failures: 0, opened: 0, pausedUntil: undefined });
  });

  it("waits longer from probe to probe, and no longer than a quarter of an hour", () => {
    let open = following(lane, 10, 500);
    const waits = [pause(open)];
    for (let probe = 0; probe < 6; probe++) {
      open = answered({ ...open, pausedUntil: undefined }, answer(500), NOW);
      waits.push(pause(open));
    }
    expect(waits).toEqual([30, 60, 120, 300, 900, 900, 900]);
  });

  it.each([
    [503, 0, 2],
    [503, 120, 120],
    [429, 120, 120],
    [429, 0, 2],
    [502, 0, 2],
    [504, 0, 2],
    [500, 0, undefined],
  ])("that answers %i and asks for %i s is left alone for %s s", (status, secondsAsked, seconds) => {
    expect(pause(following(lane, 1, status, { secondsAsked }))).toBe(seconds);
  });

  it("that is only busy keeps its breaker closed, but fails for as long as nothing arrives", () => {
    const busy = following(lane, 20, 429);
    expect(busy).toMatchObject({ failures: 0, failingSince: NOW, opened: 0 });
    expect(answered(busy, answer(204), NOW)).toMatchObject({ failingSince: undefined, throttled: 0 });
  });

  it("counts as slow until it was quick twenty times in a row", () => {
    const slow = { ...lane, slow: true };
    expect(isSuspect(following(slow, 19, 204))).toBe(true);
    expect(isSuspect(following(following(slow, 19, 204), 1, 204, { milliseconds: 4000 }))).toBe(true);
    expect(isSuspect(following(slow, 20, 204))).toBe(false);
  });

  it("never lets more through in a second than twice its rate, and on the whole its rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 300 }), (rate, requests) => {
        let paced = { lane, wait: 0 };
        let now = 0;
        const at: number[] = [];
        for (let n = 0; n < requests; n++) {
          paced = pace(paced.lane, rate, now);
          now += paced.wait;
          at.push(now);
        }
        for (const begin of at)
          expect(at.filter((each) => each >= begin && each < begin + 1000).length).toBeLessThanOrEqual(2 * rate + 1);
        expect(now).toBeGreaterThanOrEqual((requests / rate - 1) * 1000 - 1);
      }),
      { numRuns: 50 },
    );
  });
});

it("an acknowledgement moves forward only, unless it is to go back", () => {
  const told = { department: "D", name: "n", rewind: false };
  const first = acknowledge(undefined, { ...told, position: 5 }, 0, NOW);
  if (!first.ok) throw new Error("refused");
  expect(first.value).toMatchObject({ version: 1, acknowledged: 5 });
  const late = acknowledge(first.value, { ...told, position: 3 }, 0, NOW);
  expect(late.ok && late.value).toBe(first.value);
  expect(acknowledge(first.value, { ...told, position: 9 }, 0, NOW)).toMatchObject({ value: { acknowledged: 9 } });
  expect(acknowledge(first.value, { ...told, position: 3, rewind: true }, 0, NOW)).toMatchObject({
    value: { acknowledged: 3, version: 2 },
  });
  expect(acknowledge(undefined, { ...told, position: 1 }, 50, NOW)).toMatchObject({ ok: false });
});
