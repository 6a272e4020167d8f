import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoDeliveries } from "#functions/webhooks/adapters/dynamo-deliveries.ts";
import { dynamoEndpoints } from "#functions/webhooks/adapters/dynamo-endpoints.ts";
import { dynamoEventConsumers } from "#functions/webhooks/adapters/dynamo-event-consumers.ts";
import { dynamoFeedLog } from "#functions/webhooks/adapters/dynamo-feed-log.ts";
import { dynamoLanes } from "#functions/webhooks/adapters/dynamo-lanes.ts";
import { dynamoRecoveries } from "#functions/webhooks/adapters/dynamo-recoveries.ts";
import { memoryDeliveries } from "#functions/webhooks/adapters/memory-deliveries.ts";
import { memoryEndpoints } from "#functions/webhooks/adapters/memory-endpoints.ts";
import { memoryEventConsumers } from "#functions/webhooks/adapters/memory-event-consumers.ts";
import { memoryFeedLog } from "#functions/webhooks/adapters/memory-feed-log.ts";
import { memoryLanes } from "#functions/webhooks/adapters/memory-lanes.ts";
import { memoryRecoveries } from "#functions/webhooks/adapters/memory-recoveries.ts";
import { beginDelivery, giveUp, type PendingDelivery, recordAttempt } from "#functions/webhooks/domain/delivery.ts";
import { disable, type Endpoint, remove, tellFailing } from "#functions/webhooks/domain/endpoint.ts";
import type { EventConsumerStore, FeedLog } from "#functions/webhooks/domain/feed-ports.ts";
import { mark, newLane, release, take } from "#functions/webhooks/domain/lane.ts";
import type { DeliveryStore, EndpointStore, LaneStore, RecoveryStore } from "#functions/webhooks/domain/ports.ts";
import { beginRecovery, progressed } from "#functions/webhooks/domain/recovery.ts";
import { WebhooksData } from "#infra/capabilities/webhooks.ts";
import { local } from "#infra/config.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import { ownDocuments } from "#test/support/own-documents.ts";
import { caseEvent, registered } from "#test/support/webhooks-stage.ts";

const NOW = "2026-11-22T02:00:00.000Z";
const LATER = "2026-11-22T03:00:00.000Z";
const now = () => NOW;

let tables = 0;

interface Stores {
  readonly endpoints: EndpointStore;
  readonly deliveries: DeliveryStore;
  readonly lanes: LaneStore;
  readonly recoveries: RecoveryStore;
  readonly log: FeedLog;
  readonly consumers: EventConsumerStore;
}
const inMemory = async (): Promise<Stores> => ({
  endpoints: memoryEndpoints(),
  deliveries: memoryDeliveries(),
  lanes: memoryLanes(),
  recoveries: memoryRecoveries(now),
  log: memoryFeedLog(),
  consumers: memoryEventConsumers(),
});
const onDynamo = async (): Promise<Stores> => {
  const client = ownDocuments();
  const name = `webhooks-${++tables}`;
  await createDeployedTable(client, name, (scope) => new WebhooksData(scope, local));
  return {
    endpoints: dynamoEndpoints(client, name),
    deliveries: dynamoDeliveries(client, name, now),
    lanes: dynamoLanes(client, name),
    recoveries: dynamoRecoveries(client, name, now),
    log: dynamoFeedLog(client, name, now),
    consumers: dynamoEventConsumers(client, name),
  };
};
const everywhere = [
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
] as const;

const endpoint = (id: string, more: Partial<Endpoint> = {}): Endpoint =>
  registered(id, {
    department: "D1",
    division: "440606",
    description: "case system",
    items: ["I1"],
    divisions: ["440606101"],
    contact: "ss-sj-0203",
    ordered: true,
    receipts: [{ key: "k", fingerprint: "f", version: 1 }],
    ...more,
  });
