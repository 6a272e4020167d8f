import { readFileSync } from "node:fs";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoItems } from "#functions/catalogue/adapters/dynamo-items.ts";
import { memoryItems } from "#functions/catalogue/adapters/memory-items.ts";
import type { Item } from "#functions/catalogue/domain/item.ts";
import type { ItemStore, Position } from "#functions/catalogue/domain/ports.ts";
import { importItems } from "#functions/catalogue/import-items.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { ItemPublishedV1 } from "#shared/contracts/events/catalogue.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";

const AT = "2026-11-22T02:00:00.000Z";
const code = "11440606MB2D26310W4440712002040";

const item = (more: Partial<Item> = {}): Item => ({
  code,
  version: 1,
  basicCode: "440712002040",
  name: "存量房转移登记（买卖）",
  kind: "07",
  level: "4",
  applicants: ["natural", "legal"],
  objects: ["1", "2"],
  themes: ["住房"],
  department: { uscc: "11440606MB2D26310W", name: "佛山市自然资源局顺德分局" },
  division: "440606",
  handling: "committed",
  limits: { statutory: 30, promised: 1 },
  stages: [{ name: "approval", title: "登簿", role: "登记人员", checks: [{ id: "c1", text: "一致" }] }],
  legalBasis: [{ law: "不动产登记暂行条例" }],
  conditions: [],
  options: [],
  form: { type: "object" },
  materials: [],
  fees: [
    { id: "f1", name: "登记费", standard: "每件80元", amount: 8000, basis: "发改价格规〔2016〕2559号", due: "issue" },
  ],
  specialProcedures: [],
  tacit: "none",
  effectiveFrom: "2026-11-22",
  result: { name: "不动产权证书", licenceType: "不动产权证书" },
  deliverable: true,
  commitment: false,
  assumed: [],
  sources: [],
  ...more,
});

interface Subject {
  readonly store: ItemStore;
  /** The events that were written with the version in force. */
  lastEvents(): Promise<readonly AnyEvent[]>;
}

let dynamo: RunningDynamoDb;
let tables = 0;
beforeAll(async () => {
  dynamo = await startDynamoDb();
});
afterAll(() => dynamo?.stop());

const onDynamo = async (): Promise<Subject> => {
  const client = localDocumentClient(dynamo.endpoint);
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
  it("has nothing at first", async () => {
    const { store } = await create();
    expect(await store.current(code)).toBeUndefined();
    expect(await store.version(code, 1)).toBeUndefined();
    expect(await store.list({ limit: 10 })).toEqual({ items: [] });
  });

  it("keeps every version as it was published", async () => {
    const { store } = await create();
    const versions = [item(), item({ version: 2, name: "二" }), item({ version: 3, name: "三" })];
    for (const version of versions) await store.publish(version, AT);

    expect(await store.current(code)).toEqual(versions[2]);
    for (const version of versions) expect(await store.version(code, version.version)).toEqual(version);
    expect(await store.version(code, 4)).toBeUndefined();
    expect((await store.list({ limit: 10 })).items.map(({ name }) => name)).toEqual(["三"]);
  });

  it("announces a version in the write that publishes it, once", async () => {
    const { store, lastEvents } = await create();
    await store.publish(item(), AT);
    await store.publish(item({ version: 2 }), AT);
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

  it.each([
    ["the first again", 1],
    ["one that leaves a gap", 3],
  ])("does not publish %s", async (_what, version) => {
    const { store } = await create();
    await store.publish(item(), AT);
    await expect(store.publish(item({ version, name: "other" }), AT)).rejects.toThrow(StaleVersionError);
    expect(await store.current(code)).toEqual(item());
    expect(await store.version(code, 1)).toEqual(item());
  });

  it("lets one of two who publish at the same time win, and keeps the history right", async () => {
    const { store } = await create();
    await store.publish(item(), AT);
    const second = ["a", "b", "c", "d"].map((name) => item({ version: 2, name }));
    const results = await Promise.allSettled(second.map((version) => store.publish(version, AT)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await store.version(code, 1)).toEqual(item());
    expect(await store.version(code, 2)).toEqual(second[results.findIndex(({ status }) => status === "fulfilled")]);
  });

  it("lists a division and what lies below it, a page at a time", async () => {
    const { store } = await create();
    const places = ["440604", "440604010", "440605", "440605011", "440600", "440605"];
    const published = places.map((division, i) =>
      item({ division, code: `11440606MB2D26310W444071200204${places.length - i}` }),
    );
    for (const version of published) await store.publish(version, AT);

    const listed = async (within: string | undefined, limit: number) => {
      const all: string[] = [];
      for (let after: Position | undefined, more = true; more; ) {
        const page = await store.list({ within, after, limit });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        all.push(...page.items.map((listedItem) => `${listedItem.division}/${listedItem.code.slice(-1)}`));
        after = page.next;
        more = after !== undefined;
      }
      return all;
    };
    const everything = ["440600/2", "440604/6", "440604010/5", "440605/1", "440605/4", "440605011/3"];
    for (const limit of [1, 2, 3, 100]) {
      expect(await listed(undefined, limit)).toEqual(everything);
      expect(await listed("440600", limit)).toEqual(everything);
      expect(await listed("440605", limit)).toEqual(everything.slice(3));
      expect(await listed("440604010", limit)).toEqual(["440604010/5"]);
      expect(await listed("440606", limit)).toEqual([]);
    }
  });

  it("takes the real items, and takes them only once", async () => {
    const { store } = await create();
    const data = (name: string) => JSON.parse(readFileSync(`data/${name}.json`, "utf8"));
    const payload = { items: data("service-items"), departments: data("departments") };
    const run = importItems({ items: store, now: () => AT });
    const first = await run(payload);
    expect(first.items.map(({ result }) => result)).toEqual(Array(12).fill("published"));
    expect((await run(payload)).items).toEqual(first.items.map((row) => ({ ...row, result: "unchanged" })));
    expect((await store.list({ limit: 100 })).items).toHaveLength(12);
  });
});
