import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ajvForms } from "#functions/applications/adapters/ajv-forms.ts";
import { caseLicences } from "#functions/applications/adapters/case-licences.ts";
import { dynamoApplications } from "#functions/applications/adapters/dynamo-applications.ts";
import { dynamoDrafts } from "#functions/applications/adapters/dynamo-drafts.ts";
import { dynamoItems } from "#functions/applications/adapters/dynamo-items.ts";
import { memoryFiles } from "#functions/applications/adapters/memory-files.ts";
import { defaultSettings } from "#functions/applications/domain/settings.ts";
import { applicationEndpoints } from "#functions/applications/http/index.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import {
  acceptApplication,
  claimTask,
  concludeApplication,
  decideStage,
  listWorklist,
  readPersonalData,
  searchApplications,
  submitApplication,
} from "#shared/contracts/http/applications.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { httpLambda } from "#shared/runtime/http-lambda.ts";
import { applicant, cipher, personalTexts, RECEIVED, rules } from "#test/support/applications.ts";
import { type Call, department, portal, submission } from "#test/support/applications-api.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";
import { requestTo, said } from "#test/support/http-request.ts";
import { observe } from "#test/support/observed-client.ts";

let dynamo: RunningDynamoDb;
let tables = 0;
beforeAll(async () => {
  dynamo = await startDynamoDb();
  await deployed();
});
afterAll(() => dynamo?.stop());

/** The capability on a table as deployed, and what it sends there. */
const deployed = async (item = rules()) => {
  const table = `units-${++tables}`;
  const client = localDocumentClient(dynamo.endpoint);
  await createDeployedTable(client, table, (scope) => new ApplicationsData(scope, local));
  const items = dynamoItems(client, table);
  await items.keep(item);
  const sent = observe(client);
  const applications = dynamoApplications(client, { table, cipher });
  const lambda = httpLambda(
    applicationEndpoints({
      applications,
      items,
      licences: caseLicences(applications, () => RECEIVED),
      files: memoryFiles(),
      forms: ajvForms(),
      drafts: dynamoDrafts(client, { table, cipher, now: () => RECEIVED }),
      settings: defaultSettings,
      now: () => RECEIVED,
    }),
  );
  let keys = 0;
  return {
    rowOfCase: async (id: string) =>
      (await client.send(new GetCommand({ TableName: table, Key: { pk: id, sk: "case" } }))).Item,
    /** One call, and the commands it made. */
    async call(contract: Pick<Route, "method" | "path">, { as, key, ...parts }: Call) {
      sent.length = 0;
      const headers = { "idempotency-key": key ?? `key-${++keys}` };
      const answer = said(await lambda(requestTo(contract, { verdict: as, headers, ...parts })));
      expect(answer.status, answer.text).toBeLessThan(300);
      return { ...answer, sent: [...sent] };
    },
  };
};

const namesOf = (sent: readonly { command: string }[]) => sent.map(({ command }) => command);
/**
 * 3 KB of Chinese that compresses badly: 1,000 characters drawn evenly from 3,000, where real forms repeat themselves.
 */
const threeKilobytes = () => {
  let seed = 20261122;
  const character = () => {
    seed = (seed * 48271) % 2147483647;
    return String.fromCodePoint(0x4e00 + (seed % 3000));
  };
  return { 说明: Array.from({ length: 1000 }, character).join("") };
};

describe("what a submission with a 3 KB form costs", () => {
  it("is one write of at most 6 units, both indexes included", async () => {
    const { call } = await deployed();
    const form = threeKilobytes();
    expect(Buffer.byteLength(JSON.stringify(form))).toBeGreaterThan(3000);
    const { sent } = await call(submitApplication, { as: portal, body: submission({ form }) });
    expect(namesOf(sent)).toEqual(["GetItemCommand", "QueryCommand", "PutItemCommand"]);
    const put = sent[2]?.consumed;
    expect(Object.keys(put?.GlobalSecondaryIndexes ?? {}).sort()).toEqual(["by-applicant", "due", "worklist"]);
    expect(put?.Table?.CapacityUnits).toBeGreaterThan(0);
    const units = put?.CapacityUnits;
    expect(units).toBeGreaterThanOrEqual(3);
    expect(units).toBeLessThanOrEqual(6);
  });

  it("is one refused write when it is repeated, which leaves the row as it is", async () => {
    const { call, rowOfCase } = await deployed();
    const again = { as: portal, body: submission(), key: "k-1" };
    const first = await call(submitApplication, again);
    const row = await rowOfCase(first.body.id);
    const { text, sent } = await call(submitApplication, again);
    expect(text).toBe(first.text);
    expect(namesOf(sent)).toEqual(["GetItemCommand", "QueryCommand", "PutItemCommand", "GetItemCommand"]);
    expect(sent[2]?.consumed).toBeUndefined();
    expect(await rowOfCase(first.body.id)).toEqual(row);
  });
});

