import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoDeliveries } from "#functions/webhooks/adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "#functions/webhooks/adapters/dynamo-endpoints.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import {
  beginDelivery,
  dropDelivery,
  type PendingDelivery,
  recordAttempt,
} from "#functions/webhooks/domain/delivery.ts";
import { disable, type Endpoint, remove } from "#functions/webhooks/domain/endpoint.ts";
import type { DeliveryStore, EndpointStore, Overdue } from "#functions/webhooks/domain/ports.ts";
import { WebhooksData } from "#infra/capabilities/webhooks.ts";
import { local } from "#infra/config.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { localDocumentClient, type RunningDynamoDb, startDynamoDb } from "#test/support/dynamodb-local.ts";

const NOW = "2026-11-22T02:00:00.000Z";
const LATER = "2026-11-22T03:00:00.000Z";

let dynamo: RunningDynamoDb;
let tables = 0;
beforeAll(async () => {
  dynamo = await startDynamoDb();
});
afterAll(() => dynamo?.stop());

interface Stores {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
}
const inMemory = async (): Promise<Stores> => ({ endpoints: memoryEndpoints(), deliveries: memoryDeliveries() });
const onDynamo = async (): Promise<Stores> => {
  const client = localDocumentClient(dynamo.endpoint);
  const name = `webhooks-${++tables}`;
  await createDeployedTable(client, name, (scope) => new WebhooksData(scope, local));
  return { endpoints: dynamoEndpoints(client, name), deliveries: dynamoDeliveries(client, name) };
};

