import { QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoFinder } from "#functions/catalogue/adapters/dynamo-finder.ts";
import { memoryFinder } from "#functions/catalogue/adapters/memory-finder.ts";
import { foundOf } from "#functions/catalogue/domain/facets.ts";
import { type ItemRecord, publishDefinition, retireItem } from "#functions/catalogue/domain/item-record.ts";
import type { Finder, Wanted } from "#functions/catalogue/domain/ports.ts";
import { wordsOf } from "#functions/catalogue/domain/words.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { AT, realItem, sources } from "#test/support/catalogue.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const asked = { at: AT, today: "2026-11-22", by: { client: "operator" } };
const recordOf = (name: string): ItemRecord => {
  const decision = publishDefinition(undefined, realItem(name), asked);
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value.after;
};
const records = sources().map(({ name }) => recordOf(name));

let tables = 0;

/** What several words read beyond twice what they return: the known exceptions (docs/decisions/0024-search-by-runs.md). */
const READS_MORE: Readonly<Record<string, number>> = { "开办企业 食品": 5 };

interface Subject {
  readonly finder: Finder;
  /** Rows read and rows returned by the queries since the last time it was asked. */
  counted(): { read: number; returned: number; queries: number };
}

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const TableName = `finder-${++tables}`;
  await createDeployedTable(client, TableName, (scope) => new CatalogueData(scope, local));
  const count = { read: 0, returned: 0, queries: 0 };
  client.middlewareStack.add((next) => async (args) => {
    const result = await next(args);
    const output = result.output as { ScannedCount?: number; Count?: number };
    if (output.ScannedCount !== undefined) {
      count.read += output.ScannedCount;
      count.returned += output.Count ?? 0;
      count.queries++;
    }
    return result;
  });
  return {
    finder: dynamoFinder(client, TableName),
    counted: () => ({
      ...Object.assign({}, count),
      ...(Object.assign(count, { read: 0, returned: 0, queries: 0 }) && {}),
    }),
  };
};
const inMemory = async (): Promise<Subject> => ({
  finder: memoryFinder(),
  counted: () => ({ read: 0, returned: 0, queries: 0 }),
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the search in %s", (name, create) => {
  let subject: Subject;
  beforeAll(async () => {
    subject = await create();
    for (const record of records) await subject.finder.index(record);
  });

  const names = async (wanted: Partial<Wanted>, limit = 100) => {
    const all: string[] = [];
    let pages = 0;
    for (let after: Awaited<ReturnType<Finder["search"]>>["next"], more = true; more; ) {
      const page = await subject.finder.search({ words: [], ...wanted }, { after, limit });
      all.push(...page.items.map((item) => item.name));
      after = page.next;
      more = after !== undefined;
      pages++;
    }
    return { all, pages };
  };

  it.each<[string, string[]]>([
    ["居住证", ["广东省居住证申领"]],
    ["怎么办理居住证", ["广东省居住证申领"]],
    ["食品经营许可证", ["食品经营许可（新办）"]],
    ["二手房 不动产", []],
    ["开办企业 食品", ["食品经营许可（新办）"]],
    ["养老", ["老年人优待卡申领", "高龄津贴申领"]],
    ["不动产登记", ["不动产异议登记", "存量房转移登记（买卖）"]],
    ["劳务派遣", ["劳务派遣经营许可（设立）"]],
    ["火星", []],
  ])("finds %s", async (question, found) => {
    subject.counted();
    const { all, pages } = await names({ words: wordsOf(question) });
    expect(all).toEqual(found);
    const { read, returned, queries } = subject.counted();
    if (name === "DynamoDB") {
      expect(queries).toBe(pages);
      if (wordsOf(question).length === 1) expect(read).toBe(returned);
      // Several words: one leads, the others narrow what it finds.
      else expect(read, question).toBeLessThanOrEqual(READS_MORE[question] ?? 2 * returned);
    }
  });

  it("narrows by theme, service object and division, in order of place, a page at a time", async () => {
    const enterprise = ["公司设立登记", "劳务派遣经营许可（设立）", "道路货物运输经营许可（普通货运）"];
    expect((await names({ theme: "开办企业", within: "440605" })).all.sort()).toEqual(enterprise.sort());
    expect((await names({ theme: "开办企业", object: "1", within: "440605" })).all).not.toContain(
      "劳务派遣经营许可（设立）",
    );
    expect((await names({ object: "1" })).all).toHaveLength(11);
    for (const limit of [1, 2, 5])
      expect(await names({ object: "1" }, limit)).toEqual(
        expect.objectContaining({ all: (await names({ object: "1" })).all }),
      );
    expect((await names({ object: "1", within: "440605011" })).all).toEqual(["生育登记"]);
    expect((await names({})).all).toEqual([]);
  });

  it("forgets what is retired, once and for all", async () => {
    const [record] = records;
    if (!record) throw new Error("no record");
    const retired = retireItem(record, { ...asked, reason: "废" });
    if (!retired.ok) throw new Error(retired.refusal.code);
    await subject.finder.index(retired.value.after);
    expect((await names({ words: ["社会保障卡"] })).all).toEqual([]);
    // What was heard of late says nothing new.
    await subject.finder.index(record);
    expect((await names({ words: ["社会保障卡"] })).all).toEqual([]);
  });
});

