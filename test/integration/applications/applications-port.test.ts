import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { memoryApplications } from "#functions/applications/adapters/memory-applications.ts";
import { acceptCase, declineCase } from "#functions/applications/domain/acceptance.ts";
import type { Applicant } from "#functions/applications/domain/application.ts";
import type { Change } from "#functions/applications/domain/change.ts";
import { claimTask } from "#functions/applications/domain/claims.ts";
import { concludeCase } from "#functions/applications/domain/conclusion.ts";
import type { Applications, WorklistView } from "#functions/applications/domain/ports.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { PersonalDataReadV1 } from "#shared/contracts/events/applications.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { packedEvents } from "#shared/runtime/packed-events.ts";
import {
  applicant,
  caseIn,
  cipher,
  command,
  company,
  givenOf,
  granted,
  instantRules,
  otherPerson,
  personalTexts,
  RECEIVED,
  rules,
  stages,
  submitted,
} from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

interface Subject {
  readonly store: Applications;
  /** Every event that stands in the store's outbox, in no order. */
  told(): Promise<readonly AnyEvent[]>;
}

let tables = 0;
beforeAll(async () => {
  await onDynamo();
});

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const table = `applications-${++tables}`;
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  return {
    store: dynamoApplications(client, { table, cipher }),
    async told() {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
      return Items.flatMap(({ outbox }) => {
        const events = outbox instanceof Uint8Array ? packedEvents.unpack(outbox) : (outbox ?? []);
        return events as AnyEvent[];
      });
    },
  };
};

const inMemory = async (): Promise<Subject> => {
  const store = memoryApplications(cipher);
  return { store, told: async () => store.published() };
};

const minute = (minutes: number): string =>
  new Date(Date.parse("2026-11-22T02:00:00Z") + minutes * 60_000).toISOString();
const day = (days: number): string => minute(days * 24 * 60);

const saved = async (
  store: Applications,
  serial: number,
  at: string,
  by: Applicant = applicant(),
  item = rules(),
): Promise<Change> => {
  const change = submitted(item, { id: derivedId("case", `${serial}`), at, by });
  await store.save(change);
  return change;
};

