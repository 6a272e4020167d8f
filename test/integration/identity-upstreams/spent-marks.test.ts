import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { dynamoSpentMarks, memorySpentMarks, type SpentMarks } from "#functions/identity/upstreams/spent-marks.ts";
import { IdentityData } from "#infra/capabilities/identity.ts";
import { local } from "#infra/config.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

const TABLE = "identity";
const UNTIL = 1_795_000_000;

beforeAll(async () => {
  await createDeployedTable(ownDocuments(), TABLE, (scope) => new IdentityData(scope, local));
});

describe.each([
  ["memory", (): SpentMarks => memorySpentMarks()],
  ["DynamoDB", (): SpentMarks => dynamoSpentMarks(ownDocuments(), TABLE)],
])("spent marks in %s", (_, make) => {
  it("are set once, also by many at the same instant", async () => {
    const marks = make();
    const first = await Promise.all(Array.from({ length: 8 }, () => marks.spend("one", UNTIL)));
    expect(first.filter(Boolean)).toHaveLength(1);
    expect(await marks.spend("one", UNTIL)).toBe(false);
    expect(await marks.spend("two", UNTIL)).toBe(true);
  });
});

it("end by themselves, and are no aggregates: nothing is published of them", async () => {
  const client = ownDocuments();
  await dynamoSpentMarks(client, TABLE).spend("three", UNTIL);
  const key = { pk: { S: "spent#three" }, sk: { S: "spent" } };
  const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key: key }));
  expect(Item).toEqual({ ...key, expiresAt: { N: String(UNTIL) } });
});
