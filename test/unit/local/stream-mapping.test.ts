import { afterEach, describe, expect, it } from "vitest";
import type { TemplateValue } from "#local/cloud/assembly.ts";
import { openCheckpoints } from "#local/cloud/checkpoints.ts";
import type { Deployment, Resource } from "#local/cloud/deployment.ts";
import type { Functions, LambdaFunction } from "#local/cloud/functions.ts";
import type { Gateway } from "#local/cloud/gateway.ts";
import type { Mapping } from "#local/cloud/queue-mapping.ts";
import { startStreamMapping } from "#local/cloud/stream-mapping.ts";

interface StubShard {
  id: string;
  parent?: string;
  records: number[];
  closed: boolean;
}

/** A stream as DynamoDB's API shows it; iterators are "shard:position". `fail` may refuse a read. */
const streamOf = (shards: StubShard[], fail: (iterator: string) => string | undefined = () => undefined) => {
  const types: string[] = [];
  const call = async (
    _who: unknown,
    _service: string,
    target: string,
    input: TemplateValue,
  ): Promise<TemplateValue> => {
    const operation = target.split(".")[1];
    if (operation === "ListStreams") return {};
    if (operation === "DescribeStream")
      return {
        StreamDescription: {
          Shards: shards.map(({ id, parent }) => ({ ShardId: id, ...(parent && { ParentShardId: parent }) })),
        },
      };
    const [id = "", position = "0"] = String(input.ShardId ?? input.ShardIterator).split(":");
    const shard = shards.find((candidate) => candidate.id === id);
    if (!shard) throw Object.assign(new Error("no shard"), { code: "ResourceNotFoundException" });
    if (operation === "GetShardIterator") {
      types.push(`${id} ${input.ShardIteratorType}`);
      const at =
        input.ShardIteratorType === "AFTER_SEQUENCE_NUMBER"
          ? shard.records.indexOf(Number(input.SequenceNumber)) + 1
          : 0;
      return { ShardIterator: `${id}:${at}` };
    }
    const code = fail(input.ShardIterator);
    if (code) throw Object.assign(new Error(code), { code });
    const Records = shard.records
      .slice(Number(position))
      .map((n) => ({ dynamodb: { SequenceNumber: String(n), ApproximateCreationDateTime: 0 } }));
    const end = Number(position) + Records.length;
    return { Records, ...(shard.closed && end >= shard.records.length ? {} : { NextShardIterator: `${id}:${end}` }) };
  };
  return { types, gateway: { call, onWrite: () => () => {}, url: "" } as unknown as Gateway };
};

const mapping = {
  logicalId: "M",
  stack: "S",
  properties: {
    EventSourceArn: "arn:aws:dynamodb:r:1:table/T/stream/L",
    StartingPosition: "TRIM_HORIZON",
    BatchSize: 10,
  },
} as unknown as Resource;
const fn = { name: "F", principal: {} } as unknown as LambdaFunction;

let running: Mapping | undefined;
afterEach(() => running?.stop());

const read = async (
  stream: ReturnType<typeof streamOf>,
  count: number,
  checkpoints = openCheckpoints(undefined),
): Promise<number[]> => {
  const seen: number[] = [];
  const complaints: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const invoke = async (_fn: LambdaFunction, event: string) => {
      seen.push(...JSON.parse(event).Records.map((record: TemplateValue) => Number(record.dynamodb.SequenceNumber)));
      if (seen.length >= count) resolve();
      return { ok: true, payload: "null" } as const;
    };
    running = startStreamMapping(
      mapping,
      fn,
      {
        deployment: { place: { region: "r" } } as Deployment,
        functions: { invoke } as unknown as Functions,
        gateway: stream.gateway,
        complain: (_fn, sentence) => {
          complaints.push(sentence);
          reject(new Error(sentence));
        },
      },
      checkpoints,
    );
  });
  await running?.stop();
  return seen;
};

describe("reading a stream", () => {
  it("reads a closed shard to its end before its child", async () => {
    const stream = streamOf([
      { id: "child", parent: "old", records: [3, 4], closed: false },
      { id: "old", records: [1, 2], closed: true },
    ]);
    expect(await read(stream, 4)).toEqual([1, 2, 3, 4]);
  });

  it("reads a child whose parent has been trimmed away", async () => {
    expect(await read(streamOf([{ id: "child", parent: "gone", records: [7], closed: false }]), 1)).toEqual([7]);
  });

  it("goes on after the checkpoint", async () => {
    const checkpoints = openCheckpoints(undefined);
    checkpoints.write("s", "2");
    const stream = streamOf([{ id: "s", records: [1, 2, 3], closed: false }]);
    expect(await read(stream, 1, checkpoints)).toEqual([3]);
    expect(stream.types).toEqual(["s AFTER_SEQUENCE_NUMBER"]);
    expect(checkpoints.read("s")).toBe("3");
  });

  it("takes a new iterator from the checkpoint when its own has expired", async () => {
    const shard: StubShard = { id: "s", records: [1], closed: false };
    let expired = false;
    const stream = streamOf([shard], (iterator) => {
      if (iterator !== "s:1" || expired) return undefined;
      expired = true;
      shard.records.push(2);
      return "ExpiredIteratorException";
    });
    expect(await read(stream, 2)).toEqual([1, 2]);
    expect(stream.types).toEqual(["s TRIM_HORIZON", "s AFTER_SEQUENCE_NUMBER"]);
  });

  it("starts at the oldest record when the checkpoint has been trimmed", async () => {
    const checkpoints = openCheckpoints(undefined);
    checkpoints.write("s", "1");
    let trimmed = false;
    const stream = streamOf([{ id: "s", records: [8, 9], closed: false }], () => {
      if (trimmed) return undefined;
      trimmed = true;
      return "TrimmedDataAccessException";
    });
    expect(await read(stream, 2, checkpoints)).toEqual([8, 9]);
    expect(stream.types.at(-1)).toBe("s TRIM_HORIZON");
  });
});
