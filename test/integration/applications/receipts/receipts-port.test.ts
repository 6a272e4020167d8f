import { beforeAll, describe, expect, it } from "vitest";
import { dynamoAttempts, memoryAttempts } from "#functions/applications/progress/attempts.ts";
import type { Attempts } from "#functions/applications/progress/ports.ts";
import { dynamoReceipts } from "#functions/applications/receipts/adapters/dynamo-receipts.ts";
import { memoryReceipts } from "#functions/applications/receipts/adapters/memory-receipts.ts";
import type { Receipts } from "#functions/applications/receipts/domain/ports.ts";
import type { IssuedReceipt } from "#functions/applications/receipts/domain/receipt.ts";
import { ApplicationsData } from "#infra/capabilities/applications.ts";
import { local } from "#infra/config.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import { cipher, RECEIVED } from "#test/support/applications.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

beforeAll(async () => {
  await createDeployedTable(ownDocuments(), "receipts", (scope) => new ApplicationsData(scope, local));
});

const adapters: [string, () => { receipts: Receipts; attempts: Attempts }][] = [
  ["memory", () => ({ receipts: memoryReceipts(), attempts: memoryAttempts() })],
  [
    "DynamoDB",
    () => {
      const client = ownDocuments();
      return {
        receipts: dynamoReceipts(client, "receipts"),
        attempts: dynamoAttempts(client, { table: "receipts", cipher }),
      };
    },
  ],
];

const CASE = "01KB0M5Q2W8ZC3T7N4XJ6VHR9D";
const receipt = (id: string): IssuedReceipt => ({
  id,
  kind: "decline",
  title: "不予受理决定书",
  issuedAt: RECEIVED,
  bytes: 30_000,
  sha256: "0".repeat(64),
});

describe.each(adapters)("receipts in %s", (_, make) => {
  it("are listed in the order of the case's versions, each once", async () => {
    const { receipts } = make();
    for (const version of [10, 2, 2, 9]) await receipts.note(CASE, receipt(`${CASE}.${version}.0`));
    await receipts.note("01KB0M5Q2W8ZC3T7N4XJ6VHR9E", receipt("01KB0M5Q2W8ZC3T7N4XJ6VHR9E.1.0"));
    const all = [2, 9, 10].map((version) => receipt(`${CASE}.${version}.0`));
    expect(await receipts.ofCase(CASE, { limit: 10 })).toEqual({ items: all });
    const first = await receipts.ofCase(CASE, { limit: 2 });
    if (first === "bad-cursor") throw new Error(first);
    expect(first.items).toEqual(all.slice(0, 2));
    expect(await receipts.ofCase(CASE, { limit: 2, cursor: first.next })).toEqual({ items: all.slice(2) });
    for (const cursor of ["x", cursorOf({ at: "" }), cursorOf({ at: "case" })])
      expect(await receipts.ofCase(CASE, { limit: 2, cursor })).toBe("bad-cursor");
    expect(await receipts.find(CASE, `${CASE}.9.0`)).toEqual(receipt(`${CASE}.9.0`));
    expect(await receipts.find(CASE, `${CASE}.3.0`)).toBeUndefined();
  });

  it("lead from a case's number to the case", async () => {
    const { receipts } = make();
    expect(await receipts.caseOf("a number")).toBeUndefined();
    await receipts.noteNumber("a number", CASE);
    await receipts.noteNumber("a number", CASE);
    expect(await receipts.caseOf("a number")).toBe(CASE);
  });

  it("are guarded by counters that take no try too many, however many come at once", async () => {
    const { attempts } = make();
    const take = () => attempts.take("case", "x", 5, 900, RECEIVED);
    const taken = await Promise.all(Array.from({ length: 20 }, take));
    expect(taken.filter(Boolean)).toHaveLength(5);
    await attempts.giveBack("case", "x", 900, RECEIVED);
    expect([await take(), await take()]).toEqual([true, false]);
    const later = new Date(Date.parse(RECEIVED) + 900_000).toISOString();
    expect(await attempts.take("case", "x", 5, 900, later)).toBe(true);
    expect(await attempts.take("case", "y", 5, 900, RECEIVED)).toBe(true);
  });
});
