import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoCases } from "#functions/logistics/adapters/dynamo-cases.ts";
import { dynamoShipments } from "#functions/logistics/adapters/dynamo-shipments.ts";
import { dynamoWaybills } from "#functions/logistics/adapters/dynamo-waybills.ts";
import { memoryCases } from "#functions/logistics/adapters/memory-cases.ts";
import { memoryShipments } from "#functions/logistics/adapters/memory-shipments.ts";
import { memoryWaybills } from "#functions/logistics/adapters/memory-waybills.ts";
import { type Push, takePush } from "#functions/logistics/domain/follow-parcel.ts";
import type { Cases, Shipments, Waybills } from "#functions/logistics/domain/ports.ts";
import { requestShipment } from "#functions/logistics/domain/request-shipment.ts";
import type { Change, Shipment } from "#functions/logistics/domain/shipment.ts";
import { takeCarrierPush } from "#functions/logistics/steps/take-push.ts";
import { LogisticsData } from "#infra/capabilities/logistics.ts";
import { local } from "#infra/config.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { StaleVersionError } from "#shared/runtime/outbox.ts";
import { createDeployedTable } from "#test/support/deployed-table.ts";
import {
  address,
  caseFacts,
  cipher,
  command,
  granted,
  NUMBERS,
  patience,
  personalWords,
  START,
  sentBy,
  tariff,
} from "#test/support/logistics.ts";
import { ownDocuments } from "#test/support/own-documents.ts";

interface Subject {
  readonly shipments: Shipments;
  readonly waybills: Waybills;
  readonly cases: Cases;
  /** Every event that stands in the outbox, in no order. */
  told(): Promise<readonly AnyEvent[]>;
  /** All that is stored, as text; undefined where nothing leaves the process. */
  stored(): Promise<string | undefined>;
}

let tables = 0;

const now = () => START;

const onDynamo = async (): Promise<Subject> => {
  const client = ownDocuments();
  const table = `logistics-${++tables}`;
  await createDeployedTable(client, table, (scope) => new LogisticsData(scope, local));
  const rows = async () => (await client.send(new ScanCommand({ TableName: table }))).Items ?? [];
  return {
    shipments: dynamoShipments(client, { table, cipher, patience }),
    waybills: dynamoWaybills(client, { table, cipher, now }),
    cases: dynamoCases(client, table),
    told: async () => (await rows()).flatMap(({ outbox }) => outbox ?? []),
    stored: async () =>
      JSON.stringify(await rows(), (_, value) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
      ),
  };
};

const inMemory = async (): Promise<Subject> => {
  const shipments = memoryShipments(cipher, patience);
  return {
    shipments,
    waybills: memoryWaybills(cipher),
    cases: memoryCases(),
    told: async () => shipments.published(),
    stored: async () => undefined,
  };
};

const hours = (n: number): string => new Date(Date.parse(START) + n * 3_600_000).toISOString();

/** The first change of a shipment that waits to be sent, for the n-th case. */
const ready = (n: number, facts: Parameters<typeof caseFacts>[0] = {}): Change => {
  const wish = { direction: "to-applicant", address: address(), carrier: "ems", payment: "on-delivery" } as const;
  const known = caseFacts({ id: `case-${n}`, status: "decided", ...facts });
  return granted(requestShipment({ id: `shipment-${n}`, serial: 0 }, known, wish, tariff, command(hours(n))));
};

const delivered: Push = {
  source: "ems",
  number: NUMBERS.ems,
  report: {
    kind: "increment",
    events: [
      { key: "k1", at: hours(1), state: "collected", text: `寄件人 ${address().name}`, code: "00", source: "ems" },
      { key: "k2", at: hours(2), state: "delivered", text: "本人收", code: "10", source: "ems", signedBy: "本人收" },
    ],
    voided: [],
  },
};

