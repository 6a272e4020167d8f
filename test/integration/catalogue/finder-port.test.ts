import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoFinder } from "#functions/catalogue/adapters/dynamo-finder.ts";
import { memoryFinder } from "#functions/catalogue/adapters/memory-finder.ts";
import { type ItemRecord, publishDefinition, retireItem } from "#functions/catalogue/domain/item-record.ts";
import type { Finder, Wanted } from "#functions/catalogue/domain/ports.ts";
import { wordsOf } from "#functions/catalogue/domain/words.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { AT, realItem, sources } from "#test/support/catalogue.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";

const asked = { at: AT, today: "2026-11-22", by: { client: "operator" } };
const recordOf = (name: string): ItemRecord => {
  const decision = publishDefinition(undefined, realItem(name), asked);
  if (!decision.ok) throw new Error(decision.refusal.code);
  return decision.value.after;
};
const records = sources().map(({ name }) => recordOf(name));

let dynamo: RunningDynamoDb;
let tables = 0;
beforeAll(async () => {
  dynamo = await startDynamoDb();
});
afterAll(() => dynamo?.stop());

/** What several words read beyond twice what they return: the known exceptions (docs/decisions/0024-search-by-runs.md). */
const READS_MORE: Readonly<Record<string, number>> = { "开办企业 食品": 5 };

interface Subject {
  readonly finder: Finder;
  /** Rows read and rows returned by the queries since the last time it was asked. */
  counted(): { read: number; returned: number; queries: number };
}

const onDynamo = async (): Promise<Subject> => {
  const client = localDocumentClient(dynamo.endpoint);
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
  const client = localDocumentClient(dynamo.endpoint);
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
