import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dynamoDesks, dynamoNotices } from "#functions/notifications/adapters/dynamo-desks.ts";
import { dynamoOfficers } from "#functions/notifications/adapters/dynamo-officers.ts";
import { dynamoTodos } from "#functions/notifications/adapters/dynamo-todos.ts";
import { memoryDesks, memoryNotices } from "#functions/notifications/adapters/memory-desks.ts";
import { memoryOfficers } from "#functions/notifications/adapters/memory-officers.ts";
import { memoryTodos } from "#functions/notifications/adapters/memory-todos.ts";
import { onTasksChanged } from "#functions/notifications/consumers/on-tasks-changed.ts";
import { begin, type Desk, type Notice, newDesk, rest } from "#functions/notifications/domain/desk.ts";
import type { Officer } from "#functions/notifications/domain/officer.ts";
import type { DeskStore, NoticeStore, OfficerDirectory, TodoStore } from "#functions/notifications/domain/ports.ts";
import type { Task, Todo, TodoEntry } from "#functions/notifications/domain/todo.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { context, fromBus } from "#test/support/queue-events.ts";
import { Deliveries, department } from "#test/support/todo-events.ts";

let tables = 0;

interface Stores {
  readonly todos: TodoStore;
  readonly officers: OfficerDirectory;
  readonly desks: DeskStore;
  readonly notices: NoticeStore;
}
const inMemory = async (): Promise<Stores> => ({
  officers: memoryOfficers(),
  desks: memoryDesks(),
  notices: memoryNotices(),
  todos: memoryTodos(),
});
const onDynamo = async (): Promise<Stores> => {
  const client = ownDocuments();
  const name = `notifications-${++tables}`;
  await createDeployedTable(client, name, (scope) => new NotificationsData(scope, local));
  return {
    officers: dynamoOfficers(client, name),
    desks: dynamoDesks(client, name),
    notices: dynamoNotices(client, name),
    todos: dynamoTodos(client, name),
  };
};

const collected = async <T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
};

