import { describe, expect, it } from "vitest";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import { remove } from "#functions/webhooks/domain/endpoint.ts";
import { newLane } from "#functions/webhooks/domain/lane.ts";
import { beginRecovery } from "#functions/webhooks/domain/recovery.ts";
import { context, fromQueue } from "#test/support/queue-events.ts";
import { ask, SYSTEM } from "#test/support/webhooks-requests.ts";
import { caseEvent, DEPARTMENT, registered, START, webhooksStage } from "#test/support/webhooks-stage.ts";

type Stage = ReturnType<typeof webhooksStage>;

const taken: AttemptResult = { status: 204, milliseconds: 5 };
const refused: AttemptResult = { status: 500, milliseconds: 5 };
const at = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();
const setUp = async (more: Parameters<typeof registered>[1] = {}) => {
  const stage = webhooksStage();
  await stage.endpoints.add(registered(SYSTEM, more));
  return stage;
};
/** Each of a case of its own. */
const events = (count: number) => Array.from({ length: count }, (_, i) => caseEvent(`CASE${i}`, 1));
const hours = async (stage: Stage, count: number) => {
  for (let minutes = 0; minutes < count * 60; minutes++) {
    await stage.pass(60);
    await stage.sweep();
  }
};
const overdue = async (store: { overdue(by: string): AsyncIterable<readonly unknown[]> }, by = at(400 * 86_400)) => {
  const all = [];
  for await (const page of store.overdue(by)) all.push(...page);
  return all;
};

describe("an endpoint that answers while the lease of its worker runs out", () => {
  /** At one request a second; the fifth is under way when another finds that its time is up. */
  const meeting = (stage: Stage, fifth: AttemptResult, others: AttemptResult = taken) => {
    let requests = 0;
    let answeredAt = "";
    stage.answer(SYSTEM, async () => {
      requests += 1;
      if (requests !== 5) return answeredAt === "" ? taken : others;
      await stage.pause(1.5);
      answeredAt = stage.clock();
      return fifth;
    });
    return { answeredAt: () => answeredAt };
  };
  const asking = { status: 503, milliseconds: 1500, retryAfterSeconds: 3600 };

  it("with 503 and Retry-After gets no request until then", async () => {
    const stage = await setUp({ ratePerSecond: 1 });
    const { answeredAt } = meeting(stage, asking);
    await stage.publish(...events(10));
    await stage.pass(5000);
    await hours(stage, 1);
    const from = answeredAt();
    const until = new Date(Date.parse(from) + 3_600_000).toISOString();
    expect(stage.sent.filter((each) => each.at > from && each.at < until)).toEqual([]);
    expect(new Set(stage.arrived(SYSTEM)).size).toBe(10);
  });

  it("with 503 and Retry-After gets everything afterwards, also when its worker dies in any step", async () => {
    const journey = async (call: number) => {
      const stage = await setUp({ ratePerSecond: 1 });
      meeting(stage, asking);
      stage.process.at([{ call, when: "after" }]);
      await stage.publish(...events(10));
      await hours(stage, 2);
      expect(new Set(stage.arrived(SYSTEM)).size, `its worker dies after call ${call}`).toBe(10);
      return stage.process.calls();
    };
    const calls = await journey(0);
    for (let call = 1; call <= calls; call++) await journey(call);
  });

  it("too late for a quick worker is left to a slow one", async () => {
    const stage = await setUp({ ratePerSecond: 1 });
    const late = { error: "timed-out", milliseconds: 3000 };
    meeting(stage, late, late);
    await stage.publish(...events(10));
    await stage.pass(60);
    const errors = (await stage.log(SYSTEM)).flatMap(({ attempts }) => attempts.flatMap((each) => each.error ?? []));
    expect(errors).toContain("timed-out");
    expect(errors.filter((error) => error === "moved-to-slow-lane")).toHaveLength(1);
  });
});

