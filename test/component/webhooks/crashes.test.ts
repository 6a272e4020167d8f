import { describe, expect, it } from "vitest";
import type { AttemptResult } from "#functions/webhooks/domain/delivery.ts";
import { until } from "#local/until.ts";
import { context, fromQueue } from "#test/support/queue-events.ts";
import { ask, SYSTEM } from "#test/support/webhooks-requests.ts";
import { type CrashPoint, caseEvent, registered, START, webhooksStage } from "#test/support/webhooks-stage.ts";

const CASES = ["ONE", "TWO", "THREE"];
const EVENTS = [1, 2, 3, 4].flatMap((n) => CASES.map((subject) => caseEvent(subject, n)));

const LONG_AFTER = "2027-11-22T02:00:00.000Z";

/** A receiver that refuses the first requests for one case, or one event, so that others wait behind it. */
const refusing = (times: number, what = "TWO.") => {
  let left = times;
  return async ({ id }: { id: string }): Promise<AttemptResult> =>
    id.startsWith(what) && left-- > 0 ? { status: 500, milliseconds: 5 } : { status: 204, milliseconds: 5 };
};

/** From the bus to three departments' systems, and on until nothing is left to do. */
const journey = async (crash?: CrashPoint) => {
  const stage = webhooksStage();
  await stage.endpoints.add(registered("PLAIN"));
  await stage.endpoints.add(registered("ORDERED", { ordered: true }));
  await stage.endpoints.add(registered("DOWN", { ordered: true, ratePerSecond: 1 }));
  stage.answer("ORDERED", refusing(3));
  let down = 12;
  stage.answer("DOWN", async () =>
    down-- > 0 ? { error: "timed-out", milliseconds: 15 } : { status: 204, milliseconds: 5 },
  );
  if (crash) stage.process.at([crash]);
  await stage.publish(...EVENTS.slice(0, 7));
  await stage.work();
  await stage.publish(...EVENTS.slice(7), ...EVENTS.slice(5, 8));
  for (let minutes = 0; minutes < 420; minutes += 10) {
    await stage.pass(600);
    await stage.sweep();
  }
  return stage;
};

/** An ordered endpoint whose department has events sent again that are held behind another: one, and then all. */
const sentAgain = async (crash?: CrashPoint) => {
  const stage = webhooksStage();
  await stage.endpoints.add(registered(SYSTEM, { ordered: true }));
  stage.answer(SYSTEM, refusing(3, "TWO.1."));
  if (crash) stage.process.at([crash]);
  await stage.publish(...EVENTS.slice(0, 9));
  await stage.pass(4);
  const insist = (operation: string, parts: Parameters<typeof ask>[2]) => {
    const once = () => ask(stage, operation, { key: operation, ...parts });
    return once().catch(once);
  };
  await insist("redeliverWebhookEvent", { params: { event: "TWO.2.0" } });
  await stage.pass(200);
  await insist("startWebhookRecovery", { body: { replayAfter: "oldest" } });
  await stage.publish(...EVENTS.slice(9));
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await stage.pass(300);
    await stage.sweep();
  }
  return stage;
};

/** An endpoint that was gone when these events came, and is there again. */
const gone = async (stage: ReturnType<typeof webhooksStage>, events: typeof EVENTS) => {
  stage.answer(SYSTEM, async () => ({ status: 410, milliseconds: 5 }));
  await stage.publish(...events);
  await stage.work();
  stage.answer(SYSTEM, async () => ({ status: 204, milliseconds: 5 }));
  await ask(stage, "enableWebhookEndpoint", { key: "on" });
  await stage.pass(600);
};

/** An endpoint that was gone for a while, and whose department has all recovered that failed. No later event and no sweep helps. */
const recovered = async (lag: number, crash?: CrashPoint) => {
  const stage = webhooksStage({ lag: () => lag });
  await stage.endpoints.add(registered(SYSTEM));
  await gone(stage, EVENTS);
  expect((await stage.log(SYSTEM)).filter(({ status }) => status === "failed").length).toBeGreaterThan(5);
  const before = stage.process.calls();
  if (crash) stage.process.at([{ ...crash, call: before + crash.call }]);
  const start = () => ask(stage, "startWebhookRecovery", { key: "again", body: { failedSince: START } });
  const { body } = await start().catch(start);
  await stage.pass(300);
  expect((await stage.recoveries.find(SYSTEM, body.id))?.finishedAt, `crash ${crash?.call}`).toBeDefined();
  return { stage, calls: stage.process.calls() - before };
};

