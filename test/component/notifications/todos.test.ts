import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryTodos } from "#functions/notifications/adapters/memory-todos.ts";
import { onTasksChanged } from "#functions/notifications/consumers/on-tasks-changed.ts";
import { taskEndpoints } from "#functions/notifications/http/list-tasks.ts";
import { TASK_EVENTS, WITHOUT_TASKS } from "#functions/notifications/todos/tasks-of-event.ts";
import {
  ApplicationAcceptedV1,
  ApplicationConcludedV1,
  PersonalDataReadV1,
  TaskClaimedV1,
} from "#shared/contracts/events/applications.ts";
import { events as contracts } from "#shared/contracts/events/index.ts";
import { DayDiffersV1 } from "#shared/contracts/events/payments.ts";
import type { Verdict } from "#shared/contracts/http/caller.ts";
import { countTasks, listTasks, type TaskEntry } from "#shared/contracts/http/notifications/tasks.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { context, fromBus } from "#test/support/queue-events.ts";
import { accept, Deliveries, decide, department, event, officialOf as staff } from "#test/support/todo-events.ts";

const allDone = { batchItemFailures: [] };
const other = "11440600007039469J";
const clerk = staff("clerk-1", ["clerk"]);
const officer = staff("officer-1", ["officer"]);

const office = () => {
  const todos = memoryTodos();
  const consumer = onTasksChanged({ todos, pause: async () => {} });
  const http = httpLambda(taskEndpoints({ todos, worklistUrl: "https://city.example/cases/" }));
  const list = async (verdict: Verdict, query: Record<string, string> = {}) => {
    const answer = said(await http(requestTo(listTasks, { verdict, query })));
    return { ...answer, items: (answer.body.items ?? []) as TaskEntry[] };
  };
  return {
    todos,
    hear: (...heard: object[]) => consumer(fromBus(...heard), context),
    list,
    counts: async (verdict: Verdict) => said(await http(requestTo(countTasks, { verdict }))).body,
    subjects: async (verdict: Verdict, query = {}) => (await list(verdict, query)).items.map(({ id }) => id),
  };
};

