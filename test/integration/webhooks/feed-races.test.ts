import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { dynamoFeedLog } from "#functions/webhooks/adapters/dynamo-feed-log.ts";
import { memoryFeedLog } from "#functions/webhooks/adapters/memory-feed-log.ts";
import type { FeedLog } from "#functions/webhooks/domain/feed-ports.ts";
import { feedAppender } from "#functions/webhooks/feed/append.ts";
import { findEvent } from "#functions/webhooks/feed/find-event.ts";
import { WebhooksData } from "#infra/capabilities/webhooks.ts";
import { local } from "#infra/config.ts";
import { systemClock } from "#shared/kernel/clock.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { caseEvent } from "#test/support/webhooks-stage.ts";

let log: FeedLog;
let feeds = 0;
beforeAll(async () => {
  const client = ownDocuments();
  await createDeployedTable(client, "webhooks", (scope) => new WebhooksData(scope, local));
  log = dynamoFeedLog(client, "webhooks", systemClock);
});

/** A log whose writer dies at one of its calls, before or after it took effect. */
const dying = (through: FeedLog, call: number, after: boolean): FeedLog => {
  let calls = 0;
  const step =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1;
      if (calls >= call && !after) throw new Error("died");
      const result = await work(...args);
      if (calls >= call && after) throw new Error("died");
      return result;
    };
  return {
    ...through,
    claim: step(through.claim),
    tail: step(through.tail),
    put: step(through.put),
    read: step(through.read),
  };
};

const appender = (through: FeedLog) =>
  feedAppender({ log: through, now: systemClock, pause: (seconds) => setTimeout(seconds * 1000), random: Math.random });

/** Reads on and on while others write: what it has seen of the log may only grow at its end. */
const watch = (department: string, through: FeedLog) => {
  let stopped = false;
  const seen: number[] = [];
  const work = (async () => {
    while (!stopped) {
      const blocks = await through.read(department, seen.at(-1) ?? 0, 5);
      for (const { events } of blocks)
        for (const { position } of events) if (position > (seen.at(-1) ?? 0)) seen.push(position);
      await setTimeout(1);
    }
  })();
  return async () => {
    stopped = true;
    await work;
    return seen;
  };
};

const races = fc.array(
  fc.record({
    // Which of the events, with repeats, a writer brings in one batch; and where it dies, if it does.
    events: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }),
    dies: fc.option(fc.record({ call: fc.integer({ min: 1, max: 14 }), after: fc.boolean() }), { nil: undefined }),
  }),
  { minLength: 2, maxLength: 8 },
);

const hold = async (
  through: FeedLog,
  writers: typeof races extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> => {
  const department = `D${++feeds}`;
  const eventOf = (n: number) => caseEvent(`CASE${n}`, 1, { department, time: systemClock() });
  const all = new Map(writers.flatMap(({ events }) => events).map((n) => [n, eventOf(n)]));
  const batch = (numbers: readonly number[]) => numbers.map((n) => all.get(n) ?? eventOf(n));
  const stop = watch(department, through);
  await Promise.all(
    writers.map(async ({ events, dies }) => {
      const first = appender(dies ? dying(through, dies.call, dies.after) : through);
      // As the queue does: what was not acknowledged comes again, to another process.
      await first(department, batch(events)).catch(() => appender(through)(department, batch(events)));
    }),
  );
  const seen = await stop();
  const blocks = await through.read(department, 0, 1000);
  const events = blocks.flatMap((block) => block.events);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, i) => i + 1));
  expect(events.map(({ id }) => id).sort()).toEqual([...all.values()].map(({ id }) => id).sort());
  expect(seen).toEqual(seen.map((_, i) => i + 1));
};

it("writers that race, repeat each other and die leave every event once, in one order without a hole, on DynamoDB", async () => {
  await fc.assert(
    fc.asyncProperty(races, (writers) => hold(log, writers)),
    { numRuns: 40 },
  );
});

it("and in memory", async () => {
  await fc.assert(
    fc.asyncProperty(races, (writers) => hold(memoryFeedLog(), writers)),
    { numRuns: 200 },
  );
});

/** DynamoDB answers a query with 1 MB at most, however many rows it was to be. */
it("is read whole when its events are large, so that a repeat of what stands far ahead is known", async () => {
  const department = `D${++feeds}`;
  const at = (n: number) =>
    caseEvent(`CASE${n}`, 1, { department, time: systemClock(), data: { text: "x".repeat(15_000) } });
  const stale = appender(log);
  await stale(department, [at(0)]);
  const others = appender(log);
  for (let block = 0; block < 12; block++)
    await others(
      department,
      Array.from({ length: 10 }, (_, i) => at(1 + block * 10 + i)),
    );
  // Claimed behind an old tail, 1.8 MB before the place where it then stands.
  expect(await stale(department, [at(999)])).toBe(1);
  expect(await appender(log)(department, [at(999)])).toBe(0);
  expect(await findEvent(log, department, at(999).id)).toMatchObject({ position: 122 });
  const blocks = await log.read(department, 0, 50);
  expect(blocks.flatMap(({ events }) => events.map(({ position }) => position))).toEqual(
    Array.from({ length: 122 }, (_, i) => i + 1),
  );
  expect((await log.read(department, 15, 11)).map(({ first }) => first)).toEqual(
    Array.from({ length: 11 }, (_, i) => 12 + i * 10),
  );
});

it("a writer whose knowledge of the end is old meets what others have written, and doubles nothing", async () => {
  const department = `D${++feeds}`;
  const at = (n: number) => caseEvent("CASE", n, { department });
  const [one, other] = [appender(log), appender(log)];
  await one(department, [at(1)]);
  await other(department, [at(2), at(3)]);
  expect(await one(department, [at(3), at(4), at(1)])).toBe(1);
  expect(await other(department, [at(4)])).toBe(0);
  const blocks = await log.read(department, 0, 100);
  expect(blocks.flatMap(({ events }) => events.map(({ id }) => id))).toEqual([1, 2, 3, 4].map((n) => `CASE.${n}.0`));
});