describe("what the steps of a case with a 3 KB form cost", () => {
  it("is at most 6 units each, all indexes included, from the first to the last", async () => {
    const checks = ["c1", "c2", "c3", "c4"].map((id) => ({ id, text: "材料齐全，符合法定形式" }));
    const answers = checks.map(({ id }) => ({ check: id, yes: true }));
    const item = rules({
      limits: { statutory: 20, promised: 10 },
      stages: (["handling", "review", "approval"] as const).map((name) => ({ name, checks })),
    });
    const { call } = await deployed(item);
    const client = { ...department, client: "department-11440606mb2d26310w" };
    const { body, sent } = await call(submitApplication, { as: portal, body: submission({ form: threeKilobytes() }) });
    const units = [sent];
    const params = { id: body.id };
    const decide = (stage: string, officer: string) =>
      call(decideStage, {
        as: client,
        params: { ...params, stage },
        body: { officer, outcome: "approve", answers },
      });
    units.push((await call(claimTask, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    units.push((await call(acceptApplication, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    units.push((await decide("handling", "sd-zr-0102")).sent);
    units.push((await decide("review", "sd-zr-0103")).sent);
    units.push((await decide("approval", "sd-zr-0104")).sent);
    units.push((await call(concludeApplication, { as: client, params, body: { officer: "sd-zr-0101" } })).sent);
    const written = units.map(
      (each) => each.find(({ command }) => command === "PutItemCommand")?.consumed?.CapacityUnits,
    );
    expect(Math.max(...written.map((each) => each ?? 99)), `${written}`).toBeLessThanOrEqual(6);
  });
});

describe("what a list costs", () => {
  it.each([1, 3, 5])("is one query for a page of %i of five cases", async (limit) => {
    const { call } = await deployed();
    for (let i = 0; i < 5; i++) await call(submitApplication, { as: portal, body: submission() });
    const { kind, idNumber } = applicant();
    // The divisions of a department are read once and believed for a minute.
    await call(listWorklist, { as: department });
    const search = await call(searchApplications, {
      as: portal,
      query: { limit: `${limit}` },
      body: { applicant: { kind, idNumber } },
    });
    const worklist = await call(listWorklist, { as: department, query: { limit: `${limit}` } });
    for (const { sent, body } of [search, worklist]) {
      expect(namesOf(sent)).toEqual(["QueryCommand"]);
      expect(body.items).toHaveLength(limit);
    }
  });
});

describe("what a decision costs", () => {
  it("is one read and one write", async () => {
    const { call } = await deployed();
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const first = await call(acceptApplication, { as: department, params: { id: body.id }, body: { officer: "c" } });
    // The rules of a version are read once: they never change.
    expect(namesOf(first.sent)).toEqual(["GetItemCommand", "GetItemCommand", "PutItemCommand"]);
    const { sent } = await call(decideStage, {
      as: department,
      params: { id: body.id, stage: "handling" },
      body: { officer: "o", outcome: "approve" },
    });
    expect(namesOf(sent)).toEqual(["GetItemCommand", "PutItemCommand"]);
  });
});

describe("what stands in the table", () => {
  it("shows no one who reads it whom a case is of, or what they told", async () => {
    const { call, rowOfCase } = await deployed();
    const { body } = await call(submitApplication, { as: portal, body: submission() });
    const params = { id: body.id };
    await call(acceptApplication, { as: department, params, body: { officer: "clerk-1" } });
    await call(readPersonalData, { as: department, params, body: { purpose: "acceptance", officer: "clerk-1" } });
    const row = await rowOfCase(body.id);
    expect(Object.keys(row ?? {}).sort()).toEqual([
      "applicantKey",
      "deskKey",
      "dueBy",
      "dueShard",
      "itemCode",
      "itemName",
      "keyId",
      "number",
      "outbox",
      "pk",
      "receivedKey",
      "sealed",
      "sk",
      "stage",
      "status",
      "version",
      "wake",
      "worklistKey",
    ]);
    const { sealed, ...clear } = row ?? {};
    for (const text of personalTexts) {
      expect(JSON.stringify(clear)).not.toContain(text);
      expect(Buffer.from(sealed).includes(text)).toBe(false);
    }
  });
});
