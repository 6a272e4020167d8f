import { beforeAll, describe, expect, it } from "vitest";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { memoryItems } from "#functions/applications/adapters/memory-items.ts";
import type { Items } from "#functions/applications/domain/ports.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { instantRules, RECEIVED, rules } from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;
beforeAll(async () => {
  await onDynamo();
});

const onDynamo = async (now = () => RECEIVED): Promise<Items> => {
  const client = ownDocuments();
  const table = `items-${++tables}`;
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  return dynamoItems(client, { table, now });
};

describe.each([
  ["memory", async () => memoryItems()],
  ["DynamoDB", () => onDynamo()],
])("the copies of items in %s", (_name, create) => {
  it("are none at first", async () => expect(await (await create()).inForce(rules().code)).toBeUndefined());

  it("are kept as they were given, each under its code", async () => {
    const items = await create();
    await items.keep(rules());
    await items.keep(instantRules());
    expect(await items.inForce(rules().code)).toEqual(rules());
    expect(await items.inForce(instantRules().code)).toEqual(instantRules());
  });

  it("are replaced by a later version, and never by an earlier one or by the same again", async () => {
    const items = await create();
    for (const version of [1, 10, 9]) await items.keep(rules({ version, name: `版本${version}` }));
    await items.keep(rules({ version: 10, name: "又一个版本10" }));
    expect(await items.inForce(rules().code)).toEqual(rules({ version: 10, name: "版本10" }));
  });

  it("end at the latest version in whatever order versions come, many at once", async () => {
    const items = await create();
    await Promise.all([3, 7, 1, 5, 2, 6, 4].map((version) => items.keep(rules({ version }))));
    expect((await items.inForce(rules().code))?.version).toBe(7);
  });
});

it("what divisions a department has in DynamoDB is believed for a minute, by the clock that is given", async () => {
  let now = RECEIVED;
  const items = await onDynamo(() => now);
  const { uscc } = rules().department;
  await items.keep(rules());
  expect(await items.divisionsOf(uscc)).toEqual(["440606"]);
  await items.keep(instantRules({ division: "440604" }));
  const later = (ms: number) => new Date(Date.parse(RECEIVED) + ms).toISOString();
  now = later(59_999);
  expect(await items.divisionsOf(uscc)).toEqual(["440606"]);
  now = later(60_000);
  expect(await items.divisionsOf(uscc)).toEqual(["440604", "440606"]);
});
