import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoNotices } from "#functions/notifications/adapters/dynamo-desks.ts";
import {
  dynamoMessageLog,
  dynamoPersonMessages,
  dynamoPreferences,
} from "#functions/notifications/adapters/dynamo-person-messages.ts";
import { memoryPersonMessages, memoryPreferences } from "#functions/notifications/adapters/memory-person-messages.ts";
import { DEFAULT_PACE } from "#functions/notifications/domain/pace.ts";
import { markRead, newPersonMessage, recordAttempt } from "#functions/notifications/domain/person-message.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import { cursorOf } from "#shared/runtime/dynamo.ts";
import { fieldCipher } from "#shared/runtime/key-ring.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;

const table = async () => {
  const client = ownDocuments();
  const name = `people-${++tables}`;
  await createDeployedTable(client, name, (scope) => new NotificationsData(scope, local));
  return { client, name };
};
const cipher = fieldCipher({ id: "k1", key: "x".repeat(32), previous: [] });
const inMemory = async () => ({ messages: memoryPersonMessages(), preferences: memoryPreferences() });
const onDynamo = async () => {
  const { client, name } = await table();
  return { messages: dynamoPersonMessages(client, name), preferences: dynamoPreferences(client, name, cipher) };
};

const now = "2026-11-24T02:33:00.000Z";
const occasion = { statutory: true, canWait: false, helper: false };
const message = (event: string, at = now, id = "P1") =>
  newPersonMessage(
    {
      recipient: { kind: "natural", id },
      event,
      at,
      case: "CASE",
      department: "D1",
      template: "approved",
      templateVersion: 1,
      params: { number: "N" },
    },
    occasion,
    ["sms"],
    now,
    DEFAULT_PACE,
  );

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("people's messages in %s", (_name, create) => {
  it("are one for each event, and kept as they become", async () => {
    const { messages } = await create();
    const first = message("e1");
    const added = await Promise.all([messages.add(first), messages.add(first), messages.add(first)]);
    expect(added.filter(Boolean)).toHaveLength(1);
    const sent = recordAttempt(first, { sms: { result: "sent" } }, now);
    await messages.save(sent);
    await expect(messages.save(sent)).rejects.toThrow(StaleVersionError);
    await messages.save(markRead(sent, now));
    expect(await messages.find(first)).toEqual(markRead(sent, now));
    expect(await messages.add(first)).toBe(false);
    expect(await messages.find({ ...first, event: "e2" })).toBeUndefined();
  });

  it("are found when they are due, until nothing is to be done", async () => {
    const { messages } = await create();
    const due = async (by: string) => {
      const found: string[] = [];
      for await (const page of messages.due(by)) found.push(...page.map(({ event }) => event));
      return found.sort();
    };
    for (const event of ["e1", "e2"]) await messages.add(message(event));
    expect(await due(now)).toEqual([]);
    expect(await due("2026-11-24T02:35:00.000Z")).toEqual(["e1", "e2"]);
    await messages.save(recordAttempt(message("e1"), { sms: { result: "refused", reason: "no-phone" } }, now));
    await messages.save(recordAttempt(message("e2"), { sms: { result: "unavailable" } }, now));
    expect(await due("2026-11-24T02:33:59.000Z")).toEqual([]);
    expect(await due("2026-11-24T02:34:00.000Z")).toEqual(["e2"]);
  });

  it("are paged for each recipient, newest first", async () => {
    const { messages } = await create();
    for (let i = 0; i < 5; i++) await messages.add(message(`e${i}`, `2026-11-24T02:0${i}:00.000Z`));
    await messages.add(message("other", now, "P2"));
    const recipient = { kind: "natural", id: "P1" } as const;
    const first = await messages.page(recipient, { limit: 3 });
    expect(first?.items.map(({ event }) => event)).toEqual(["e4", "e3", "e2"]);
    const second = await messages.page(recipient, { limit: 3, cursor: first?.next });
    expect(second?.items.map(({ event }) => event)).toEqual(["e1", "e0"]);
    expect(second?.next).toBeUndefined();
    expect(await messages.page(recipient, { limit: 3, cursor: "nonsense" })).toBeUndefined();
  });

  it("follow preferences, which keep the account", async () => {
    const { preferences } = await create();
    expect(await preferences.find("P1")).toBeUndefined();
    await preferences.save("P1", { sms: false, wechat: true, openId: "oABCDEFGHIJ123" });
    expect(await preferences.find("P1")).toEqual({ sms: false, wechat: true, openId: "oABCDEFGHIJ123" });
    await preferences.save("P1", { sms: true, wechat: false });
    expect(await preferences.find("P1")).toEqual({ sms: true, wechat: false });
  });
});

describe("on the table itself", () => {
  it("nobody reads where a person is reached", async () => {
    const { client, name } = await table();
    await dynamoPreferences(client, name, cipher).save("P1", { sms: true, wechat: true, openId: "oSECRETACCOUNT" });
    const Key = { pk: "preferences#P1", sk: "preferences" };
    const { Item } = await client.send(new GetCommand({ TableName: name, Key }));
    expect(Buffer.from(Item?.openId.data).toString("latin1")).not.toContain("oSECRETACCOUNT");
  });

  it("the log of a case has everyone who was told, by what, and how it ended", async () => {
    const { client, name } = await table();
    const messages = dynamoPersonMessages(client, name);
    await messages.add(message("e1"));
    await messages.save(recordAttempt(message("e1"), { sms: { result: "refused", reason: "no-phone" } }, now));
    const notices = dynamoNotices(client, name);
    const card = { title: "有新办件待受理", description: "d", url: "u", urgent: false };
    await notices.add({
      staff: "clerk",
      event: "e0",
      at: "2026-11-24T02:30:00.000Z",
      case: "CASE",
      department: "D1",
      card,
    });
    await notices.add({ staff: "x", event: "e9", at: now, case: "CASE", department: "D2", card });
    await notices.settle("clerk", ["e0"], { status: "sent", at: now, digest: false });
    const log = dynamoMessageLog(client, name);
    const first = await log.ofCase("D1", "CASE", { limit: 1 });
    const second = await log.ofCase("D1", "CASE", { limit: 1, cursor: first?.next });
    expect([...(first?.items ?? []), ...(second?.items ?? [])]).toEqual([
      {
        recipient: "natural:P1",
        event: "e1",
        at: now,
        title: "准予许可决定",
        status: "failed",
        ways: { inbox: "sent", sms: "failed" },
      },
      {
        recipient: "staff:clerk",
        event: "e0",
        at: "2026-11-24T02:30:00.000Z",
        title: "有新办件待受理",
        status: "sent",
        ways: { chat: "sent" },
      },
    ]);
    expect((await log.ofCase("D2", "CASE", { limit: 9 }))?.items.map(({ recipient }) => recipient)).toEqual([
      "staff:x",
    ]);
    const elsewhere = await log.ofCase("D2", "CASE", { limit: 9, cursor: first?.next });
    expect(elsewhere?.items.map(({ recipient }) => recipient)).not.toContain("staff:clerk");
    expect(await log.ofCase("D1", "CASE", { limit: 1, cursor: "e30" })).toBeUndefined();
    const empty = cursorOf({ pk: "", sk: "", loggedAt: "" });
    expect(await log.ofCase("D1", "CASE", { limit: 1, cursor: empty })).toBeUndefined();
  });
});