/** Every page of a list, the last one possibly empty. */
const pagesOf = async (
  list: (cursor: string | undefined) => ReturnType<Applications["ofApplicant"]>,
): Promise<string[][]> => {
  const pages: string[][] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await list(cursor);
    if (page === "bad-cursor") throw new Error("its own cursor is refused");
    pages.push(page.items.map(({ id }) => id));
    cursor = page.next;
  }
  return pages;
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the applications in %s", (_name, create) => {
  it("are none at first", async () => {
    const { store } = await create();
    expect(await store.find(derivedId("case"))).toBeUndefined();
    expect(await store.ofApplicant(applicant(), { limit: 10 })).toEqual({ items: [] });
    expect(await store.worklist("11440606MB2D26310W", ["440606"], { list: "open" }, { limit: 10 })).toEqual({
      items: [],
    });
  });

  it("are read back as they were saved, change by change", async () => {
    const { store } = await create();
    const first = submitted(rules({ stages: stages("approval") }));
    await store.save(first);
    expect(await store.find(first.state.id)).toEqual(first.state);
    const second = granted(acceptCase(first.state, givenOf(), undefined, command()));
    await store.save(second);
    expect(await store.find(first.state.id)).toEqual(second.state);
  });

  it.each(["declined", "approved", "refused", "concluded", "withdrawn"] as const)(
    "keep a case that is %s as it is",
    async (status) => {
      const { store } = await create();
      const state = { ...caseIn(status), version: 1 };
      await store.save({ state, at: RECEIVED, events: [] });
      expect(await store.find(state.id)).toEqual(state);
    },
  );

  it("carry the events of the change in the same write", async () => {
    const { store, told } = await create();
    const first = submitted(instantRules());
    await store.save(first);
    const inOrder = async () => [...(await told())].map(({ type }) => type.split(".")[3]);
    expect(await inOrder()).toEqual(["submitted"]);
    const decided = granted(
      acceptCase(first.state, givenOf(instantRules()), { outcome: "approve", reasons: [] }, command()),
    );
    await store.save(decided);
    expect((await inOrder()).slice(-2)).toEqual(["accepted", "decided"]);
    for (const text of personalTexts) expect(JSON.stringify(await told())).not.toContain(text);
  });

  it.each([
    ["made twice", 1],
    ["changed from a version that was never there", 3],
  ])("cannot be %s", async (_what, version) => {
    const { store, told } = await create();
    const { state, events, at } = submitted();
    await store.save({ state, at, events });
    await expect(store.save({ state: { ...state, version, form: {} }, at, events })).rejects.toThrow(StaleVersionError);
    expect(await store.find(state.id)).toEqual(state);
    expect(await told()).toHaveLength(1);
  });

  it("cannot be changed before they are there", async () => {
    const { store } = await create();
    const { state, events, at } = submitted();
    await expect(store.save({ state: { ...state, version: 2 }, at, events })).rejects.toThrow(StaleVersionError);
    expect(await store.find(state.id)).toBeUndefined();
  });

  it("let exactly one of many win who save the same version at once", async () => {
    const { store } = await create();
    const changes = Array.from({ length: 8 }, (_, i) => {
      const { state, events, at } = submitted();
      return { state: { ...state, form: { 序号: i } }, at, events };
    });
    const firsts = await Promise.allSettled(changes.map((change) => store.save(change)));
    const won = firsts.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []));
    expect(won).toHaveLength(1);
    const state = await store.find(derivedId("case"));
    expect(state?.form).toEqual({ 序号: won[0] });

    if (!state) throw new Error("not kept");
    const next = ["a", "b", "c", "d"].map((officer) =>
      granted(acceptCase(state, givenOf(), undefined, command({ by: { client: "dept", officer } }))),
    );
    const seconds = await Promise.allSettled(next.map((change) => store.save(change)));
    expect(seconds.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of seconds)
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StaleVersionError);
    const winner = next[seconds.findIndex(({ status }) => status === "fulfilled")];
    expect(await store.find(state.id)).toEqual(winner?.state);
  });

  it("are found by their applicant, newest first, and no one else's", async () => {
    const { store } = await create();
    for (const [serial, at] of [minute(1), minute(3), minute(2)].entries()) await saved(store, serial, at);
    await saved(store, 3, minute(4), otherPerson);
    await saved(store, 4, minute(5), company);
    const page = await store.ofApplicant({ kind: "natural", idNumber: applicant().idNumber }, { limit: 10 });
    if (page === "bad-cursor") throw new Error(page);
    expect(page.items.map(({ receivedAt }) => receivedAt)).toEqual([minute(3), minute(2), minute(1)]);
    expect(page.items[0]).toEqual({
      id: derivedId("case", "1"),
      number: expect.stringContaining("20261122"),
      itemCode: rules().code,
      itemName: rules().name,
      status: "submitted",
      receivedAt: minute(3),
      dueBy: { date: "2026-11-27", provisional: false },
    });
    expect(await store.ofApplicant({ kind: "legal", idNumber: applicant().idNumber }, { limit: 10 })).toEqual({
      items: [],
    });
  });

  it("tell in their applicant's list which licence was issued, as long as it stands", async () => {
    const { store } = await create();
    const item = rules({ stages: stages("approval"), commitment: true, licence: { type: "不动产权证书" } });
    for (const status of ["approved", "concluded", "revoked", "withdrawn"] as const)
      await store.save({
        state: { ...caseIn(status, item), id: derivedId(status), version: 1 },
        at: RECEIVED,
        events: [],
      });
    const page = await store.ofApplicant(applicant(), { limit: 10 });
    if (page === "bad-cursor") throw new Error(page);
    expect(Object.fromEntries(page.items.map(({ status, licenceType }) => [status, licenceType]))).toEqual({
      approved: undefined,
      concluded: "不动产权证书",
      revoked: undefined,
      withdrawn: undefined,
    });
  });

  it("are paged through once each, newest first, whatever the limit, also when some came at the same moment", async () => {
    const { store } = await create();
    for (const [serial, at] of [0, 0, 0, 1, 2, 2, 3].map(minute).entries()) await saved(store, serial, at);
    const all = (await pagesOf((cursor) => store.ofApplicant(applicant(), { limit: 100, cursor }))).flat();
    expect(new Set(all).size).toBe(7);
    for (const limit of [1, 2, 3, 6, 7, 8]) {
      const pages = await pagesOf((cursor) => store.ofApplicant(applicant(), { limit, cursor }));
      expect(pages.flat()).toEqual(all);
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(limit);
    }
  });

  it("stand in the department's worklist by what is due first, until they are closed", async () => {
    const { store } = await create();
    const open = (limit = 10) =>
      pagesOf((cursor) => store.worklist("11440606MB2D26310W", ["440606"], { list: "open" }, { limit, cursor })).then(
        (pages) => pages.flat(),
      );
    const slow = rules({ limits: { statutory: 30, promised: 20 } });
    const [a, b, c] = [
      await saved(store, 0, day(5)),
      await saved(store, 1, day(0)),
      await saved(store, 2, day(1), applicant(), slow),
    ];
    await saved(store, 3, day(0), applicant(), rules({ division: "440604" }));
    await saved(store, 4, day(0), applicant(), rules({ department: { uscc: "11440606MB2D0123XA", name: "别的局" } }));
    const ids = (...changes: Change[]) => changes.map(({ state }) => state.id);
    expect(await open()).toEqual(ids(b, c, a));
    for (const limit of [1, 2, 3]) expect(await open(limit)).toEqual(ids(b, c, a));

    await store.save(granted(acceptCase(c.state, givenOf(slow), undefined, command())));
    expect(await open()).toEqual(ids(b, a, c));
    await store.save(granted(declineCase(b.state, givenOf(), ["不属于本部门职权"], command())));
    expect(await open()).toEqual(ids(a, c));

    const decided = granted(
      acceptCase(
        submitted(instantRules(), { id: derivedId("i") }).state,
        givenOf(instantRules()),
        { outcome: "approve", reasons: [] },
        command(),
      ),
    );
    await store.save({ ...decided, state: { ...decided.state, version: 1 } });
    expect(await open()).toContain(derivedId("i"));
    const concluded = granted(concludeCase({ ...decided.state, version: 1 }, givenOf(), command()));
    await store.save(concluded);
    expect(await open()).toEqual(ids(a, c));
    expect((await store.find(derivedId("i")))?.phase.status).toBe("concluded");
  });

  it.each([
    ["junk"],
    [Buffer.from("[]").toString("base64url")],
    [Buffer.from('{"at":"2026"}').toString("base64url")],
    [Buffer.from('{"pk":"","at":""}').toString("base64url")],
    [Buffer.from('{"pk":{"S":"x"},"at":"2026"}').toString("base64url")],
  ])("refuse the cursor %s, which no list has given", async (cursor) => {
    const { store } = await create();
    expect(await store.ofApplicant(applicant(), { limit: 10, cursor })).toBe("bad-cursor");
    expect(await store.worklist("11440606MB2D26310W", ["440606"], { list: "open" }, { limit: 10, cursor })).toBe(
      "bad-cursor",
    );
  });

  it("refuse the cursor of another worklist that ends outside of the one asked for", async () => {
    const { store } = await create();
    const take = async (serial: number, officer: string) => {
      const change = await saved(store, serial, minute(serial));
      await store.save(granted(claimTask(change.state, givenOf(), officer, command())));
    };
    await take(1, "o-1");
    await take(2, "o-2");
    await take(3, "o-2");
    await saved(store, 4, minute(4));
    const list = (view: WorklistView, cursor?: string) =>
      store.worklist("11440606MB2D26310W", ["440606"], view, { limit: 2, cursor });
    const open = await list({ list: "open" });
    if (open === "bad-cursor" || !open.next) throw new Error("one page only");
    expect(open.items.map(({ claimedBy }) => claimedBy)).toEqual([undefined, "o-1"]);
    expect(await list({ list: "unassigned" }, open.next)).toBe("bad-cursor");
    expect(await list({ list: "unassigned", desk: "accept" }, open.next)).toBe("bad-cursor");
    expect(await list({ list: "mine", officer: "o-2" }, open.next)).toBe("bad-cursor");
    const mine = await list({ list: "mine", officer: "o-1" }, open.next);
    expect(mine).toEqual({ items: [] });
    const beyond = cursorOf({ range: 1, pk: "x", at: "0accept#" });
    expect(await list({ list: "open" }, beyond)).toBe("bad-cursor");
  });

  it("never shows one applicant's cases to who brings the cursor of another's list", async () => {
    const { store } = await create();
    await saved(store, 0, minute(0), otherPerson);
    for (const serial of [1, 2, 3]) await saved(store, serial, minute(serial));
    const mine = await store.ofApplicant(applicant(), { limit: 1 });
    if (mine === "bad-cursor" || !mine.next) throw new Error("one page only");
    const page = await store.ofApplicant(otherPerson, { limit: 10, cursor: mine.next });
    expect(page === "bad-cursor" ? page : page.items.map(({ id }) => id)).toEqual([derivedId("case", "0")]);
  });

  it("record every reading with its event, beside the case and not in its lists", async () => {
    const { store, told } = await create();
    const { state } = await saved(store, 0, minute(0));
    const reading = { application: state, at: minute(1), client: "dept", officer: "ss-0203", purpose: "decision" };
    await store.recordReading({ ...reading, id: derivedId("reading", "1") });
    await store.recordReading({ ...reading, id: derivedId("reading", "2") });
    const events = (await told()).filter(({ type }) => type === PersonalDataReadV1.type);
    expect(events.map(({ subject }) => subject).sort()).toEqual(
      [derivedId("reading", "1"), derivedId("reading", "2")].sort(),
    );
    expect(PersonalDataReadV1.schema.parse(events[0]).data).toEqual({
      number: state.number,
      client: "dept",
      officer: "ss-0203",
      purpose: "decision",
    });
    expect(await store.find(state.id)).toEqual(state);
    const page = await store.ofApplicant(applicant(), { limit: 10 });
    expect(page !== "bad-cursor" && page.items).toHaveLength(1);
  });
});