it("leaves no row of a retired item behind", async () => {
  const client = ownDocuments();
  const TableName = `finder-${++tables}`;
  await createDeployedTable(client, TableName, (scope) => new CatalogueData(scope, local));
  const finder = dynamoFinder(client, TableName);
  const record = recordOf("高龄津贴申领");
  await finder.index(record);
  const rows = async (facet: string) =>
    (
      await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": `find#${facet}` },
        }),
      )
    ).Count;
  expect(await rows("word#高龄")).toBe(1);
  const retired = retireItem(record, { ...asked, reason: "废" });
  if (retired.ok) await finder.index(retired.value.after);
  for (const facet of ["word#高龄", "word#津贴申", "theme#养老", "object#1"]) expect(await rows(facet)).toBe(0);
});

describe("two that index one item at once", () => {
  const NAME = "高龄津贴申领";
  const renamed = (before: ItemRecord, name: string): ItemRecord => {
    const decision = publishDefinition(before, { ...realItem(NAME), name, themes: [name] }, asked);
    if (!decision.ok) throw new Error(decision.refusal.code);
    return decision.value.after;
  };
  const first = recordOf(NAME);
  const second = renamed(first, "长寿补助申请");
  const decision = retireItem(second, { ...asked, reason: "废" });
  if (!decision.ok) throw new Error(decision.refusal.code);
  const retired = decision.value.after;
  const [again, back] = [renamed(second, "老人津贴"), renamed(second, NAME)];

  let client: ReturnType<typeof ownDocuments>;
  const TableName = "finder-at-once";
  beforeAll(async () => {
    client = ownDocuments();
    await createDeployedTable(client, TableName, (scope) => new CatalogueData(scope, local));
  });
  afterAll(() => client?.destroy());

  /** A finder that stops before one of its calls, until it is told to go on or to die. */
  const stopping = (call: number) => {
    const own = ownDocuments();
    const [reached, told] = [Promise.withResolvers<void>(), Promise.withResolvers<"on" | "dead">()];
    let calls = 0;
    own.middlewareStack.add(
      (next) => async (args) => {
        if (++calls === call) {
          reached.resolve();
          if ((await told.promise) === "dead") throw new Error("dead");
        }
        return next(args);
      },
      { step: "initialize" },
    );
    return { finder: dynamoFinder(own, TableName), reached: reached.promise, tell: told.resolve };
  };
  const shown = async (record: ItemRecord) => {
    const { Items = [] } = await client.send(
      new ScanCommand({
        TableName,
        FilterExpression: "sk = :place AND begins_with(pk, :find)",
        ExpressionAttributeValues: { ":place": `${record.division}#${record.code}`, ":find": "find#" },
      }),
    );
    return Items.map(({ pk, summary }) => `${pk} ${summary.version}`).sort();
  };
  const wanted = (record: ItemRecord) => {
    const found = foundOf(record);
    return (found?.facets ?? []).map((facet) => `find#${facet} ${found?.summary.version}`).sort();
  };

  const pairs: readonly (readonly [string, ItemRecord, ItemRecord])[] = [
    ["the older is overtaken by one of another name", second, again],
    ["the older is overtaken by one of the first name", second, back],
    ["the older is overtaken by its retirement", second, retired],
    ["the newer lets one of another name pass", again, second],
    ["the newer, of the first name, lets one of another name pass", back, second],
    ["the retirement lets what it retires pass", retired, second],
    ["both are the same", second, second],
  ];
  const stops = [
    { call: 2, fate: "on" },
    { call: 3, fate: "on" },
    { call: 4, fate: "on" },
    { call: 3, fate: "dead" },
    { call: 4, fate: "dead" },
  ] as const;
  let items = 0;
  it.each(pairs.flatMap(([what, slow, fast]) => stops.map((stop) => ({ what, slow, fast, ...stop }))))(
    "leave what is so now: $what at call $call, and goes $fate",
    async ({ call, fate, slow, fast }) => {
      const code = `item-${++items}`;
      const of = (record: ItemRecord): ItemRecord => ({ ...record, code });
      const now = of(slow.revision > fast.revision ? slow : fast);
      const finder = dynamoFinder(client, TableName);
      await finder.index(of(first));
      const one = stopping(call);
      const ends = one.finder.index(of(slow)).then(
        () => "done",
        () => "failed",
      );
      await one.reached;
      await finder.index(of(fast));
      one.tell(fate);
      // What has failed is told again, and then finds the record that is so now.
      if ((await ends) === "failed") await finder.index(now);
      expect(await shown(now)).toEqual(wanted(now));
    },
  );
});