/** As DynamoDB gives bytes back. */
const bytes = ({ keyId, data }: { keyId: string; data: Uint8Array }) => ({ keyId, data: new Uint8Array(data) });
const plain = (id: string): Endpoint => {
  const { division: _, ...bare } = registered(id, { department: "D1" });
  const { current } = bare.keys;
  return { ...bare, keys: { current: { ...current, secret: bytes(current.secret), seed: bytes(current.seed) } } };
};
const of = (changed: Endpoint) => ({ endpoint: changed, news: [] });

describe.each(everywhere)("the endpoint store in %s", (_name, create) => {
  it("finds what was saved, by department and id", async () => {
    const { endpoints } = await create();
    const bare = plain("E2");
    await endpoints.add(endpoint("E1"));
    await endpoints.add(bare);
    await endpoints.add(endpoint("E3", { department: "D2" }));
    expect(await endpoints.find("D1", "E1")).toEqual(endpoint("E1", { keys: expect.anything() as never }));
    expect(await endpoints.find("D1", "E2")).toEqual(bare);
    expect(await endpoints.find("D2", "E1")).toBeUndefined();
    expect((await endpoints.ofDepartment("D1")).map(({ id }) => id)).toEqual(["E1", "E2"]);
    expect(await endpoints.ofDepartment("D3")).toEqual([]);
    const { current } = bare.keys;
    const previous = [{ ...current, until: LATER }];
    await endpoints.save(of({ ...bare, version: 2, keys: { current, previous } }));
    expect((await endpoints.find("D1", "E2"))?.keys).toEqual({ current, previous });
  });

  it("lists the disabled ones but not the removed ones, which are still found", async () => {
    const { endpoints } = await create();
    for (const id of ["E1", "E2", "E3"]) await endpoints.add(endpoint(id));
    const disabled = disable(endpoint("E1"), "failing", LATER);
    if (disabled) await endpoints.save(disabled);
    const removed = remove(endpoint("E2"), LATER);
    if (removed.ok) await endpoints.remove(removed.value);
    const failing = tellFailing(endpoint("E3"), NOW);
    if (failing) await endpoints.save(failing);
    expect((await endpoints.ofDepartment("D1")).map(({ id, state }) => [id, state])).toEqual([
      ["E1", { name: "disabled", at: LATER, reason: "failing" }],
      ["E3", { name: "enabled", failingSince: NOW }],
    ]);
    expect((await endpoints.find("D1", "E2"))?.state).toEqual({ name: "removed", at: LATER });
    if (removed.ok) await expect(endpoints.remove(removed.value)).rejects.toThrow(StaleVersionError);
  });

  it("takes 50 of 60 that come at once, and one more for each that goes", async () => {
    const { endpoints } = await create();
    const at = (n: number) => endpoint(`E${String(n).padStart(2, "0")}`);
    const taken = await Promise.all(Array.from({ length: 60 }, (_, n) => endpoints.add(at(n))));
    expect(taken.filter(Boolean)).toHaveLength(50);
    const [kept] = await endpoints.ofDepartment("D1");
    const removed = kept && remove(kept, LATER);
    if (removed?.ok) await endpoints.remove(removed.value);
    const again = await Promise.all(Array.from({ length: 5 }, (_, n) => endpoints.add(endpoint(`F${n}`))));
    expect(again.filter(Boolean)).toHaveLength(1);
    expect(await endpoints.ofDepartment("D1")).toHaveLength(50);
    expect(await endpoints.add(endpoint("E1", { department: "D2" }))).toBe(true);
  });

  it("keeps one of two writers", async () => {
    const { endpoints } = await create();
    await endpoints.add(endpoint("E1"));
    await expect(endpoints.add(endpoint("E1", { url: "https://other.example/" }))).rejects.toThrow(StaleVersionError);
    await endpoints.save(of(endpoint("E1", { version: 2 })));
    await expect(endpoints.save(of(endpoint("E1", { version: 2 })))).rejects.toThrow(StaleVersionError);
    await expect(endpoints.save(of(endpoint("E1", { version: 4 })))).rejects.toThrow(StaleVersionError);
  });
});

