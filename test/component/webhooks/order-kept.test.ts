import { describe, expect, it } from "vitest";
import { type AttemptResult, beginDelivery } from "#functions/webhooks/domain/delivery.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { context, fromQueue } from "#test/support/queue-events.ts";
import { ask, SYSTEM } from "#test/support/webhooks-requests.ts";
import { caseEvent, DEPARTMENT, registered, START, webhooksStage } from "#test/support/webhooks-stage.ts";

const taken: AttemptResult = { status: 204, milliseconds: 5 };
const refused: AttemptResult = { status: 500, milliseconds: 5 };

/** An ordered endpoint that refuses the first event of a case, so that the others of the case are held behind it. */
const holding = async (events: number) => {
  const stage = webhooksStage();
  await stage.endpoints.add(registered(SYSTEM, { ordered: true }));
  let refuses = true;
  stage.answer(SYSTEM, async ({ id }) => (refuses && id.startsWith("HELD.1.") ? refused : taken));
  await stage.publish(...Array.from({ length: events }, (_, i) => caseEvent("HELD", i + 1)));
  await stage.pass(4);
  const [held] = await stage.deliveries.heldCases(SYSTEM);
  expect(held?.positions).toHaveLength(events);
  return {
    stage,
    recover: () => {
      refuses = false;
    },
    /** Not by the sweep alone: a run for every wait. */
    later: async () => {
      for (let minutes = 0; minutes < 120; minutes++) {
        await stage.pass(60);
        await stage.sweep();
      }
    },
  };
};
const ids = (events: number) => Array.from({ length: events }, (_, i) => `HELD.${i + 1}.0`);

describe("an event that is held behind another of its case", () => {
  it.each([
    ["is redelivered", "redeliverWebhookEvent", { params: { event: "HELD.2.0" } }],
    ["is replayed with all others", "startWebhookRecovery", { body: { replayAfter: "oldest" } }],
  ])("and %s is sent once, and the case goes on when the first arrives", async (_what, operation, parts) => {
    const { stage, recover, later } = await holding(4);
    await ask(stage, operation, { key: "k", ...parts });
    await stage.pass(30);
    expect(stage.arrived(SYSTEM)).toContain("HELD.2.0");
    recover();
    await later();
    expect(stage.arrived(SYSTEM).toSorted()).toEqual(ids(4));
    expect((await stage.log(SYSTEM)).map(({ status }) => status)).toEqual(Array(4).fill("delivered"));
    expect(await stage.deliveries.heldCases(SYSTEM)).toEqual([]);
    await stage.publish(caseEvent("OTHER", 1));
    await stage.work();
    expect(stage.arrived(SYSTEM)).toContain("OTHER.1.0");
  });

  it("and redelivered in vain holds the case when its turn comes", async () => {
    const { stage, recover, later } = await holding(3);
    let refuses = true;
    let asked = 0;
    stage.answer(SYSTEM, async ({ id }) => {
      if (id === "HELD.2.0") asked += 1;
      return refuses && id !== "HELD.3.0" ? refused : taken;
    });
    await ask(stage, "redeliverWebhookEvent", { key: "k", params: { event: "HELD.2.0" } });
    await stage.pass(2);
    expect(asked).toBe(1);
    stage.answer(SYSTEM, async ({ id }) => (refuses && id === "HELD.2.0" ? refused : taken));
    await stage.pass(400);
    expect(stage.arrived(SYSTEM)).toEqual(["HELD.1.0"]);
    expect((await stage.deliveries.heldCases(SYSTEM))[0]?.positions).toEqual([2, 3]);
    refuses = false;
    recover();
    await later();
    expect(stage.arrived(SYSTEM)).toEqual(ids(3));
  });

  it("and redelivered in the moment in which its turn comes is sent all the same", async () => {
    const { stage, recover, later } = await holding(3);
    const { saveWithCase } = stage.stores.deliveries;
    let raced = false;
    stage.stores.deliveries.saveWithCase = async (...written) => {
      if (!raced && written[0].length > 1) {
        raced = true;
        await ask(stage, "redeliverWebhookEvent", { key: "k", params: { event: "HELD.2.0" } });
      }
      return saveWithCase(...written);
    };
    recover();
    await later();
    expect(raced).toBe(true);
    expect(stage.arrived(SYSTEM)).toEqual(ids(3));
  });

  it.each([
    ["was throttled", new Error("throttled")],
    ["met another transaction", new StaleVersionError("case#HELD")],
  ])("and whose case was not written, because the write %s, is tried again", async (_what, error) => {
    const stage = webhooksStage();
    await stage.endpoints.add(registered(SYSTEM, { ordered: true }));
    stage.answer(SYSTEM, async () => (stage.sent.length === 0 ? refused : taken));
    const { saveWithCase } = stage.stores.deliveries;
    stage.stores.deliveries.saveWithCase = () => {
      stage.stores.deliveries.saveWithCase = saveWithCase;
      return Promise.reject(error);
    };
    await stage.publish(...[1, 2, 3].map((n) => caseEvent("HELD", n)));
    await stage.pass(60);
    expect(stage.arrived(SYSTEM)).toEqual(ids(3));
    expect(await stage.log(SYSTEM)).toHaveLength(3);
  });

  it("waits no more when its endpoint is not to be ordered, and arrives also when a process ends in between", async () => {
    const EVENTS = 60;
    const journey = async (call?: number) => {
      const { stage, later } = await holding(EVENTS);
      const before = stage.process.calls();
      if (call !== undefined) stage.process.at([{ call: before + call, when: "after" }]);
      const unordered = () => ask(stage, "changeWebhookEndpoint", { body: { ordered: false } });
      await unordered().catch(unordered);
      await stage.pass(120);
      const arrived = new Set(stage.arrived(SYSTEM)).size;
      const calls = stage.process.calls() - before;
      await later();
      return { stage, arrived, calls };
    };
    const whole = await journey();
    // The first one is still refused.
    expect(whole.arrived).toBe(EVENTS - 1);
    for (let call = 1; call <= whole.calls; call += call < 30 ? 1 : 17) {
      const { stage, arrived } = await journey(call);
      expect(arrived, `a process ends after call ${call}`).toBe(EVENTS - 1);
      expect(await stage.deliveries.heldCases(SYSTEM)).toEqual([]);
    }
  });

  it("costs an endpoint that was never ordered no look", async () => {
    const stage = webhooksStage();
    await stage.endpoints.add(registered(SYSTEM));
    let looks = 0;
    const { heldCases } = stage.stores.deliveries;
    stage.stores.deliveries.heldCases = async (id) => {
      looks += 1;
      return heldCases(id);
    };
    await stage.publish(caseEvent("ONE", 1));
    await stage.work();
    expect(stage.arrived(SYSTEM)).toHaveLength(1);
    expect(looks).toBe(0);
  });
});

