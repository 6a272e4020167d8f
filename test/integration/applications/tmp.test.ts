import { expect, it } from "vitest";
import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, startDynamoDb } from "#test/support/dynamodb-local.ts";
it("x", async () => {
  const d = await startDynamoDb();
  const client = localDocumentClient(d.endpoint);
  await createDeployedTable(client, "t", (scope) => new ApplicationsData(scope, local));
  const q = (pk: string, at: string) => client.send(new QueryCommand({ TableName: "t", IndexName: "by-applicant", KeyConditionExpression: "applicantKey = :p", ExpressionAttributeValues: { ":p": "a" }, ExclusiveStartKey: { pk, sk: "case", applicantKey: "a", receivedKey: at } })).then(() => "ok", (e) => `${e.name} ${e.message}`);
  console.log(await q("", ""), "|", await q("x", "y"), "|", await q("x".repeat(400), "y".repeat(400)));
  await d.stop();
  expect(1).toBe(1);
});