const endpoint = (id: string, more: Partial<Endpoint> = {}): Endpoint => ({
  id,
  version: 1,
  department: "D1",
  division: "440606",
  url: "https://department.example/events",
  types: ["gov.yimen.application.*"],
  description: "case system",
  secret: { keyId: "k1", data: new Uint8Array([1, 2, 3]) },
  fingerprint: "f",
  createdAt: NOW,
  state: { name: "enabled" },
  ...more,
});
const delivery = (event: string, more: Partial<PendingDelivery> = {}): PendingDelivery => ({
  ...beginDelivery(
    {
      endpoint: "E",
      department: "D1",
      event,
      time: `2026-11-22T02:00:0${event.at(-1)}.000Z`,
      type: "gov.yimen.application.submitted.v1",
      subject: "CASE",
      correlationId: "request-1",
      body: '{"data":{"名称":"食品经营许可"}}',
    },
    NOW,
  ),
  ...more,
});
const overdue = async (store: DeliveryStore, by: string): Promise<Overdue[]> => {
  const all: Overdue[] = [];
  for await (const page of store.overdue(by)) all.push(...page);
  return all.sort((a, b) => (a.event < b.event ? -1 : 1));
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the endpoint store in %s", (_name, create) => {
  it("finds what was saved, by department and id", async () => {
    const { endpoints } = await create();
    const { division: _, description: __, ...bare } = endpoint("E2");
    await endpoints.save(endpoint("E1"));
    await endpoints.save(bare);
    await endpoints.save(endpoint("E3", { department: "D2" }));
    expect(await endpoints.find("D1", "E1")).toEqual(endpoint("E1"));
    expect(await endpoints.find("D1", "E2")).toEqual(bare);
    expect(await endpoints.find("D2", "E1")).toBeUndefined();
    expect(await endpoints.ofDepartment("D1")).toEqual([endpoint("E1"), bare]);
    expect(await endpoints.ofDepartment("D3")).toEqual([]);
  });

  it("lists the disabled ones but not the removed ones, which are still found", async () => {
    const { endpoints } = await create();
    for (const [id, change] of [
      ["E1", disable],
      ["E2", remove],
    ] as const) {
      await endpoints.save(endpoint(id));
      const changed = change(endpoint(id), LATER);
      if (changed.ok) await endpoints.save(changed.value);
    }
    expect((await endpoints.ofDepartment("D1")).map(({ id, state }) => [id, state.name])).toEqual([["E1", "disabled"]]);
    expect((await endpoints.find("D1", "E2"))?.state).toEqual({ name: "removed", at: LATER });
  });

  it("keeps one of two writers", async () => {
    const { endpoints } = await create();
    await endpoints.save(endpoint("E1"));
    await expect(endpoints.save(endpoint("E1", { url: "https://other.example/" }))).rejects.toThrow(StaleVersionError);
    await endpoints.save(endpoint("E1", { version: 2 }));
    await expect(endpoints.save(endpoint("E1", { version: 2 }))).rejects.toThrow(StaleVersionError);
    await expect(endpoints.save(endpoint("E1", { version: 4 }))).rejects.toThrow(StaleVersionError);
  });
});

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the delivery store in %s", (_name, create) => {
  it("finds a delivery as it was saved, in each state", async () => {
    const { deliveries } = await create();
    const begun = delivery("e1");
    const { correlationId: _, ...bare } = delivery("e2");
    await deliveries.save(begun);
    await deliveries.save(bare);
    expect(await deliveries.find(begun)).toEqual(begun);
    expect(await deliveries.find(bare)).toEqual(bare);
    expect(await deliveries.find({ ...begun, event: "e3" })).toBeUndefined();

    const results = [
      { error: "timed-out", milliseconds: 15_000 },
      { status: 204, milliseconds: 8 },
    ];
    const again = recordAttempt(begun, { result: results[0] as never, startedAt: NOW, jitter: 0.5 }, NOW);
    await deliveries.save(again);
    expect(await deliveries.find(begun)).toEqual(again);
    const done = recordAttempt(
      again as PendingDelivery,
      { result: results[1] as never, startedAt: NOW, jitter: 0 },
      NOW,
    );
    await deliveries.save(done);
    expect(await deliveries.find(begun)).toEqual(done);
    await deliveries.save(dropDelivery(bare));
    expect(await deliveries.find(bare)).toEqual(dropDelivery(bare));
  });

  it("keeps one of two writers", async () => {
    const { deliveries } = await create();
    await deliveries.save(delivery("e1"));
    await expect(deliveries.save(delivery("e1"))).rejects.toThrow(StaleVersionError);
    await deliveries.save(dropDelivery(delivery("e1")));
    await expect(deliveries.save(dropDelivery(delivery("e1")))).rejects.toThrow(StaleVersionError);
  });

  it("pages through an endpoint's log, newest first", async () => {
    const { deliveries } = await create();
    for (const event of ["e1", "e3", "e2", "e5", "e4"]) await deliveries.save(delivery(event));
    await deliveries.save(delivery("e6", { endpoint: "F" }));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await deliveries.page("E", { limit: 2, cursor });
      seen.push(...(page?.items.map(({ event }) => event) ?? []));
      expect(page?.items.length).toBeLessThanOrEqual(2);
      cursor = page?.next;
    } while (cursor);
    expect(seen).toEqual(["e5", "e4", "e3", "e2", "e1"]);
    expect(await deliveries.page("none", { limit: 2 })).toEqual({ items: [] });
    expect(await deliveries.page("E", { limit: 2, cursor: "nonsense" })).toBeUndefined();
  });

  it("knows what is overdue: pending and past its time", async () => {
    const { deliveries } = await create();
    const begun = [delivery("e1"), delivery("e2"), delivery("e3"), delivery("e4")] as const;
    for (const each of begun) await deliveries.save(each);
    await deliveries.save(dropDelivery(begun[1]));
    const failed = { result: { status: 500, milliseconds: 1 }, startedAt: NOW, jitter: 0 };
    await deliveries.save(recordAttempt(begun[2], failed, LATER));

    expect(await overdue(deliveries, NOW)).toEqual([]);
    const { time } = begun[0];
    expect((await overdue(deliveries, begun[0].sweepAt)).map(({ event }) => event)).toEqual(["e1", "e4"]);
    const all = await overdue(deliveries, "2026-11-22T04:00:00.000Z");
    expect(all.map(({ event, attempt, version }) => [event, attempt, version])).toEqual([
      ["e1", 0, 1],
      ["e3", 1, 2],
      ["e4", 0, 1],
    ]);
    expect(all[0]).toEqual({ endpoint: "E", event: "e1", time, attempt: 0, version: 1 });
  });

  it("puts the sweep off without touching the delivery, and not when that has moved on", async () => {
    const { deliveries } = await create();
    const begun = [delivery("e1"), delivery("e2"), delivery("e3")] as const;
    for (const each of begun) await deliveries.save(each);
    const seen = await overdue(deliveries, LATER);
    await deliveries.save(
      recordAttempt(begun[1], { result: { status: 500, milliseconds: 1 }, startedAt: NOW, jitter: 0 }, NOW),
    );
    await deliveries.save(dropDelivery(begun[2]));
    for (const each of seen) await deliveries.postpone(each, "2026-11-23T00:00:00.000Z");
    expect((await overdue(deliveries, LATER)).map(({ event }) => event)).toEqual(["e2"]);
    expect((await overdue(deliveries, "2026-11-23T00:00:00.000Z")).map(({ event }) => event)).toEqual(["e1", "e2"]);
    expect(await deliveries.find(begun[0])).toEqual(begun[0]);
  });
});