const delivery = (position: number, more: Partial<PendingDelivery> = {}): PendingDelivery => ({
  ...beginDelivery(
    "E",
    { position, id: `e${position}`, source: "/a", subject: "CASE", type: "gov.yimen.a.b.v1", time: NOW, body: "{}" },
    NOW,
  ),
  version: 1,
  ...more,
});
const made = (from: PendingDelivery, status: number, at = NOW) =>
  recordAttempt(from, { result: { status, milliseconds: 8, answer: "名" }, startedAt: NOW, jitter: 0 }, at);

describe.each(everywhere)("the delivery store in %s", (_name, create) => {
  it("finds a delivery as it was saved, in each state", async () => {
    const { deliveries } = await create();
    for (const each of [
      delivery(1),
      made(delivery(2, { version: 0 }), 500),
      made(delivery(3, { version: 0 }), 204),
      giveUp(delivery(4, { version: 0, renewedBy: ["k"] })),
    ]) {
      await deliveries.save(each);
      expect(await deliveries.find(each)).toEqual(each);
    }
    expect(await deliveries.find({ endpoint: "E", position: 5 })).toBeUndefined();
  });

  it("keeps one of two writers", async () => {
    const { deliveries } = await create();
    await deliveries.save(delivery(1));
    await expect(deliveries.save(delivery(1))).rejects.toThrow(StaleVersionError);
    await deliveries.save(made(delivery(1), 204));
    await expect(deliveries.save(made(delivery(1), 204))).rejects.toThrow(StaleVersionError);
  });

  it("pages through an endpoint's log, newest first, and by status", async () => {
    const { deliveries, lanes } = await create();
    await lanes.save({ ...newLane({ id: "E", department: "D1", startsAfter: 0 }), version: 1 });
    for (const position of [1, 10, 2, 9, 100]) await deliveries.save(delivery(position));
    await deliveries.save(delivery(6, { endpoint: "F" }));
    await deliveries.save(made(delivery(9), 204));
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await deliveries.page("E", { limit: 2, cursor });
      seen.push(...(page?.items.map(({ position }) => position) ?? []));
      expect(page?.items.length).toBeLessThanOrEqual(2);
      cursor = page?.next;
    } while (cursor);
    expect(seen).toEqual([100, 10, 9, 2, 1]);
    const arrived = await deliveries.page("E", { limit: 10, status: "delivered" });
    expect(arrived?.items.map(({ position }) => position)).toEqual([9]);
    expect(await deliveries.page("none", { limit: 2 })).toEqual({ items: [] });
    expect(await deliveries.page("E", { limit: 2, cursor: "nonsense" })).toBeUndefined();
    expect((await deliveries.behind("E", 2, 2)).map(({ position }) => position)).toEqual([9, 10]);
  });

  it("gives as many as were asked for, also when each has a long history", async () => {
    const { deliveries } = await create();
    const attempts = Array.from({ length: 30 }, () => ({
      at: NOW,
      status: 500,
      milliseconds: 8,
      answer: "x".repeat(1024),
    }));
    for (let position = 1; position <= 70; position++) await deliveries.save(delivery(position, { attempts }));
    expect((await deliveries.behind("E", 0, 60)).map(({ position }) => position)).toEqual(
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
  });

  it("knows what is due, and when the next is", async () => {
    const { deliveries } = await create();
    expect(await deliveries.nextDue("E")).toBeUndefined();
    await deliveries.save(delivery(3, { nextAttemptAt: LATER }));
    await deliveries.save(delivery(1, { nextAttemptAt: "2026-11-22T02:30:00.000Z" }));
    await deliveries.save(delivery(2));
    await deliveries.save(delivery(4, { endpoint: "F" }));
    expect(await deliveries.due("E", NOW, 10)).toEqual([2]);
    expect(await deliveries.due("E", LATER, 10)).toEqual([2, 1, 3]);
    expect(await deliveries.due("E", LATER, 2)).toEqual([2, 1]);
    await deliveries.save(made(delivery(2), 204));
    expect(await deliveries.nextDue("E")).toBe("2026-11-22T02:30:00.000Z");
  });

  it("knows all that waits longer, also while it is given another time", async () => {
    const { deliveries } = await create();
    for (let position = 1; position <= 250; position++)
      await deliveries.save(delivery(position, { nextAttemptAt: position <= 10 ? NOW : LATER }));
    await deliveries.save(delivery(251, { endpoint: "F", nextAttemptAt: LATER }));
    const seen: number[] = [];
    for await (const positions of deliveries.waitingBeyond("E", NOW)) {
      seen.push(...positions);
      for (const position of positions) await deliveries.save(delivery(position, { version: 2, nextAttemptAt: NOW }));
    }
    expect(seen.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 240 }, (_, i) => i + 11));
    expect(await deliveries.due("E", NOW, 300)).toHaveLength(250);
  });

  it("writes a delivery and its case in one step, or neither", async () => {
    const { deliveries } = await create();
    const held = { endpoint: "E", subject: "CASE", version: 1, positions: [1] };
    await deliveries.saveWithCase([delivery(1)], held);
    await deliveries.saveWithCase([], { ...held, version: 2, positions: [1, 2] });
    expect(await deliveries.heldCases("E")).toEqual([{ ...held, version: 2, positions: [1, 2] }]);
    const stale = { ...held, version: 2, positions: [] };
    await expect(deliveries.saveWithCase([made(delivery(1), 204)], stale)).rejects.toThrow(StaleVersionError);
    expect(await deliveries.find({ endpoint: "E", position: 1 })).toEqual(delivery(1));
    const done = made(delivery(1), 204);
    await expect(
      deliveries.saveWithCase([done, delivery(1)], { ...held, version: 3, positions: [2] }),
    ).rejects.toThrow();
    await deliveries.saveWithCase([done, delivery(2)], { ...held, version: 3, positions: [2] });
    expect(await deliveries.heldCases("E")).toEqual([{ ...held, version: 3, positions: [2] }]);
    await deliveries.saveWithCase([], { ...held, version: 4, positions: [] });
    expect(await deliveries.heldCases("E")).toEqual([]);
    expect(await deliveries.due("E", NOW, 10)).toEqual([2]);
  });
});

