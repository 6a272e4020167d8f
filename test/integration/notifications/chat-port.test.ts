import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoChatAccounts, dynamoChatMessages } from "#functions/notifications/adapters/dynamo-chat.ts";
import { dynamoOfficers } from "#functions/notifications/adapters/dynamo-officers.ts";
import { memoryChatAccounts, memoryChatMessages } from "#functions/notifications/adapters/memory-chat-accounts.ts";
import { memoryOfficers } from "#functions/notifications/adapters/memory-officers.ts";
import { NotificationsData } from "#infra/capabilities/notifications.ts";
import { local } from "#infra/config.ts";
import { ClaimAskedV1 } from "#shared/contracts/events/notifications.ts";
import { derivedId } from "#shared/kernel/ids.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

let tables = 0;

const inMemory = async () => {
  const officers = memoryOfficers();
  const messages = memoryChatMessages();
  return {
    officers,
    accounts: memoryChatAccounts(officers.rows),
    messages,
    claims: async () => messages.claims.map((claim) => claim.case),
  };
};
const onDynamo = async () => {
  const client = ownDocuments();
  const name = `chat-${++tables}`;
  await createDeployedTable(client, name, (scope) => new NotificationsData(scope, local));
  const officers = dynamoOfficers(client, name);
  return {
    officers,
    accounts: dynamoChatAccounts(client, name, officers),
    messages: dynamoChatMessages(client, name),
    async claims(id: string) {
      const Key = { pk: `chat-message#${derivedId("chat-message", id)}`, sk: "message" };
      const { Item } = await client.send(new GetCommand({ TableName: name, Key }));
      return ((Item?.outbox ?? []) as unknown[]).map((event) => ClaimAskedV1.schema.parse(event).data.case);
    },
  };
};

const now = "2026-11-24T02:33:00.000Z";
const until = "2026-11-24T02:43:00.000Z";
const clerk = { staff: "clerk", department: "D1", division: "440606", roles: ["clerk"], sequence: 1 } as const;

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("accounts of the chat in %s", (_name, create) => {
  it("are the staff number's until one is bound, and then only that one's", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    expect(await accounts.officerOf("CLERK")).toMatchObject({ staff: "clerk" });
    expect(await accounts.officerOf("other")).toBeUndefined();
    await accounts.offer("12345678", "clerk", until);
    expect(await accounts.bind("WangWu", "87654321", now)).toBe("wrong-code");
    expect(await accounts.bind("WangWu", "12345678", now)).toBe("bound");
    expect(await accounts.bind("ZhaoLiu", "12345678", now)).toBe("wrong-code");
    expect(await accounts.officerOf("wangwu")).toMatchObject({ staff: "clerk", chatUser: "WangWu" });
    expect(await accounts.officerOf("clerk")).toBeUndefined();
    await accounts.offer("11111111", "clerk", until);
    expect(await accounts.bind("ZhaoLiu", "11111111", now)).toBe("bound");
    expect(await accounts.officerOf("WangWu")).toBeUndefined();
  });

  it("are bound once by a code, and whoever has done so hears the same of it again, while they are bound", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    await accounts.offer("12345678", "clerk", until);
    const bind = (user: string) => accounts.bind(user, "12345678", now);
    // The chat repeats what we are slow to answer, while we are at it.
    expect(await Promise.all(["WangWu", "WangWu", "wangwu"].map(bind))).toEqual(["bound", "bound", "bound"]);
    expect(await bind("ZhaoLiu")).toBe("wrong-code");
    for (let i = 0; i < 6; i++) await accounts.bind("WangWu", "00000000", now);
    expect(await bind("WangWu")).toBe("bound");
    expect(await accounts.bind("WangWu", "12345678", "2026-11-24T02:43:01.000Z")).toBe("bound");
    await accounts.offer("11111111", "clerk", until);
    expect(await accounts.bind("ZhaoLiu", "11111111", now)).toBe("bound");
    expect(await accounts.bind("WangWu", "12345678", "2026-11-24T03:01:00.000Z")).toBe("wrong-code");
    expect(await accounts.officerOf("ZhaoLiu")).toMatchObject({ staff: "clerk" });
  });

  it("are bound by a code until the moment it was first offered for, and never again once it is spent", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    const later = "2026-11-24T03:43:00.000Z";
    expect(await accounts.offer("12345678", "clerk", until)).toBe(until);
    expect(await accounts.offer("12345678", "clerk", later)).toBe(until);
    expect(await accounts.offer("12345678", "other", later)).toBeUndefined();
    expect(await accounts.bind("ZhaoLiu", "12345678", until)).toBe("wrong-code");
    expect(await accounts.bind("WangWu", "12345678", now)).toBe("bound");
    expect(await accounts.offer("12345678", "clerk", later)).toBe(until);
    expect(await accounts.bind("ZhaoLiu", "12345678", now)).toBe("wrong-code");
    expect(await accounts.officerOf("WangWu")).toMatchObject({ staff: "clerk" });
  });

  it("are bound by one of two who have the same code", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    await accounts.offer("12345678", "clerk", until);
    const both = await Promise.all(["a", "b"].map((user) => accounts.bind(user, "12345678", now)));
    expect(both.sort()).toEqual(["bound", "wrong-code"]);
  });

  it("stay bound when their officer is appointed anew", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    await accounts.offer("12345678", "clerk", until);
    await accounts.bind("WangWu", "12345678", now);
    await officers.appoint({ ...clerk, roles: ["officer"], sequence: 2 });
    expect(await accounts.officerOf("WangWu")).toMatchObject({ roles: ["officer"], chatUser: "WangWu" });
    expect(await officers.ofDepartment("D1")).toMatchObject([{ chatUser: "WangWu" }]);
  });

  it("are bound by no code that is too old, of nobody, or guessed", async () => {
    const { officers, accounts } = await create();
    await officers.appoint({ ...clerk, roles: ["clerk"] });
    await accounts.offer("12345678", "clerk", now);
    await accounts.offer("22222222", "nobody", until);
    expect(await accounts.bind("a", "12345678", now)).toBe("wrong-code");
    expect(await accounts.bind("a", "22222222", now)).toBe("wrong-code");
    await accounts.offer("33333333", "clerk", until);
    for (let i = 0; i < 3; i++) await accounts.bind("a", "0000000", now);
    expect(await accounts.bind("a", "33333333", now)).toBe("too-many");
    expect(await accounts.bind("a", "33333333", "2026-11-24T02:42:00.000Z")).toBe("too-many");
  });
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("what officials have said, in %s", (_name, create) => {
  it("is answered once, and asks once for what it asks", async () => {
    const { messages, claims } = await create();
    const claim = { case: "C", caseSequence: 3, officer: { ...clerk, roles: ["clerk" as const] } };
    expect(await messages.find("m1")).toBeUndefined();
    const answers = await Promise.all([1, 2, 3].map((i) => messages.claimAsked("m1", `r${i}`, now, claim)));
    expect(new Set(answers).size).toBe(1);
    expect(await messages.answered("m1", "other", now)).toBe(answers[0]);
    expect(await messages.find("m1")).toBe(answers[0]);
    expect(await claims("m1")).toEqual(["C"]);
  });
});
