import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoItems } from "#functions/catalogue/adapters/dynamo-items.ts";
import { memoryItems } from "#functions/catalogue/adapters/memory-items.ts";
import type { ItemDefinition } from "#functions/catalogue/domain/item.ts";
import {
  type Asked,
  type ItemRecord,
  inForce,
  publishDefinition,
  type RecordChange,
  retireItem,
  suspendItem,
  takeEffect,
} from "#functions/catalogue/domain/item-record.ts";
import type { ItemStore, PageAsked, Position } from "#functions/catalogue/domain/ports.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import type { Decision } from "#shared/kernel/decision.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { realItem } from "#test/support/catalogue.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const AT = "2026-11-22T02:00:00.000Z";
const code = "11440606MB2D26310W4440712002040";

const definition = (more: Partial<ItemDefinition> = {}): ItemDefinition => ({ ...realItem("存量房"), ...more });

const asked = (more: Partial<Asked> = {}): Asked => ({
  at: AT,
  today: "2026-11-22",
  by: { client: "operator" },
  ...more,
});
type Decided = Decision<RecordChange, string>;
const taken = (decision: Decided): RecordChange => {
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value;
};

interface Subject {
  readonly store: ItemStore;
  /** The events that were written with the version in force. */
  lastEvents(): Promise<readonly AnyEvent[]>;
}

let tables = 0;

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const TableName = `catalogue-${++tables}`;
  await createDeployedTable(client, TableName, (scope) => new CatalogueData(scope, local));
  return {
    store: dynamoItems(client, TableName),
    async lastEvents() {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: `item#${code}` } },
        }),
      );
      return Items.map((row) => unmarshall(row)).flatMap(({ outbox }) => outbox ?? []);
    },
  };
};