describe("a transaction of the delivery store that is cancelled", () => {
  const saving = (...codes: string[]) => {
    const cancelled = new TransactionCanceledException({
      message: "cancelled",
      $metadata: {},
      CancellationReasons: codes.map((Code) => ({ Code })),
    });
    const client = { send: () => Promise.reject(cancelled) } as unknown as DynamoDBDocumentClient;
    const held = { endpoint: "E", subject: "CASE", version: 1, positions: [1] };
    return dynamoDeliveries(client, "webhooks", now).saveWithCase([delivery(1)], held);
  };

  it.each(["ConditionalCheckFailed", "TransactionConflict"])("by %s has lost a race", async (code) => {
    await expect(saving("None", code)).rejects.toThrow(StaleVersionError);
  });

  it.each(["ThrottlingError", "ProvisionedThroughputExceeded", "ValidationError"])("by %s has failed", async (code) => {
    await expect(saving("ConditionalCheckFailed", code)).rejects.toThrow(TransactionCanceledException);
  });
});

describe.each(everywhere)("the lane store in %s", (_name, create) => {
  const lane = { ...newLane({ id: "E", department: "D1", startsAfter: 7 }), version: 1 };

  it("keeps a lane as it was saved, and one of two who take it", async () => {
    const { lanes } = await create();
    expect(await lanes.find("E")).toBeUndefined();
    const taken = take({ ...lane, version: 0 }, "h1", LATER);
    const race = await Promise.allSettled([lanes.save(taken), lanes.save({ ...taken, lease: undefined })]);
    expect(race.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const full = {
      ...mark(taken),
      unclean: true,
      ordered: true,
      failingSince: NOW,
      pausedUntil: LATER,
      slow: true,
      revived: 2,
      hasten: true,
      hastenedAt: NOW,
      unseenUntil: LATER,
      pacedUntil: 12.5,
      wait: { wakeAt: NOW, sweepAt: LATER },
    };
    await lanes.save(full);
    expect(await lanes.find("E")).toEqual(full);
  });

  it("knows which were to be looked at and were not", async () => {
    const { lanes } = await create();
    await lanes.save({ ...lane, wait: { wakeAt: NOW, sweepAt: LATER } });
    await lanes.save({ ...lane, endpoint: "F", wait: undefined });
    const overdue = async (by: string) => {
      const all = [];
      for await (const page of lanes.overdue(by)) all.push(...page);
      return all;
    };
    expect(await overdue(NOW)).toEqual([]);
    expect(await overdue(LATER)).toEqual([{ department: "D1", endpoint: "E" }]);
    await lanes.save(release({ ...lane, version: 1 }, undefined));
    expect(await overdue(LATER)).toEqual([]);
  });
});

describe.each(everywhere)("the recovery store in %s", (_name, create) => {
  it("keeps a recovery and finds those that stand still", async () => {
    const { recoveries } = await create();
    const facts = { id: "R", endpoint: "E", department: "D1", fingerprint: "f" };
    const begun = beginRecovery({ ...facts, what: { of: "feed", after: 3, through: 9 } }, NOW);
    await recoveries.save(begun);
    expect(await recoveries.find("E", "R")).toEqual(begun);
    await expect(recoveries.save(begun)).rejects.toThrow(StaleVersionError);
    const overdue = async () => {
      const all = [];
      for await (const page of recoveries.overdue(LATER)) all.push(...page);
      return all;
    };
    expect(await overdue()).toEqual([{ department: "D1", endpoint: "E", recovery: "R" }]);
    await recoveries.save(progressed(begun, { position: 9, examined: 6, renewed: 2, ended: true }, LATER));
    expect(await overdue()).toEqual([]);
    const failed = beginRecovery({ ...facts, id: "S", what: { of: "failed", since: NOW } }, NOW);
    await recoveries.save(failed);
    expect(await recoveries.find("E", "S")).toEqual(failed);
  });
});

describe.each(everywhere)("the feed in %s", (_name, create) => {
  const body = (subject: string, sequence: number) => JSON.stringify(caseEvent(subject, sequence));

  it("grows at its end only, and is read from anywhere", async () => {
    const { log } = await create();
    expect(await log.tail("D")).toBe(0);
    expect(await log.put("D", { first: 1, at: NOW, bodies: [1, 2, 3].map((n) => body("A", n)) })).toBe(true);
    expect(await log.put("D", { first: 1, at: NOW, bodies: [body("B", 1)] })).toBe(false);
    expect(await log.put("D", { first: 4, at: NOW, bodies: [body("B", 1)] })).toBe(true);
    for (let n = 5; n <= 30; n++) await log.put("D", { first: n, at: NOW, bodies: [body("C", n)] });
    expect(await log.tail("D")).toBe(30);
    expect(await log.tail("OTHER")).toBe(0);
    const [first] = await log.read("D", 0, 1);
    expect(first).toMatchObject({ first: 1, at: NOW });
    expect(first?.events[1]).toEqual({
      position: 2,
      id: "A.2.0",
      source: "/applications",
      subject: "A",
      type: "gov.yimen.application.submitted.v1",
      time: NOW,
      division: "440606",
      body: body("A", 2),
    });
    for (let after = 0; after <= 30; after++) {
      const blocks = await log.read("D", after, 3);
      const positions = blocks.flatMap(({ events }) => events.map(({ position }) => position));
      expect(positions.filter((position) => position > after)[0]).toBe(after === 30 ? undefined : after + 1);
      expect(blocks.length).toBe(Math.min(3, after < 3 ? 3 : 30 - after));
    }
  });

  it("keeps the first claim of an event", async () => {
    const { log } = await create();
    const event = { id: "e", source: "/a" };
    expect(await log.claim("D", event, 7, NOW)).toEqual({ mine: true, after: 7 });
    expect(await log.claim("D", event, 9, NOW)).toEqual({ mine: false, after: 7 });
    expect(await log.claim("D", { ...event, source: "/b" }, 9, NOW)).toEqual({ mine: true, after: 9 });
    expect(await log.claim("E", event, 9, NOW)).toEqual({ mine: true, after: 9 });
    const claims = (await log.claimsOf("D", "e")).map(({ source, after }) => [source, after]);
    expect(claims).toEqual([
      ["/a", 7],
      ["/b", 9],
    ]);
  });
});

it("writes an endpoint's removal on DynamoDB with the event that tells of it", async () => {
  const client = ownDocuments();
  const name = `webhooks-${++tables}`;
  await createDeployedTable(client, name, (scope) => new WebhooksData(scope, local));
  const endpoints = dynamoEndpoints(client, name);
  await endpoints.add(endpoint("E1"));
  const removed = remove(endpoint("E1"), LATER);
  if (removed.ok) await endpoints.remove(removed.value);
  const { GetCommand } = await import("@aws-sdk/lib-dynamodb");
  const Key = { pk: "department#D1", sk: "endpoint#E1" };
  expect((await client.send(new GetCommand({ TableName: name, Key }))).Item?.outbox).toMatchObject([
    { type: "gov.yimen.webhook.endpoint-removed.v1", subject: "E1", sequence: 2, data: { host: "e1.example" } },
  ]);
});

it("remembers where a feed on DynamoDB ended when all its blocks have ended", async () => {
  const client = ownDocuments();
  const name = `webhooks-${++tables}`;
  await createDeployedTable(client, name, (scope) => new WebhooksData(scope, local));
  const { DeleteCommand } = await import("@aws-sdk/lib-dynamodb");
  const later = () => "2027-01-22T02:00:00.000Z";
  const log = dynamoFeedLog(client, name, later);
  await log.tail("D");
  await log.put("D", { first: 1, at: NOW, bodies: [JSON.stringify(caseEvent("A", 1))] });
  await log.put("D", { first: 2, at: NOW, bodies: [JSON.stringify(caseEvent("A", 2))] });
  expect(await log.noteTails()).toBe(1);
  // In no order, as time to live has it.
  await client.send(new DeleteCommand({ TableName: name, Key: { pk: "feed#D", sk: "block#000000000002" } }));
  expect(await log.tail("D")).toBe(2);
  await client.send(new DeleteCommand({ TableName: name, Key: { pk: "feed#D", sk: "block#000000000001" } }));
  expect(await log.tail("D")).toBe(2);
  expect(await log.noteTails()).toBe(1);
  expect(await log.tail("D")).toBe(2);
});

describe.each(everywhere)("the store of event consumers in %s", (_name, create) => {
  it("keeps each consumer's position, and one of two writers", async () => {
    const { consumers } = await create();
    const consumer = { department: "D", name: "b", version: 1, acknowledged: 4, at: NOW };
    await consumers.save(consumer);
    await consumers.save({ ...consumer, name: "a" });
    await consumers.save({ ...consumer, department: "E" });
    const town = { ...consumer, division: "440606101", acknowledged: 1 };
    await consumers.save(town);
    await expect(consumers.save(consumer)).rejects.toThrow(StaleVersionError);
    expect(await consumers.find({ department: "D" }, "b")).toEqual(consumer);
    expect(await consumers.find(town, "b")).toEqual(town);
    expect((await consumers.of({ department: "D" })).map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await consumers.of(town)).map(({ name }) => name)).toEqual(["b"]);
    await consumers.remove({ department: "D" }, "b");
    expect(await consumers.find({ department: "D" }, "b")).toBeUndefined();
    expect(await consumers.find(town, "b")).toEqual(town);
  });
});
