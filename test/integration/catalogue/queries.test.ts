import { beforeAll, expect, it } from "vitest";
import { dynamoBasicItems } from "#functions/catalogue/adapters/dynamo-basic-items.ts";
import { dynamoCityFacts } from "#functions/catalogue/adapters/dynamo-city-facts.ts";
import { dynamoFinder } from "#functions/catalogue/adapters/dynamo-finder.ts";
import { dynamoItems } from "#functions/catalogue/adapters/dynamo-items.ts";
import { type ItemRecord, publishDefinition } from "#functions/catalogue/domain/item-record.ts";
import { CatalogueData } from "#infra/capabilities/catalogue.ts";
import { local } from "#infra/config.ts";
import { AT, realItem, sources } from "#test/support/catalogue.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { explain, type Read } from "#test/support/explain.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const asked = { at: AT, today: "2026-11-22", by: { client: "operator" } };
const house = realItem("存量房");

let reads: Read[];
let items: ReturnType<typeof dynamoItems>;
let basics: ReturnType<typeof dynamoBasicItems>;
const records: ItemRecord[] = [];

beforeAll(async () => {
  const client = ownDocuments();
  await createDeployedTable(client, "catalogue-queries", (scope) => new CatalogueData(scope, local));
  items = dynamoItems(client, "catalogue-queries");
  basics = dynamoBasicItems(client, "catalogue-queries");
  const finder = dynamoFinder(client, "catalogue-queries");
  const facts = dynamoCityFacts(client, "catalogue-queries");
  const towns = ["01", "02", "03"].map((end) => ({
    ...house,
    code: `${house.code}${end}`,
    division: `4406061${end}`,
  }));
  for (const definition of [...sources().map(({ name }) => realItem(name)), ...towns]) {
    // Twice, so that there are superseded versions and lines of logs in the way.
    let record: ItemRecord | undefined;
    for (const name of [`${definition.name}（旧）`, definition.name]) {
      const decision = publishDefinition(record, { ...definition, name }, asked);
      if (!decision.ok) throw new Error(decision.refusal.code);
      await items.save(decision.value);
      await finder.index(decision.value.after);
      record = decision.value.after;
    }
    if (record) records.push(record);
  }
  for (let serial = 0; serial < 5; serial++)
    await basics.save({
      basicCode: `44071200200${serial}`,
      name: "不动产登记",
      kind: "07",
      levels: ["4"],
      revision: 1,
      changedAt: AT,
      changedBy: { client: "operator" },
    });
  for (let serial = 0; serial < 5; serial++)
    await facts.keepStaff({
      staff: `s-${serial}`,
      department: house.department.uscc,
      division: "440606",
      roles: ["clerk"],
      sequence: 1,
    });
  reads = explain(client);
});

type Place = { readonly division: string; readonly code: string };
interface Page {
  readonly items: readonly object[];
  readonly next?: unknown;
}

it.each<[string, number, (after: never, limit: number) => Promise<Page>]>([
  ["all items", 15, (after: Place, limit) => items.list({ after, limit })],
  ["a division's items and those below it", 4, (after: Place, limit) => items.list({ within: "440606", after, limit })],
  [
    "the implementations of a directory item",
    4,
    (after: Place, limit) => items.implementing(house.basicCode, { after, limit }),
  ],
  [
    "a department's items",
    4,
    (after: Place, limit) => items.ofDepartment(house.department.uscc, { within: "440606", after, limit }),
  ],
  ["the directory", 5, (after: string, limit) => basics.list({ after, limit })],
])("a page of %s is one query that reads what it returns", async (_what, many, list) => {
  for (const limit of [1, 3, 100]) {
    let found = 0;
    for (let after: unknown, more = true; more; more = after !== undefined) {
      reads.length = 0;
      const page = await list(after as never, limit);
      expect(reads).toEqual([{ command: "QueryCommand", returned: page.items.length, scanned: page.items.length }]);
      found += page.items.length;
      after = page.next;
    }
    expect(found).toBe(many);
  }
});

it("what a sweep finds due, and who issues a licence, is read and nothing else", async () => {
  reads.length = 0;
  expect(await items.due("2026-11-22")).toEqual([]);
  await items.issuersOf("不动产权证书");
  for (const { scanned, returned } of reads) expect(scanned).toBe(returned);
  expect(reads).toHaveLength(2);
});