describe.each([
  ["memory", inMemory],
  ["DynamoDB", onDynamo],
])("the stores of logistics in %s", (_name, make) => {
  it("give a shipment back as it was written, in every phase", async () => {
    const { shipments } = await make();
    const first = ready(1);
    await shipments.save(first);
    expect(await shipments.find("shipment-1")).toEqual(first.state);
    const sent: Shipment = { ...sentBy("ems"), id: "shipment-1", version: 2 };
    await shipments.save({ state: sent, at: START, events: [] });
    const change = granted(takePush(sent, delivered, hours(3)));
    if (!change) throw new Error("nothing new");
    await shipments.save(change);
    expect(await shipments.find("shipment-1")).toEqual(change.state);
    const readBack = (await shipments.find("shipment-1")) as Shipment;
    expect(granted(takePush(readBack, delivered, hours(4)))).toBeUndefined();
    expect(await shipments.find("nobody")).toBeUndefined();
  });

  it("write state and events together, once", async () => {
    const { shipments, told } = await make();
    const first = ready(1);
    await shipments.save(first);
    await expect(shipments.save(first)).rejects.toThrow(StaleVersionError);
    expect((await told()).map(({ type, sequence, subject }) => [type, sequence, subject])).toEqual([
      ["gov.yimen.shipment.requested.v1", 1, "shipment-1"],
      ["gov.yimen.shipment.ready.v1", 1, "shipment-1"],
    ]);
  });

  it("let one of many writers at once through", async () => {
    const { shipments } = await make();
    await shipments.save(ready(1));
    const sent: Shipment = { ...sentBy("ems"), id: "shipment-1", version: 2 };
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => shipments.save({ state: sent, at: START, events: [] })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("list what waits to be sent by department and division, the longest waiting first, page by page", async () => {
    const { shipments } = await make();
    for (const n of [3, 1, 2]) await shipments.save(ready(n));
    await shipments.save(ready(4, { division: "440607" }));
    await shipments.save(ready(5, { department: "11440606MB2D0123XA" }));
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await shipments.toSend("11440606MB2D26310W", "440606", { limit: 2, cursor });
      if (page === "bad-cursor") throw new Error(page);
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(ids).toEqual(["shipment-1", "shipment-2", "shipment-3"]);
    const city = await shipments.toSend("11440606MB2D26310W", "440600", { limit: 100 });
    expect(city).toMatchObject({ items: { length: 4 } });
    expect(await shipments.toSend("11440606MB2D26310W", "440606", { limit: 2, cursor: "bm8" })).toBe("bad-cursor");
    const sent: Shipment = { ...sentBy("ems"), id: "shipment-1", version: 2 };
    await shipments.save({ state: sent, at: START, events: [] });
    expect(await shipments.toSend("11440606MB2D26310W", "440606", { limit: 100 })).toMatchObject({
      items: { length: 2 },
    });
  });

  it("list what differs, to a department and to everyone, until it is resolved", async () => {
    const { shipments } = await make();
    const first = ready(1);
    await shipments.save(first);
    const differing: Shipment = { ...first.state, version: 2, difference: { kind: "fee-differs", foundAt: hours(5) } };
    await shipments.save({ state: differing, at: hours(5), events: [] });
    const expected = { items: [{ id: "shipment-1", difference: "fee-differs", foundAt: hours(5), due: 0, paid: 0 }] };
    expect(await shipments.differences("everyone", { limit: 10 })).toMatchObject(expected);
    const of = { department: "11440606MB2D26310W", division: "440606" };
    expect(await shipments.differences(of, { limit: 10 })).toMatchObject(expected);
    expect(await shipments.differences({ ...of, division: "440607" }, { limit: 10 })).toMatchObject({ items: [] });
    const resolved = { at: hours(6), by: { client: "c" }, reason: "已查明", paid: 0 };
    const state: Shipment = {
      ...differing,
      version: 3,
      difference: { kind: "fee-differs", foundAt: hours(5), resolved },
    };
    await shipments.save({ state, at: hours(6), events: [] });
    expect(await shipments.differences("everyone", { limit: 10 })).toMatchObject({ items: [] });
  });

  it("say which are to be looked at by then, and no others", async () => {
    const { shipments } = await make();
    await shipments.save(ready(1));
    const sent: Shipment = { ...sentBy("ems"), id: "shipment-1", version: 2 };
    await shipments.save({ state: sent, at: START, events: [] });
    const at = async (by: string) => {
      const ids: string[] = [];
      for await (const page of shipments.toLookAt(by)) ids.push(...page);
      return ids;
    };
    expect(await at("2026-11-26T15:59:59.000Z")).toEqual([]);
    expect(await at("2026-11-26T16:00:00.000Z")).toEqual(["shipment-1"]);
  });

  it("let a number belong to one shipment", async () => {
    const { waybills } = await make();
    expect(await waybills.find(NUMBERS.ems)).toBeUndefined();
    const answers = await Promise.all(["a", "b", "a", "b"].map((id) => waybills.claim(NUMBERS.ems, id)));
    expect(answers.filter((answer) => answer === "claimed")).toHaveLength(2);
    expect(["a", "b"]).toContain(await waybills.find(NUMBERS.ems));
  });

  it("give up a number only for its owner, and let it belong to another then", async () => {
    const { waybills } = await make();
    await waybills.release(NUMBERS.ems, "a");
    expect(await waybills.claim(NUMBERS.ems, "a")).toBe("claimed");
    await waybills.release(NUMBERS.ems, "b");
    expect(await waybills.find(NUMBERS.ems)).toBe("a");
    await waybills.release(NUMBERS.ems, "a");
    expect(await waybills.find(NUMBERS.ems)).toBeUndefined();
    expect(await waybills.claim(NUMBERS.ems, "b")).toBe("claimed");
    expect(await waybills.claim(NUMBERS.ems, "a")).toBe("taken");
    await waybills.release(NUMBERS.ems, "a");
    expect(await waybills.find(NUMBERS.ems)).toBe("b");
  });

  it("park what is told of unknown numbers: once each, bounded, and give it back as it was", async () => {
    const { waybills } = await make();
    const parked = { id: expect.stringMatching(/^[\w-]{43}$/), push: delivered };
    const first = await waybills.park(delivered, START);
    expect(first).toEqual(parked);
    expect(await waybills.park(delivered, START)).toEqual(first);
    expect(await waybills.parked(NUMBERS.ems)).toEqual([first]);
    expect(await waybills.parked(NUMBERS.sf)).toEqual([]);
    for (let n = 0; n < 99; n++)
      await waybills.park({ ...delivered, aborted: n % 2 === 0, correctedCarrier: `c${n}` }, START);
    expect(await waybills.park({ ...delivered, correctedCarrier: "one too many" }, START)).toBe("full");
    expect(await waybills.parked(NUMBERS.ems)).toHaveLength(100);
  });

  it("keep facts of cases by version", async () => {
    const { cases } = await make();
    const facts = caseFacts();
    await cases.keep(facts);
    expect(await cases.find(facts.id)).toEqual(facts);
    await expect(cases.keep(facts)).rejects.toThrow(StaleVersionError);
    await cases.keep({ ...facts, version: 2, status: "decided" });
    expect((await cases.find(facts.id))?.status).toBe("decided");
  });

  it("give back what is parked in the order in which it first came", async () => {
    const { waybills } = await make();
    const told = Array.from({ length: 8 }, (_, n): Push => ({ ...delivered, correctedCarrier: `c${n}` }));
    for (const [n, push] of told.entries()) await waybills.park(push, hours(n));
    await waybills.park(told[0] ?? delivered, hours(20));
    expect((await waybills.parked(NUMBERS.ems)).map(({ push }) => push)).toEqual(told);
  });

  it("apply one push once, though it comes twelve times at once", async () => {
    const { shipments, waybills, told } = await make();
    await shipments.save(ready(1));
    const sent: Shipment = { ...sentBy("ems"), id: "shipment-1", version: 2 };
    await waybills.claim(NUMBERS.ems, "shipment-1");
    await shipments.save({ state: sent, at: START, events: [] });
    const deps = { shipments, waybills, now };
    const results = await Promise.all(Array.from({ length: 12 }, () => takeCarrierPush(deps, delivered)));
    expect(results.filter((result) => result === "applied")).toHaveLength(1);
    expect(results.filter((result) => result === "nothing-new")).toHaveLength(11);
    expect((await shipments.find("shipment-1"))?.version).toBe(3);
    expect((await told()).filter(({ type }) => type.endsWith("delivered.v1"))).toHaveLength(1);
  });

  it("record a reading with its event, and keep nothing personal in the clear", async () => {
    const { shipments, waybills, told, stored } = await make();
    const { state } = ready(1);
    await shipments.save(ready(1));
    await waybills.park(delivered, START);
    await shipments.recordReading({
      id: "r1",
      shipment: state,
      at: START,
      client: "c",
      officer: "o",
      purpose: "sending",
    });
    expect((await told()).map(({ type }) => type)).toContain("gov.yimen.application.personal-data-read.v1");
    const text = (await stored()) ?? "";
    for (const word of personalWords()) expect(text).not.toContain(word);
  });
});