/** @param ordered the endpoints, and the cases of which they have the events in order: what is sent again does not wait */
const verify = async (
  stage: ReturnType<typeof webhooksStage>,
  endpoints: readonly string[],
  ordered: Readonly<Record<string, readonly string[]>>,
  what: string,
) => {
  const feed = await stage.feed();
  expect(
    feed.map(({ position }) => position),
    what,
  ).toEqual(EVENTS.map((_, i) => i + 1));
  expect(new Set(feed.map(({ id }) => id)).size, what).toBe(EVENTS.length);
  for (const id of endpoints) {
    expect(new Set(stage.arrived(id)).size, `${what}: all arrive at ${id}`).toBe(EVENTS.length);
    const rows = await stage.log(id);
    expect(
      rows.filter(({ status }) => status !== "delivered"),
      `${what}: none is left at ${id}`,
    ).toEqual([]);
    expect(await stage.deliveries.heldCases(id), what).toEqual([]);
    expect((await stage.lanes.find(id))?.lease, what).toBeUndefined();
  }
  // In the order of the feed: each event of a case only after the one before it has arrived; a repeat changes nothing.
  for (const [id, cases] of Object.entries(ordered))
    for (const subject of cases) {
      const first = [...new Set(stage.arrived(id))].filter((event) => event.startsWith(`${subject}.`));
      const inFeed = feed.map((event) => event.id).filter((event) => event.startsWith(`${subject}.`));
      expect(first, `${what}: order of ${subject} at ${id}`).toEqual(inFeed);
    }
};

describe("a process that ends in any step", () => {
  it.each([
    [
      "loses nothing, doubles nothing in the feed, and keeps the order of each case",
      journey,
      ["PLAIN", "ORDERED", "DOWN"],
      { ORDERED: CASES, DOWN: CASES },
    ],
    ["loses nothing that is redelivered or replayed", sentAgain, [SYSTEM], { [SYSTEM]: ["ONE", "THREE"] }],
  ] as const)(
    "%s",
    async (_what, travel, endpoints, ordered) => {
      const whole = await travel();
      await verify(whole, endpoints, ordered, "without a crash");
      expect(whole.process.calls()).toBeGreaterThan(100);
      for (const place of whole.process.places())
        await verify(await travel(place), endpoints, ordered, `crash ${place.when} call ${place.call}`);
    },
    240_000,
  );
});

describe("a recovery", () => {
  it.each([0.5, 29])(
    "delivers what it says it has begun, whatever process ends, by an index %d s behind",
    async (lag) => {
      const whole = await recovered(lag);
      await verify(whole.stage, [SYSTEM], {}, "without a crash");
      expect(whole.calls).toBeGreaterThan(20);
      for (let call = 1; call <= whole.calls; call++)
        for (const when of ["before", "after"] as const) {
          const { stage } = await recovered(lag, { call, when });
          await verify(stage, [SYSTEM], {}, `crash ${when} call ${call}`);
        }
    },
  );
});

