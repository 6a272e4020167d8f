import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoMessages } from "#functions/notifications/adapters/dynamo-messages.ts";
import { dynamoOfficers } from "#functions/notifications/adapters/dynamo-officers.ts";
import { memoryMessages } from "#functions/notifications/adapters/memory-messages.ts";
import { memoryOfficers } from "#functions/notifications/adapters/memory-officers.ts";
import { newMessage, recordSending } from "#functions/notifications/domain/message.ts";
import type { Officer } from "#functions/notifications/domain/officer.ts";
import type { MessageStore, OfficerDirectory } from "#functions/notifications/domain/ports.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";

let dynamo: RunningDynamoDb;
let tables = 0;
beforeAll(async () => {
  dynamo = await startDynamoDb();
});
afterAll(() => dynamo?.stop());

interface Stores {
  readonly officers: OfficerDirectory;
  readonly messages: MessageStore;
}
const inMemory = async (): Promise<Stores> => ({ officers: memoryOfficers(), messages: memoryMessages() });
const onDynamo = async (): Promise<Stores> => {
  const client = localDocumentClient(dynamo.endpoint);
  const name = `notifications-${++tables}`;
  await createDeployedTable(client, name, (scope) => new NotificationsData(scope, local));
  return { officers: dynamoOfficers(client, name), messages: dynamoMessages(client, name) };
};

const officer = (staff: string, more: Partial<Officer> = {}): Officer => ({
  staff,
  department: "D1",
  division: "440606",
  roles: ["clerk"],
  sequence: 1,
  ...more,
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the officers in %s", (_name, create) => {
  it("are found by department, by division and staff number", async () => {
    const { officers } = await create();
    const all = [officer("b"), officer("a"), officer("c", { division: "440600", roles: [] })];
    for (const each of [...all, officer("d", { department: "D2" })]) await officers.appoint(each);
    expect(await officers.ofDepartment("D1")).toEqual([all[2], all[1], all[0]]);
    expect(await officers.ofDepartment("D3")).toEqual([]);
  });

  it("stand where their newest appointment put them, in whatever order appointments come", async () => {
    const { officers } = await create();
    await officers.appoint(officer("a"));
    await officers.appoint(officer("a", { department: "D2", sequence: 3 }));
    await officers.appoint(officer("a", { division: "440607", sequence: 2 }));
    await officers.appoint(officer("a", { roles: ["approver"], department: "D2", sequence: 3 }));
    expect(await officers.ofDepartment("D1")).toEqual([]);
    expect(await officers.ofDepartment("D2")).toEqual([officer("a", { department: "D2", sequence: 3 })]);
  });
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the messages in %s", (_name, create) => {
  const first = recordSending(newMessage("e", "2026-11-22T02:00:00.000Z"), ["a", "b"], ["b"]);

  it("are found as they were saved", async () => {
    const { messages } = await create();
    expect(await messages.find("e")).toBeUndefined();
    await messages.save(first);
    expect(await messages.find("e")).toEqual(first);
    await messages.save(recordSending(first, ["c"], []));
    expect(await messages.find("e")).toEqual(recordSending(first, ["c"], []));
  });

  it("keep one of two writers", async () => {
    const { messages } = await create();
    await messages.save(first);
    await expect(messages.save(first)).rejects.toThrow(StaleVersionError);
  });
});