describe("the list of an official", () => {
  it("shows what nobody has taken of their department, division and role, and what they have taken, by due day", async () => {
    const { hear, list, counts } = office();
    await hear(
      event({
        subject: "later",
        sequence: 1,
        tasks: [{ ...accept, dueBy: { date: "2026-12-01", provisional: true } }],
      }),
      event({ subject: "soon", sequence: 1, tasks: [accept] }),
      event({ subject: "no-day", sequence: 1, tasks: [{ kind: "settle-parcel", role: "clerk" }] }),
      event({ subject: "mine", sequence: 1, tasks: [{ ...decide, claimedBy: "clerk-1" }] }),
      event({ subject: "another's", sequence: 1, tasks: [{ ...accept, claimedBy: "clerk-2" }] }),
      event({ subject: "officers'", sequence: 1, tasks: [decide] }),
      event({ subject: "elsewhere", sequence: 1, tasks: [accept], division: "440607" }),
      event({ subject: "town", sequence: 1, tasks: [accept], division: "440606101" }),
      event({ subject: "other", sequence: 1, tasks: [accept], department: other }),
    );
    const { items } = await list(clerk);
    expect(items.map(({ id }) => id)).toEqual(["soon", "town", "later", "mine", "no-day"]);
    expect(items[0]).toEqual({
      id: "soon",
      source: "/applications",
      case: "soon",
      number: "N-soon",
      item: "食品经营许可",
      kind: "accept",
      dueBy: accept.dueBy,
      since: "2026-11-22T02:00:01.000Z",
      link: "https://city.example/cases/soon",
    });
    expect(await counts(clerk)).toEqual({
      mine: { decide: 1 },
      unclaimed: { accept: 3, "settle-parcel": 1 },
      more: false,
    });
  });

  it("is filtered by kind and by whose it is, and paged", async () => {
    const { hear, subjects, list } = office();
    for (const subject of ["a", "b", "c", "d", "e"])
      await hear(
        event({ subject, sequence: 1, tasks: [subject === "c" ? { ...accept, claimedBy: "clerk-1" } : accept] }),
      );
    await hear(event({ subject: "p", sequence: 1, tasks: [{ kind: "settle-payment", role: "clerk" }] }));
    expect(await subjects(clerk, { kind: "settle-payment" })).toEqual(["p"]);
    expect(await subjects(clerk, { whose: "mine" })).toEqual(["c"]);
    expect(await subjects(clerk, { whose: "unclaimed", kind: "accept" })).toEqual(["a", "b", "d", "e"]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(clerk, { limit: "2", ...(cursor && { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.body.next;
    } while (cursor);
    expect(seen).toEqual(["a", "b", "c", "d", "e", "p"]);
    expect((await list(clerk, { cursor: "bm9uc2Vuc2U" })).status).toBe(422);
  });

  it("follows the case whoever moved it", async () => {
    const { hear, subjects } = office();
    await hear(event({ subject: "c", sequence: 1, tasks: [accept] }));
    await hear(event({ type: ApplicationAcceptedV1.type, subject: "c", sequence: 2, tasks: [decide] }));
    expect([await subjects(clerk), await subjects(officer)]).toEqual([[], ["c"]]);
    await hear(
      event({ type: TaskClaimedV1.type, subject: "c", sequence: 3, tasks: [{ ...decide, claimedBy: "officer-1" }] }),
    );
    expect([await subjects(officer), await subjects(staff("officer-2", ["officer"]))]).toEqual([["c"], []]);
    await hear(event({ type: ApplicationConcludedV1.type, subject: "c", sequence: 4 }));
    expect(await subjects(officer)).toEqual([]);
  });

  it("of an operator has what concerns no department", async () => {
    const { hear, subjects } = office();
    const {
      department: _,
      division: __,
      ...differs
    } = event({
      type: DayDiffersV1.type,
      subject: "day",
      sequence: 1,
      tasks: [{ kind: "settle-difference", role: "operator" }],
    });
    await hear(differs);
    expect(await subjects(staff("op", ["operator"], { department: other, division: "440600" }))).toEqual(["day"]);
    expect(await subjects(clerk)).toEqual([]);
  });

  it("of an officer of one town in a department with many is as long as its page, and its counts are of that town", async () => {
    const { hear, list, counts } = office();
    const everywhere = Array.from({ length: 1_300 }, (_, i) =>
      event({
        subject: `S${String(i).padStart(4, "0")}`,
        sequence: 1,
        tasks: [accept],
        division: i % 100 === 99 ? "440606101" : "440606102",
      }),
    );
    for (let start = 0; start < everywhere.length; start += 100) await hear(...everywhere.slice(start, start + 100));
    const town = staff("clerk-1", ["clerk"], { division: "440606101" });
    const first = await list(town, { limit: "10" });
    expect(first.items.map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, i) => `S${String(i).padStart(2, "0")}99`),
    );
    const second = await list(town, { limit: "10", cursor: first.body.next });
    expect([second.items.length, second.body.next]).toEqual([3, undefined]);
    expect(await counts(town)).toEqual({ mine: {}, unclaimed: { accept: 13 }, more: false });
  });

  it("is counted up to a bound, and says that there is more", async () => {
    const { todos, counts } = office();
    const page = todos.page;
    let reads = 0;
    todos.page = async (pool, options) => {
      reads += 1;
      return { ...(await page(pool, options)), more: pool.endsWith("#clerk") };
    };
    expect(await counts(clerk)).toEqual({ mine: {}, unclaimed: {}, more: true });
    expect(reads).toBe(5);
  });

  it("is closed to whoever is not staff", async () => {
    const { list } = office();
    expect((await list({ client: "x", scopes: "tasks:read", department, division: "440606" } as Verdict)).status).toBe(
      403,
    );
  });
});

describe("an event", () => {
  it("of those that say nothing of tasks leaves what waits", async () => {
    const { hear, subjects } = office();
    await hear(event({ subject: "c", sequence: 1, tasks: [accept] }));
    await hear(event({ type: PersonalDataReadV1.type, subject: "c", sequence: 2 }));
    expect(await subjects(clerk)).toEqual(["c"]);
  });

  it("is named so exactly when its contract has no tasks", () => {
    const silent = contracts
      .filter(({ type }) => TASK_EVENTS.some((beginning) => type.startsWith(beginning)))
      .filter(({ data }) => !("tasks" in (data as unknown as { shape: object }).shape))
      .map(({ type }) => type);
    expect([...WITHOUT_TASKS].sort()).toEqual(silent.sort());
    const speaking = contracts.filter(({ data }) => "tasks" in ((data as unknown as { shape?: object }).shape ?? {}));
    for (const { type } of speaking) expect(TASK_EVENTS.some((beginning) => type.startsWith(beginning))).toBe(true);
  });

  it("that keeps meeting others is given back to the queue", async () => {
    const todos = memoryTodos();
    const busy = { ...todos, save: async () => Promise.reject(new StaleVersionError("x")) };
    const hear = onTasksChanged({ todos: busy, pause: async () => {} });
    expect(await hear(fromBus(event({ subject: "c", sequence: 1, tasks: [accept] })), context)).toEqual({
      batchItemFailures: [{ itemIdentifier: "m0" }],
    });
  });
});

describe("replays, duplicates and disorder", () => {
  it("end in what a naive reader of the last events sees, counts included", async () => {
    await fc.assert(
      fc.asyncProperty(Deliveries, async ({ histories, delivered }) => {
        const { hear, list, counts } = office();
        // At the same moment, as two functions would: races are part of it.
        for (let i = 0; i < delivered.length; i += 3) expect(await hear(...delivered.slice(i, i + 3))).toEqual(allDone);
        const waiting = histories.flatMap((history, s) =>
          (history.at(-1) ?? []).map((task) => ({ id: `S${s}`, ...task })),
        );
        for (const name of ["s1", "s3"]) {
          const who = staff(name, ["clerk", "officer"]);
          const mine = waiting.filter(({ claimedBy }) => claimedBy === name);
          const unclaimed = waiting.filter(({ claimedBy, role }) => !claimedBy && role !== "approver");
          const { items } = await list(who, { limit: "100" });
          const facts = (entries: readonly { id: string; kind: string; claimedBy?: string | undefined }[]) =>
            entries.map(({ id, kind, claimedBy }) => `${id} ${kind} ${claimedBy ?? ""}`).sort();
          expect(facts(items)).toEqual(facts([...mine, ...unclaimed]));
          const byKind = (tasks: readonly { kind: string }[]) =>
            Object.fromEntries(
              Object.entries(Object.groupBy(tasks, ({ kind }) => kind)).map(([k, of]) => [k, of?.length]),
            );
          expect(await counts(who)).toEqual({ mine: byKind(mine), unclaimed: byKind(unclaimed), more: false });
        }
      }),
      { numRuns: 200 },
    );
  });
});