describe("two processes that end one after the other", () => {
  /** With no later event and no sweep to help. A queue that hands a message out again soon does so before the lease of the dead has ended. */
  const journey = async (crashes: readonly CrashPoint[], visibility: number) => {
    const stage = webhooksStage({ visibility });
    await stage.endpoints.add(registered("PLAIN"));
    stage.process.at(crashes);
    await stage.publish(...EVENTS.slice(0, 2));
    await stage.publish(...EVENTS.slice(2, 4));
    await stage.pass(300);
    return stage;
  };

  it.each([1, 2, 5, 30])(
    "leave an endpoint with someone on the way to it, when messages come back after %i s",
    async (visibility) => {
      const calls = (await journey([], visibility)).process.calls();
      expect(calls).toBeGreaterThan(15);
      for (let one = 1; one <= calls; one++)
        for (let other = one + 1; other <= calls + 10; other++) {
          const crashes = [one, other].map((call) => ({ call, when: "after" }) as const);
          const stage = await journey(crashes, visibility);
          expect(new Set(stage.arrived("PLAIN")).size, `ends after calls ${one} and ${other}`).toBe(4);
          expect((await stage.lanes.find("PLAIN"))?.lease, `ends after calls ${one} and ${other}`).toBeUndefined();
        }
    },
  );

  /** Behind the first, the second ends soon: there it meets what the first has left. */
  const APART_AT_MOST = 10;

  /** An ordered endpoint that takes two seconds for each answer, refuses a case twice, and is sent again what failed before. */
  const troubled = async (crashes: readonly CrashPoint[], visibility: number) => {
    const stage = webhooksStage({ visibility });
    await stage.endpoints.add(registered(SYSTEM, { ordered: true }));
    await gone(stage, EVENTS.slice(0, 2));
    const before = stage.process.calls();
    const refuse = refusing(2);
    stage.answer(SYSTEM, async (message) => {
      await stage.pause(2);
      return { ...(await refuse(message)), milliseconds: 2000 };
    });
    stage.process.at(crashes.map(({ call, when }) => ({ call: before + call, when })));
    await stage.publish(...EVENTS.slice(3, 6));
    const start = () => ask(stage, "startWebhookRecovery", { key: "again", body: { failedSince: START } });
    await start().catch(start).catch(start);
    for (let minutes = 0; minutes < 12; minutes++) {
      await stage.pass(60);
      await stage.sweep();
    }
    return { stage, calls: stage.process.calls() - before };
  };

  it.each([2, 30])(
    "leave nothing undone at an ordered endpoint in trouble, nor of its recovery, when messages come back after %i s",
    async (visibility) => {
      const { calls } = await troubled([], visibility);
      expect(calls).toBeGreaterThan(60);
      for (let one = 1; one <= calls; one++)
        for (let other = one + 1; other <= one + APART_AT_MOST; other++) {
          const crashes = [one, other].map((call) => ({ call, when: "after" }) as const);
          const { stage } = await troubled(crashes, visibility);
          const what = `ends after calls ${one} and ${other}`;
          expect(new Set(stage.arrived(SYSTEM)).size, what).toBe(5);
          expect(
            (await stage.log(SYSTEM)).map(({ status }) => status),
            what,
          ).toEqual(Array(5).fill("delivered"));
          expect(await stage.deliveries.heldCases(SYSTEM), what).toEqual([]);
          expect((await stage.lanes.find(SYSTEM))?.lease, what).toBeUndefined();
          for await (const page of stage.recoveries.overdue(LONG_AFTER)) expect(page, what).toEqual([]);
        }
    },
    120_000,
  );
});

describe("one dead department and one healthy", () => {
  it("the healthy one waits for no answer of the dead one", async () => {
    const stage = webhooksStage();
    await stage.endpoints.add(registered("DEAD"));
    await stage.endpoints.add(registered("WELL"));
    let hanging = 0;
    let mostHanging = 0;
    const never = new Promise<never>(() => {});
    stage.answer("DEAD", () => {
      hanging += 1;
      mostHanging = Math.max(mostHanging, hanging);
      return never;
    });
    const events = Array.from({ length: 300 }, (_, i) => caseEvent(`C${i}`, 1));
    await stage.publish(...events);
    // The dead one's workers never come back: the healthy one's are others, and theirs come to an end.
    const ended = new Set<string>();
    for (const { message } of stage.queue.splice(0))
      void stage.workers.quick(fromQueue(message), context).then(() => ended.add(message.endpoint));
    await until("a worker of the healthy one has ended", () => ended.has("WELL"));
    await until("the healthy one has everything", () => new Set(stage.arrived("WELL")).size === 300);
    expect(hanging).toBeGreaterThan(0);
    expect(mostHanging).toBeLessThanOrEqual(8);
  });
});