describe("an endpoint with very many cases that wait", () => {
  const CASES = 200;
  /** Each with one delivery under way, due in a year; a read of one takes so many seconds. */
  const waiting = async (seconds: number) => {
    const stage = webhooksStage();
    await stage.publish(...Array.from({ length: CASES }, (_, i) => caseEvent(`HELD${i}`, 1)));
    await stage.endpoints.add(registered(SYSTEM, { ordered: true, startsAfter: CASES }));
    const [...blocks] = await stage.stores.log.read(DEPARTMENT, 0, CASES);
    for (const event of blocks.flatMap(({ events }) => events)) {
      const begun = { ...beginDelivery(SYSTEM, event, "2027-11-22T02:00:00.000Z"), version: 1 };
      const held = { endpoint: SYSTEM, subject: event.subject, version: 1, positions: [event.position] };
      await stage.deliveries.saveWithCase([begun], held);
    }
    const { find } = stage.stores.deliveries;
    stage.stores.deliveries.find = async (key) => {
      await stage.pause(seconds);
      return find(key);
    };
    await stage.publish(caseEvent("NEW", 1));
    return stage;
  };
  const since = (at: string) => (Date.parse(at) - Date.parse(START)) / 1000;

  it("gets what is new within the time of one worker, though reading them outlasts its lease", async () => {
    const stage = await waiting(1.5);
    await stage.work();
    expect(stage.arrived(SYSTEM)).toEqual(["NEW.1.0"]);
    expect(since(stage.sent[0]?.at ?? "")).toBeLessThan(20);
    expect((await stage.lanes.find(SYSTEM))?.lease).toBeUndefined();
    expect(await stage.deliveries.heldCases(SYSTEM)).toHaveLength(CASES);
  });

  it("is given back in time by a worker that does not get through them", async () => {
    const stage = await waiting(4);
    await stage.workers.quick(fromQueue(stage.queue.splice(0)[0]?.message), context);
    expect(stage.sent).toEqual([]);
    expect(since(stage.clock())).toBeLessThan(28);
    expect((await stage.lanes.find(SYSTEM))?.lease).toBeUndefined();
    expect(stage.queue).toHaveLength(1);
  });
});