describe("a lane that its worker left when it died", () => {
  const lane = { ...newLane({ id: SYSTEM, department: DEPARTMENT, startsAfter: 0 }), version: 1 };

  it.each([
    ["whose lease has ended", -1],
    ["whose lease has not ended", 5],
  ])("while the endpoint wants no requests, and %s, is found when it wants some", async (_what, ends) => {
    const stage = await setUp();
    await stage.publish(caseEvent("ONE", 1));
    const lease = { holder: "dead", until: at(ends) };
    await stage.lanes.save({ ...lane, lease, pausedUntil: at(1800) });
    await stage.work();
    await stage.pass(1700);
    expect(stage.sent).toEqual([]);
    for (let minutes = 0; minutes < 10; minutes++) {
      await stage.pass(60);
      await stage.sweep();
    }
    expect(stage.arrived(SYSTEM)).toEqual(["ONE.1.0"]);
  });

  it("is found by the sweep, should the message that came for it be given up too", async () => {
    const stage = await setUp();
    await stage.publish(caseEvent("ONE", 1));
    const [wake] = stage.queue.splice(0);
    for (let receives = 0; receives < 2; receives++) {
      // It dies in its first request.
      const calls = stage.process.calls();
      stage.answer(SYSTEM, async () => {
        stage.process.at([{ call: stage.process.calls(), when: "after" }]);
        return taken;
      });
      await stage.workers.quick(fromQueue(wake?.message), context);
      stage.process.revive();
      expect(stage.process.calls()).toBeGreaterThan(calls);
      await stage.pass(30);
    }
    expect(stage.queue).toEqual([]);
    expect((await stage.lanes.find(SYSTEM))?.lease).toBeDefined();
    stage.process.at([]);
    stage.answer(SYSTEM, async () => taken);
    for (let minutes = 0; minutes < 5; minutes++) {
      await stage.pass(60);
      await stage.sweep();
    }
    expect(await stage.log(SYSTEM)).toMatchObject([{ status: "delivered" }]);
    expect((await stage.lanes.find(SYSTEM))?.lease).toBeUndefined();
    expect(await overdue(stage.lanes)).toEqual([]);
  });
});

describe("another address", () => {
  it("has all tried that waits for its next attempt, however much it is", async () => {
    const stage = await setUp();
    let refuses = true;
    // One in three, so that the breaker stays closed.
    stage.answer(SYSTEM, async ({ id }) => (refuses && Number(/\d+/.exec(id)?.[0]) % 3 > 0 ? refused : taken));
    await stage.publish(...events(400));
    await stage.pass(1000);
    const waiting = (await stage.log(SYSTEM)).filter(({ status }) => status === "pending");
    expect(waiting.length).toBeGreaterThan(200);
    refuses = false;
    stage.answerAt("https://elsewhere.example/", async () => taken);
    await ask(stage, "changeWebhookEndpoint", { body: { url: "https://elsewhere.example/" } });
    await stage.pass(60);
    expect((await stage.log(SYSTEM)).filter(({ status }) => status === "pending")).toEqual([]);
  });

  it.each([
    ["", {}],
    [", and who asks has seen what he changes", { headers: { "if-match": '"1"' } }],
  ])("is gone to at once, also when the request for it is repeated after a process has ended%s", async (_, more) => {
    const journey = async (call?: number) => {
      const stage = await setUp();
      stage.answer(SYSTEM, async () => ({ status: 503, milliseconds: 5, retryAfterSeconds: 86_400 }));
      await stage.publish(caseEvent("ONE", 1));
      await stage.pass(10);
      stage.answerAt("https://elsewhere.example/", async () => taken);
      const before = stage.process.calls();
      if (call !== undefined) stage.process.at([{ call: before + call, when: "after" }]);
      const change = () =>
        ask(stage, "changeWebhookEndpoint", { body: { url: "https://elsewhere.example/" }, ...more });
      await change().catch(change);
      const calls = stage.process.calls() - before;
      await stage.pass(60);
      expect(stage.arrived(SYSTEM), `a process ends after call ${call}`).toEqual(["ONE.1.0"]);
      return calls;
    };
    const calls = await journey();
    expect(calls).toBeGreaterThan(3);
    for (let call = 1; call <= calls; call++) await journey(call);
  });
});

