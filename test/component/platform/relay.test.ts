import type { EventBridgeClient, PutEventsCommand, PutEventsCommandOutput } from "@aws-sdk/client-eventbridge";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { relay } from "#functions/platform/relay.ts";
import type { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { packedEvents } from "#shared/runtime/packed-events.ts";

const event = (id: string): AnyEvent => ({
  specversion: "1.0",
  id,
  source: "/applications/readings",
  type: "gov.yimen.application.submitted.v1",
  time: "2026-11-22T02:00:00.000Z",
  subject: "case-1",
  datacontenttype: "application/json",
  sequence: 1,
  correlationid: "request-1",
  data: { number: "n-1" },
});

const changed = (
  row: Record<string, unknown>,
  sequence: number,
  eventName: DynamoDBRecord["eventName"] = "MODIFY",
): DynamoDBRecord => ({
  eventID: `e-${sequence}`,
  eventName,
  dynamodb: { SequenceNumber: `s-${sequence}`, NewImage: marshall(row) as never },
});
const row = (sequence: number, ...ids: string[]) =>
  changed({ pk: "case-1", sk: "case", outbox: ids.map(event) }, sequence);
const rows = (count: number, from = 0) => Array.from({ length: count }, (_, i) => row(from + i, `id-${from + i}`));
const batch = (...Records: DynamoDBRecord[]): DynamoDBStreamEvent => ({ Records });

type Entries = NonNullable<ConstructorParameters<typeof PutEventsCommand>[0]["Entries"]>;

/** A bus that keeps what it takes; it refuses the events named, one by one inside a success, or a whole call. */
const fakeBus = ({ refuses = [], failsAtCall }: { refuses?: string[]; failsAtCall?: number } = {}) => {
  const calls: Entries[] = [];
  const idOf = ({ Detail }: Entries[number]): string => JSON.parse(Detail ?? "").id;
  const send = async ({ input: { Entries = [] } }: PutEventsCommand): Promise<Partial<PutEventsCommandOutput>> => {
    calls.push(Entries);
    if (calls.length === failsAtCall) throw new Error("connect ETIMEDOUT");
    const answers = Entries.map((entry) =>
      refuses.includes(idOf(entry))
        ? { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" }
        : { EventId: "x" },
    );
    return { FailedEntryCount: answers.filter((answer) => "ErrorCode" in answer).length, Entries: answers };
  };
  return {
    bus: { send } as unknown as Pick<EventBridgeClient, "send">,
    calls,
    sizes: () => calls.map(({ length }) => length),
    offered: () => calls.flat().map(idOf),
  };
};

const run = (fake: ReturnType<typeof fakeBus>, ...records: DynamoDBRecord[]) =>
  relay({ bus: fake.bus, busName: "yimen" })(batch(...records)).then(({ batchItemFailures }) =>
    batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
  );

describe("the relay", () => {
  it("publishes a packed outbox as it does a plain one, from the base64 that Lambda hands over", async () => {
    const fake = fakeBus();
    const packed = packedEvents.pack([event("a"), event("b")]).toString("base64");
    const record: DynamoDBRecord = {
      eventName: "MODIFY",
      dynamodb: { SequenceNumber: "s-1", NewImage: { pk: { S: "case-1" }, outbox: { B: packed } } },
    };
    expect(await run(fake, record)).toEqual([]);
    expect(fake.offered()).toEqual(["a", "b"]);
  });

  it("publishes the outbox of a row as it stands, under its type and source", async () => {
    const fake = fakeBus();
    expect(await run(fake, row(1, "a"))).toEqual([]);
    const [entry] = fake.calls[0] ?? [];
    expect(entry).toMatchObject({
      EventBusName: "yimen",
      Source: "yimen.applications.readings",
      DetailType: "gov.yimen.application.submitted.v1",
      Time: new Date("2026-11-22T02:00:00.000Z"),
    });
    expect(JSON.parse(entry?.Detail ?? "")).toEqual(event("a"));
  });

  it("publishes in the order of the stream, and all events of a row in theirs", async () => {
    const fake = fakeBus();
    expect(await run(fake, row(1, "a", "b"), row(2, "c"), row(3, "d", "e"))).toEqual([]);
    expect(fake.offered()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it.each([
    [10, [10]],
    [11, [10, 1]],
    [25, [10, 10, 5]],
  ])("sends %i events in calls of ten at most", async (count, sizes) => {
    const fake = fakeBus();
    expect(await run(fake, ...rows(count))).toEqual([]);
    expect(fake.sizes()).toEqual(sizes);
  });

  it.each([
    ["a row without an outbox", changed({ pk: "item#1", sk: "item" }, 1)],
    ["a row with an empty outbox", changed({ pk: "case-1", sk: "case", outbox: [] }, 1)],
    ["a row that was removed", { eventName: "REMOVE", dynamodb: { SequenceNumber: "s-1" } } as DynamoDBRecord],
  ])("has nothing to publish of %s", async (_what, record) => {
    const fake = fakeBus();
    expect(await run(fake, record)).toEqual([]);
    expect(fake.calls).toEqual([]);
  });

  it("has nothing to do with an empty batch", async () => {
    const fake = fakeBus();
    expect([await run(fake), fake.calls]).toEqual([[], []]);
  });
});

describe("the stream comes back to the record", () => {
  it.each([
    ["the first", ["id-0"], "s-0"],
    ["one in the middle", ["id-4"], "s-4"],
    ["the earliest of several", ["id-7", "id-3", "id-5"], "s-3"],
    ["all", rows(8).map((_, i) => `id-${i}`), "s-0"],
  ])("that the bus refused inside a success: %s", async (_what, refuses, sequence) => {
    expect(await run(fakeBus({ refuses }), ...rows(8))).toEqual([sequence]);
  });

  it("of which the bus took only some events", async () => {
    expect(await run(fakeBus({ refuses: ["c"] }), row(1, "a"), row(2, "b", "c"), row(3, "d"))).toEqual(["s-2"]);
  });

  it("of which the last events fell into the next call, when that call fails", async () => {
    const records = [...rows(9), row(9, "a", "b", "c")];
    expect(await run(fakeBus({ refuses: ["b"] }), ...records)).toEqual(["s-9"]);
    expect(await run(fakeBus({ failsAtCall: 2 }), ...records)).toEqual(["s-9"]);
  });

  it("that stands first in a call that did not get through, and later calls are not made", async () => {
    const fake = fakeBus({ failsAtCall: 2 });
    expect(await run(fake, ...rows(35))).toEqual(["s-10"]);
    expect(fake.sizes()).toEqual([10, 10]);
  });

  it("that was refused in a call, and later calls are not made: order within a case is kept", async () => {
    const fake = fakeBus({ refuses: ["id-3"] });
    expect(await run(fake, ...rows(15))).toEqual(["s-3"]);
    expect(fake.sizes()).toEqual([10]);
  });

  it.each([
    ["an outbox that is no list", { outbox: "x" }],
    ["an event without a type", { outbox: [{ ...event("x"), type: undefined }] }],
    ["an event that is not ours", { outbox: [{ ...event("x"), type: "com.example.x" }] }],
    ["one bad event behind a good one", { outbox: [event("x"), { nope: 1 }] }],
  ])("that cannot be read, after all before it are published: %s", async (_what, unreadable) => {
    const fake = fakeBus();
    const bad = changed(JSON.parse(JSON.stringify({ pk: "p", sk: "s", ...unreadable })), 2);
    expect(await run(fake, row(1, "a"), bad, row(3, "b"))).toEqual(["s-2"]);
    expect(fake.offered()).toEqual(["a"]);
  });

  it("that was refused rather than to a later one that cannot be read", async () => {
    const bad = changed({ outbox: "x" }, 3);
    expect(await run(fakeBus({ refuses: ["a"] }), row(1, "a"), row(2, "b"), bad)).toEqual(["s-1"]);
  });
});