const inMemory = async (): Promise<Subject> => {
  const store = memoryItems();
  return { store, lastEvents: async () => store.published().slice(-1) };
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the item store in %s", (_name, create) => {
  const publishing =
    (store: ItemStore) =>
    async (more: Partial<ItemDefinition> = {}, today = "2026-11-22") => {
      const wanted = definition(more);
      await store.save(taken(publishDefinition(await store.find(wanted.code), wanted, asked({ today }))));
    };

  it("has nothing at first", async () => {
    const { store } = await create();
    expect(await store.find(code)).toBeUndefined();
    expect(await store.version(code, 1)).toBeUndefined();
    expect(await store.list({ limit: 10 })).toEqual({ items: [] });
    expect(await store.log(code, { limit: 10 })).toEqual({ items: [] });
    expect(await store.due("2099-01-01")).toEqual([]);
    expect(await store.issuersOf("不动产权证书")).toEqual([]);
  });

  it("keeps every version as it was published, and says who did what and why", async () => {
    const { store } = await create();
    const publish = publishing(store);
    for (const name of ["一", "二", "三"]) await publish({ name });

    expect(inForce(await store.find(code))).toMatchObject({ version: 3, name: "三" });
    for (const [i, name] of ["一", "二", "三"].entries())
      expect(await store.version(code, i + 1)).toEqual({
        ...definition({ name }),
        version: i + 1,
        effectiveFrom: "2026-11-22",
      });
    expect(await store.version(code, 4)).toBeUndefined();
    expect((await store.list({ limit: 10 })).items.map(({ name }) => name)).toEqual(["三"]);

    const first = await store.log(code, { limit: 2 });
    expect(first.items.map(({ revision, changed }) => [revision, changed])).toEqual([
      [3, ["name"]],
      [2, ["name"]],
    ]);
    const rest = await store.log(code, { before: first.next, limit: 2 });
    expect(rest.items).toEqual([
      { revision: 1, at: AT, by: { client: "operator" }, operation: "publish", version: 1, changed: [] },
    ]);
    expect(rest.next).toBeUndefined();
  });

  it("announces a change in the write that makes it, once", async () => {
    const { store, lastEvents } = await create();
    await publishing(store)();
    await publishing(store)({ name: "二" });
    const events = await lastEvents();
    expect(events).toHaveLength(1);
    expect(ItemPublishedV1.schema.parse(events[0])).toMatchObject({
      id: `${code}.2.0`,
      source: "/catalogue",
      subject: code,
      sequence: 2,
      time: AT,
      department: "11440606MB2D26310W",
      division: "440606",
      itemcode: code,
      data: { code, version: 2 },
    });
  });

  it("lets one of several who change the same revision win, and keeps the history right", async () => {
    const { store } = await create();
    await publishing(store)();
    const before = await store.find(code);
    const changes = ["a", "b", "c", "d"].map((name) =>
      taken(publishDefinition(before, definition({ name }), asked({ reason: name }))),
    );
    const results = await Promise.allSettled(changes.map((change) => store.save(change)));
    const won = results.findIndex(({ status }) => status === "fulfilled");
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toBeInstanceOf(StaleVersionError);
    expect(await store.version(code, 1)).toMatchObject({ name: definition().name });
    expect(await store.version(code, 2)).toMatchObject({ name: "abcd"[won] });
    expect((await store.log(code, { limit: 10 })).items.map(({ reason }) => reason)).toEqual(["abcd"[won], undefined]);
  });

  it("keeps what waits for its day apart until it has come, and a superseded one readable", async () => {
    const { store } = await create();
    const publish = publishing(store);
    await publish();
    await publish({ name: "二", effectiveFrom: "2026-12-01" });
    await publish({ name: "三", effectiveFrom: "2027-01-01" });
    expect(inForce(await store.find(code))).toMatchObject({ version: 1 });
    expect(await store.version(code, 2)).toMatchObject({ name: "二" });
    expect(await store.version(code, 3)).toMatchObject({ name: "三" });
    expect(await store.due("2026-12-31")).toEqual([]);
    expect(await store.due("2027-01-01")).toEqual([code]);

    const record = await store.find(code);
    const decision = record && takeEffect(record, asked({ today: "2027-01-01" }));
    if (!decision) throw new Error("not due");
    await store.save(taken(decision));
    expect(await store.due("2027-01-01")).toEqual([]);
    expect(inForce(await store.find(code))).toMatchObject({ version: 3 });
  });

  it("lists suspended items as such, and retired ones only to their department", async () => {
    const { store } = await create();
    await publishing(store)();
    expect(await store.issuersOf("不动产权证书")).toEqual(["in-force"]);
    const act = async (command: (record: ItemRecord) => Decided) => {
      const record = await store.find(code);
      if (record) await store.save(taken(command(record)));
    };
    await act((record) => suspendItem(record, { ...asked(), reason: "停" }));
    expect((await store.list({ limit: 10 })).items).toEqual([expect.objectContaining({ code, suspended: true })]);
    await act((record) => retireItem(record, { ...asked(), reason: "废" }));
    expect((await store.list({ limit: 10 })).items).toEqual([]);
    expect((await store.implementing("440712002040", { limit: 10 })).items).toEqual([]);
    expect(await store.issuersOf("不动产权证书")).toEqual(["retired"]);
    expect((await store.ofDepartment("11440606MB2D26310W", { limit: 10 })).items).toEqual([
      { code, name: definition().name, division: "440606", revision: 3, standing: "retired", version: 1 },
    ]);
    expect((await store.ofDepartment("11440600007039565U", { limit: 10 })).items).toEqual([]);
    expect(await store.version(code, 1)).toMatchObject({ version: 1 });
  });

  it("lists a division and what lies below it, a page at a time", async () => {
    const { store } = await create();
    const places = ["440604", "440604010", "440605", "440605011", "440600", "440605"];
    for (const [i, division] of places.entries())
      await publishing(store)({ division, code: `11440606MB2D26310W444071200204${places.length - i}` });

    const walk = async (read: ItemStore["list"], within: string | undefined, limit: number) => {
      const all: string[] = [];
      for (let after: Position | undefined, more = true; more; ) {
        const page = await read({ within, after, limit });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        all.push(...page.items.map((listedItem) => `${listedItem.division}/${listedItem.code.slice(-1)}`));
        after = page.next;
        more = after !== undefined;
      }
      return all;
    };
    const everything = ["440600/2", "440604/6", "440604010/5", "440605/1", "440605/4", "440605011/3"];
    for (const limit of [1, 2, 3, 100])
      for (const read of [store.list, (asked: PageAsked) => store.implementing("440712002040", asked)]) {
        expect(await walk(read, undefined, limit)).toEqual(everything);
        expect(await walk(read, "440600", limit)).toEqual(everything);
        expect(await walk(read, "440605", limit)).toEqual(everything.slice(3));
        expect(await walk(read, "440604010", limit)).toEqual(["440604010/5"]);
        expect(await walk(read, "440606", limit)).toEqual([]);
      }
  });
});
