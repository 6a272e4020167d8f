import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { DynamoDBDocumentClient, GetCommand, QueryCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { City } from "#local/city.ts";
import type { Inbox } from "#local/outside/sms-gateway.ts";
import type { Answered } from "#local/outside/wecom-callback.ts";
import type { ShownCard } from "#local/outside/wecom-server.ts";
import { until } from "#local/until.ts";
import { ApplicationDecidedV1 } from "#shared/contracts/events/applications.ts";
import { submitApplication } from "#shared/contracts/http/applications.ts";
import { apiOf, submitDemo, testCity, untilConcluded } from "../support/city.ts";

/** A department without a system of its own: nobody decides its cases but officials. */
const QUIET = { item: "11440605007040232D4440508902000", department: "11440605YM0000024W" };

describe("officials and people, on the synthesised templates", () => {
  let city: City;
  let rows: DynamoDBDocumentClient;
  let tables: { notifications: string; identity: string };
  beforeAll(async () => {
    city = await testCity();
    rows = DynamoDBDocumentClient.from(new DynamoDBClient(city.cloud.operator));
    const table = (capability: string) =>
      city.cloud.resources("AWS::DynamoDB::GlobalTable").find(({ path }) => path?.includes(`${capability}/Table`))
        ?.physicalId ?? "";
    tables = { notifications: table("Notifications"), identity: table("Identity") };
  });
  afterAll(async () => {
    rows?.destroy();
    await city?.stop();
  });

  const todoOf = async (subject: string) => {
    const Key = { pk: `todo#/applications#${subject}`, sk: "todo" };
    const { Item } = await rows.send(new GetCommand({ TableName: tables.notifications, Key, ConsistentRead: true }));
    return Item as { sequence: number; tasks: { kind: string }[] } | undefined;
  };
  const linesOf = async (subject: string) => {
    const { Items = [] } = await rows.send(
      new ScanCommand({
        TableName: tables.notifications,
        IndexName: "pools",
        FilterExpression: "entry.subject = :subject",
        ExpressionAttributeValues: { ":subject": subject },
      }),
    );
    return Items;
  };
  const phone = async (user: string) =>
    ((await (await fetch(`${city.outside.wecom}/inbox?user=${user}`)).json()) as { cards: ShownCard[] }).cards;
  const sweep = () => city.cloud.invoke("Notifications/SweepDue", {});

  it("to-dos of a case come and go, and end empty", async () => {
    const { id } = await submitDemo(city, "e2e-todos");
    await until("the case is in the list", async () => ((await todoOf(id))?.sequence ?? 0) >= 1);
    await untilConcluded(city, id, 120);
    const done = await until(
      "nothing waits",
      async () => {
        const todo = await todoOf(id);
        return todo && todo.sequence >= 5 && todo.tasks.length === 0 && todo;
      },
      { seconds: 60 },
    );
    expect(done.tasks).toEqual([]);
    await until("no list shows it", async () => (await linesOf(id)).length === 0);
  });

  it("a flood is a card and a digest, and a case is taken from the card", async () => {
    const clerk = city.staff.find(
      ({ department, roles }) => department === QUIET.department && roles.includes("clerk"),
    );
    const staff = clerk?.staff ?? "";
    const applicant = { kind: "natural" as const, name: "黄丽珍", idNumber: "11010519491231002X" };
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = await apiOf(city, "channel-mobile")(submitApplication, {
        key: `e2e-flood-${i}`,
        body: {
          itemCode: QUIET.item,
          applicant,
          form: { livesAt: "南海区桂城街道" },
          materials: ["m1", "m2", "m3", "m4", "m5", "m6"].map((material) => ({ material, onPaper: true as const })),
        },
      });
      if (!answer.ok) throw new Error(answer.code);
      ids.push(answer.value.id);
    }
    await until(
      "the clerk has a digest",
      async () => {
        await sweep();
        return (await phone(staff)).some(({ title }) => title.includes("条新的待办提醒"));
      },
      { seconds: 120, everyMs: 2_000 },
    );
    const cards = await phone(staff);
    expect(cards.length).toBeLessThanOrEqual(4);
    const [first] = cards;
    const [key = ""] = first?.keys ?? [];
    expect(ids.map((id) => `claim:${id}`)).toContain(key);
    const press = async () =>
      (await (
        await fetch(`${city.outside.wecom}/press`, {
          method: "POST",
          body: JSON.stringify({ user: staff, key, at: Math.floor(Date.parse(first?.at ?? "") / 1000) }),
        })
      ).json()) as Answered;
    const pressed = await press();
    expect(pressed).toMatchObject({ status: 200, genuine: true });
    expect(pressed.reply).toContain("已提交领取");
    expect((await press()).reply).toBe(pressed.reply);
  });

  it("a person is told once, in the inbox and by text message", async () => {
    const { Items = [] } = await rows.send(new ScanCommand({ TableName: tables.identity }));
    const person = Items.map(({ pk }) => /^person#([0-9A-Z]{26})$/.exec(String(pk))?.[1]).find(Boolean);
    if (!person) throw new Error("identity holds no person");
    const before = (await texts()).length;
    const event = {
      specversion: "1.0",
      id: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D.9.0",
      source: "/applications",
      type: ApplicationDecidedV1.type,
      time: new Date().toISOString(),
      subject: "01KB0M5Q2W8ZC3T7N4XJ6VHR9D",
      datacontenttype: "application/json",
      sequence: 9,
      department: QUIET.department,
      division: "440605",
      data: { ...ApplicationDecidedV1.example, applicant: { kind: "natural", id: person } },
    };
    ApplicationDecidedV1.schema.parse(event);
    const bus = new EventBridgeClient(city.cloud.operator);
    const EventBusName = city.cloud.resources("AWS::Events::EventBus")[0]?.physicalId;
    for (let i = 0; i < 3; i++)
      await bus.send(
        new PutEventsCommand({
          Entries: [
            { EventBusName, Source: "yimen.applications", DetailType: event.type, Detail: JSON.stringify(event) },
          ],
        }),
      );
    bus.destroy();
    await until("the text message has come", async () => (await texts()).length > before, { seconds: 60 });
    await sweep();
    expect((await texts()).slice(before).map(({ template }) => template)).toEqual(["progress.approved"]);
    const { Items: inbox = [] } = await rows.send(
      new QueryCommand({
        TableName: tables.notifications,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": `inbox#natural#${person}` },
      }),
    );
    expect(inbox).toMatchObject([{ template: "approved", status: "sent" }]);
  });

  const texts = async () =>
    ((await (await fetch(`${city.outside.sms}/inbox`)).json()) as Inbox).messages.filter(({ template }) =>
      template.startsWith("progress."),
    );

  it("no function was refused a call", () => {
    expect(city.cloud.deniedCalls()).toEqual([]);
  });
});