describe("what its department changes while a worker is at work", () => {
  it.each([
    ["switched off", "disableWebhookEndpoint", { key: "off" }, 0],
    ["wanting other events", "changeWebhookEndpoint", { body: { types: ["gov.yimen.payment.*"] } }, 0],
    ["wanting the same, told once more", "changeWebhookEndpoint", { body: { description: "the same" } }, 100],
  ])("counts within seconds: an endpoint that is %s", async (_what, operation, parts, arrive) => {
    const stage = await setUp({ ratePerSecond: 5 });
    let requests = 0;
    stage.answer(SYSTEM, async () => {
      requests += 1;
      if (requests === 8) await ask(stage, operation, parts);
      return taken;
    });
    await stage.publish(...events(100));
    await stage.pass(120);
    if (arrive > 0) expect(new Set(stage.arrived(SYSTEM)).size).toBe(arrive);
    else expect(stage.sent.length).toBeLessThan(40);
    expect(stage.queue).toEqual([]);
  });
});

describe("a replay", () => {
  it("of an endpoint that is switched off meanwhile waits until it is switched on, and passes over nothing", async () => {
    const stage = await setUp();
    await stage.publish(...events(5));
    await stage.pass(60);
    const { body } = await ask(stage, "startWebhookRecovery", { key: "again", body: { replayAfter: "oldest" } });
    await ask(stage, "disableWebhookEndpoint", { key: "off" });
    await stage.pass(60);
    expect(await stage.recoveries.find(SYSTEM, body.id)).toMatchObject({ finishedAt: expect.any(String), renewed: 5 });
    expect(stage.sent).toHaveLength(5);
    await ask(stage, "enableWebhookEndpoint", { key: "on" });
    await stage.pass(60);
    expect(stage.arrived(SYSTEM)).toHaveLength(10);
  });
});

describe("what is not to be worked on", () => {
  it.each(["disabled", "removed"])("is not looked for every minute: an endpoint that is %s", async (how) => {
    const stage = await setUp();
    stage.answer(SYSTEM, async () => refused);
    await stage.publish(...events(20));
    await stage.pass(60);
    expect(await overdue(stage.lanes)).toHaveLength(1);
    await ask(
      stage,
      how === "disabled" ? "disableWebhookEndpoint" : "deleteWebhookEndpoint",
      how === "disabled" ? { key: "off" } : {},
    );
    await hours(stage, 2);
    expect(await overdue(stage.lanes)).toEqual([]);
    expect(stage.queue).toEqual([]);
    if (how === "removed") return;
    // Nobody has told it that it is to begin anew: the next event finds it awake all the same.
    const found = await stage.endpoints.find(DEPARTMENT, SYSTEM);
    if (found)
      await stage.endpoints.save({
        endpoint: { ...found, version: found.version + 1, state: { name: "enabled" } },
        news: [],
      });
    stage.answer(SYSTEM, async () => taken);
    await stage.publish(caseEvent("NEXT", 1));
    await stage.pass(1000);
    expect(stage.arrived(SYSTEM)).toContain("NEXT.1.0");
  });

  it("is not looked for every minute: an endpoint that wants no requests, though an event came meanwhile", async () => {
    const stage = await setUp();
    stage.answer(SYSTEM, async () => {
      if (stage.queue.length === 0 && stage.sent.length === 0) {
        await stage.publish(caseEvent("TWO", 1));
        await stage.workers.quick(fromQueue(stage.queue[0]?.message), context);
        expect((await stage.lanes.find(SYSTEM))?.again).toBe(true);
      }
      return stage.clock() < at(3600) ? { status: 503, milliseconds: 5, retryAfterSeconds: 3600 } : taken;
    });
    await stage.publish(caseEvent("ONE", 1));
    await stage.pass(60);
    expect(await overdue(stage.lanes, at(3500))).toEqual([]);
    await hours(stage, 2);
    expect(new Set(stage.arrived(SYSTEM)).size).toBe(2);
  });

  it("is not looked for every minute: a recovery of a removed endpoint", async () => {
    const stage = await setUp();
    const facts = { id: "R", endpoint: SYSTEM, department: DEPARTMENT, fingerprint: "f" };
    await stage.recoveries.save(beginRecovery({ ...facts, what: { of: "failed", since: START } }, START));
    const removed = remove(registered(SYSTEM), START);
    if (removed.ok) await stage.endpoints.remove(removed.value);
    expect(await overdue(stage.recoveries)).toHaveLength(1);
    await hours(stage, 1);
    expect(await overdue(stage.recoveries)).toEqual([]);
    expect(stage.queue).toEqual([]);
  });
});