const officer = (staff: string, more: Partial<Officer> = {}): Officer => ({
  staff,
  department: "D1",
  division: "440606",
  roles: ["clerk"],
  sequence: 1,
  ...more,
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the officers in %s", (_name, create) => {
  it("are found by department, by division and staff number", async () => {
    const { officers } = await create();
    const all = [officer("b"), officer("a"), officer("c", { division: "440600", roles: [] })];
    for (const each of [...all, officer("d", { department: "D2" })]) await officers.appoint(each);
    expect(await officers.ofDepartment("D1")).toEqual([all[2], all[1], all[0]]);
    expect(await officers.ofDepartment("D3")).toEqual([]);
  });

  it("who run the platform are found in whatever department, while they do", async () => {
    const { officers } = await create();
    await officers.appoint(officer("b", { roles: ["operator"], department: "D2" }));
    await officers.appoint(officer("a", { roles: ["clerk", "operator"] }));
    await officers.appoint(officer("c"));
    expect((await officers.operators()).map(({ staff }) => staff)).toEqual(["a", "b"]);
    await officers.appoint(officer("b", { roles: ["clerk"], sequence: 2 }));
    expect(await officers.operators()).toEqual([officer("a", { roles: ["clerk", "operator"] })]);
  });

  it("stand where their newest appointment put them, in whatever order appointments come", async () => {
    const { officers } = await create();
    await officers.appoint(officer("a"));
    await officers.appoint(officer("a", { department: "D2", sequence: 3 }));
    await officers.appoint(officer("a", { division: "440607", sequence: 2 }));
    await officers.appoint(officer("a", { roles: ["approver"], department: "D2", sequence: 3 }));
    expect(await officers.ofDepartment("D1")).toEqual([]);
    expect(await officers.ofDepartment("D2")).toEqual([officer("a", { department: "D2", sequence: 3 })]);
  });
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("desks and notices in %s", (_name, create) => {
  const at = "2026-11-24T02:33:00.000Z";
  const card = { title: "t", description: "d", url: "u", urgent: false };
  const notice = (event: string, more: Partial<Notice> = {}): Notice => ({ staff: "a", event, at, card, ...more });

  it("record a notice once, and know which wait, what is urgent first, then what is oldest", async () => {
    const { notices } = await create();
    for (const event of ["e2", "e1", "e3"]) expect(await notices.add(notice(event))).toBe("waiting");
    await notices.add(notice("e0", { at: "2026-11-24T02:34:00.000Z", case: "C" }));
    await notices.add(notice("e1", { staff: "b" }));
    expect(await notices.add(notice("e1"))).toBe("waiting");
    expect((await notices.waiting("a", 3)).map(({ event }) => event)).toEqual(["e1", "e2", "e3"]);
    await notices.add(notice("e9", { at: "2026-11-24T02:39:00.000Z", card: { ...card, urgent: true } }));
    expect((await notices.waiting("a", 2)).map(({ event }) => event)).toEqual(["e9", "e1"]);
    await notices.settle("a", ["e9"], { status: "sent", at, digest: false });
    await notices.settle("a", ["e1", "e2", "unknown"], { status: "sent", at, digest: true });
    await notices.settle("a", ["e1"], { status: "failed", at, reason: "given-up" });
    expect(await notices.add(notice("e1"))).toBe("settled");
    expect(await notices.waiting("a", 9)).toEqual([
      notice("e3"),
      notice("e0", { at: "2026-11-24T02:34:00.000Z", case: "C" }),
    ]);
    expect(await notices.waiting("b", 9)).toHaveLength(1);
  });

  it("find the desks that have to be looked at", async () => {
    const { desks } = await create();
    const waiting: Desk = { ...newDesk("a"), version: 1, state: { kind: "waiting", until: at } };
    await desks.save(waiting);
    await desks.save({ ...newDesk("b"), version: 1, state: { kind: "waiting", until: "2026-11-24T02:34:00.000Z" } });
    await desks.save({ ...newDesk("c"), version: 1 });
    const due = async (by: string) => (await collected(desks.due(by))).sort();
    expect(await due("2026-11-24T02:32:59.999Z")).toEqual([]);
    expect(await due(at)).toEqual(["a"]);
    const begun = begin({ ...waiting, restsFrom: at }, { card, events: ["e1"], since: at }, at);
    await desks.save(begun);
    expect(await desks.find("a")).toEqual(begun);
    expect(await due("2026-11-24T02:36:00.000Z")).toEqual(["a", "b"]);
    await desks.save(rest(begun, at));
    expect(await due("2026-11-24T02:36:00.000Z")).toEqual(["b"]);
    await expect(desks.save(rest(begun, at))).rejects.toThrow(StaleVersionError);
  });
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the to-dos in %s", (_name, create) => {
  it("are found by when they have to be looked at, until they were", async () => {
    const { todos } = await create();
    const late = async (by: string) => (await collected(todos.late(by))).map(({ subject }) => subject);
    const at = "2026-11-23T02:00:00.000Z";
    const [a, b] = [{ ...todo("a", 1, accept), lookAt: at }, todo("b", 1, { ...accept, claimedBy: "s1" })];
    await todos.save(undefined, a);
    await todos.save(undefined, b);
    expect(await todos.find(a)).toEqual(a);
    expect(await late("2026-11-23T01:59:59.999Z")).toEqual([]);
    expect(await late(at)).toEqual(["a"]);
    await todos.looked({ ...a, lookAt: "2026-11-24T02:00:00.000Z" });
    expect([await late(at), await late("2026-11-24T02:00:00.000Z")]).toEqual([[], ["a"]]);
    await todos.looked({ ...a, sequence: 9, lookAt: undefined });
    expect(await late("2026-11-24T02:00:00.000Z")).toEqual(["a"]);
    await todos.looked({ ...a, lookAt: "2026-11-24T02:00:00.000Z", toldLate: at });
    expect(await todos.find(a)).toEqual({ ...a, lookAt: "2026-11-24T02:00:00.000Z", toldLate: at });
    const { lookAt: _, ...looked } = a;
    await todos.looked(looked);
    expect(await late("2026-11-25T02:00:00.000Z")).toEqual([]);
    expect(await todos.find(a)).toMatchObject(looked);
    await todos.save(a, { ...todo("a", 2), lookAt: undefined });
    expect(await late("2026-11-25T02:00:00.000Z")).toEqual([]);
  });

  const todo = (subject: string, sequence: number, ...tasks: Task[]): Todo => ({
    source: "/applications",
    subject,
    sequence,
    department: "D1",
    division: "440606",
    number: "N",
    changedAt: "2026-11-22T02:00:00.000Z",
    tasks: tasks.map((task) => ({ ...task, since: "2026-11-22T02:00:00.000Z" })),
  });
  const accept: Task = { kind: "accept", role: "clerk", dueBy: { date: "2026-11-27", provisional: false } };
  it("are found as they were saved, and lie in the pools of their tasks, in order", async () => {
    const { todos } = await create();
    const two = todo("b", 1, accept, { kind: "settle-parcel", role: "approver" });
    const early = todo("c", 1, { ...accept, dueBy: { date: "2026-11-24", provisional: false } });
    for (const each of [todo("a", 1, accept), two, early]) await todos.save(undefined, each);
    expect(await todos.find(two)).toEqual(two);
    expect(await todos.find({ source: "/payments", subject: "b" })).toBeUndefined();
    const { lines, more } = await todos.page("D1#clerk", { limit: 2 });
    expect([lines.map(({ entry }) => entry.subject), more]).toEqual([["c", "a"], true]);
    const rest = await todos.page("D1#clerk", { limit: 2, after: lines[1]?.order });
    const { division, number } = two;
    expect(rest).toMatchObject({
      lines: [{ entry: { source: "/applications", subject: "b", division, number, since: two.changedAt, ...accept } }],
      more: false,
    });
    expect((await todos.page("D1#approver", { limit: 2 })).lines).toHaveLength(1);
  });

  it("keep one of two writers, and leave no line behind", async () => {
    const { todos } = await create();
    const first = todo("a", 1, accept);
    const subjects = async (pool: string) =>
      (await todos.page(pool, { limit: 5 })).lines.map(({ entry }) => entry.subject);
    await todos.save(undefined, first);
    await expect(todos.save(undefined, first)).rejects.toThrow(StaleVersionError);
    const claimed = todo("a", 2, { ...accept, claimedBy: "s1" });
    await todos.save(first, claimed);
    await expect(todos.save(first, todo("a", 3))).rejects.toThrow(StaleVersionError);
    expect([await subjects("D1#clerk"), await subjects("staff#s1")]).toEqual([[], ["a"]]);
    await todos.save(claimed, todo("a", 3));
    expect(await subjects("staff#s1")).toEqual([]);
  });

  it("end as their last events say, whatever came twice, late, or at the same moment", async () => {
    await fc.assert(
      fc.asyncProperty(Deliveries, async ({ histories, delivered }) => {
        const { todos } = await create();
        const hear = onTasksChanged({ todos, pause: () => pause(Math.random() * 20) });
        for (let i = 0; i < delivered.length; i += 8)
          expect(await hear(fromBus(...delivered.slice(i, i + 8)), context)).toEqual({ batchItemFailures: [] });
        const waiting = histories.flatMap((history, s) =>
          (history.at(-1) ?? []).map(({ kind, role, claimedBy }) => ({ subject: `S${s}`, kind, role, claimedBy })),
        );
        const pools = ["clerk", "officer", "approver"].map((role) => `${department}#${role}`);
        const held: Partial<TodoEntry>[] = [];
        for (const pool of [...pools, "staff#s1", "staff#s2"]) {
          const { lines } = await todos.page(pool, { limit: 500 });
          for (const { entry } of lines) {
            expect(pool).toBe(entry.claimedBy ? `staff#${entry.claimedBy}` : `${department}#${entry.role}`);
            const { subject, kind, role, claimedBy } = entry;
            held.push({ subject, kind, role, claimedBy });
          }
        }
        const sorted = (of: readonly Partial<TodoEntry>[]) =>
          of.map((each) => JSON.stringify(Object.values(each))).sort();
        expect(sorted(held)).toEqual(sorted(waiting));
      }),
      { numRuns: 8 },
    );
  });
});
