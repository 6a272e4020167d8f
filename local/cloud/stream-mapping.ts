import type { TemplateValue } from "./assembly.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Resource } from "./deployment.ts";
import type { LambdaFunction } from "./functions.ts";
import { filtersOf, type Mapping, type MappingContext } from "./queue-mapping.ts";
import { type BatchRules, processBatch } from "./stream-batch.ts";
import { failureDestination } from "./stream-failures.ts";

const quickestPoll = 20;
/**
 * Writes go through the gateway, which wakes us; this is only for what it cannot see, such as expiry. DynamoDB Local keeps the records of
 * all streams in one table and looks through all that came after a reader's place: where nothing happens, each look costs more than the one before.
 */
const slowestPoll = 10_000;
const shardRefresh = 5000;

interface Shard {
  ShardId: string;
  ParentShardId?: string;
  SequenceNumberRange: { EndingSequenceNumber?: string };
}

const expired = new Set(["ExpiredIteratorException", "TrimmedDataAccessException"]);

/** Starts a DynamoDB stream event source mapping: every shard is read in order, parents before their children. */
export const startStreamMapping = (
  resource: Resource,
  fn: LambdaFunction,
  context: MappingContext,
  checkpoints: Checkpoints,
): Mapping => {
  const { deployment, functions, gateway } = context;
  const { properties } = resource;
  const { region } = deployment.place;
  const StreamArn = String(properties.EventSourceArn);
  const table = /:table\/([^/]+)\//.exec(StreamArn)?.[1] ?? "";
  const batchSize = Number(properties.BatchSize ?? 100);
  const windowMilliseconds = Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const passes = filtersOf(resource);
  const rules: BatchRules = {
    bisect: properties.BisectBatchOnFunctionError === true,
    retries: Number(properties.MaximumRetryAttempts ?? -1),
    maximumAgeSeconds: Number(properties.MaximumRecordAgeInSeconds ?? -1),
    partial: (properties.FunctionResponseTypes ?? []).includes("ReportBatchItemFailures"),
  };
  const destination = failureDestination(resource, fn, StreamArn, gateway, deployment.place);
  const complain = (sentence: string) => context.complain(fn, sentence);

  let stopped = false;
  const sleepers = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of [...sleepers]) wake();
  };
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      if (stopped) return resolve();
      const wake = () => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      sleepers.add(wake);
    });
  let writes = 0;
  const forgetWrites = gateway.onWrite(table, () => {
    writes++;
    wakeAll();
  });

  const streams = (operation: string, input: TemplateValue) =>
    gateway.call(fn.principal, "dynamodb", `DynamoDBStreams_20120810.${operation}`, input);
  const iteratorAt = async (shard: string, trimmed: boolean): Promise<string> => {
    const at = trimmed ? undefined : checkpoints.read(shard);
    // LATEST holds at the first start only: later, what came while we were away must not be lost.
    const start =
      checkpoints.resumed || trimmed || resumedShards ? "TRIM_HORIZON" : String(properties.StartingPosition);
    const { ShardIterator } = await streams("GetShardIterator", {
      StreamArn,
      ShardId: shard,
      ...(at ? { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: at } : { ShardIteratorType: start }),
    });
    return ShardIterator;
  };
  /** After the first look at the stream, a new shard is read from its beginning. */
  let resumedShards = false;

  const asLambdaRecord = (record: TemplateValue) => ({ ...record, awsRegion: region, eventSourceARN: StreamArn });

  const handle = async (shard: string, records: TemplateValue[]) => {
    const last = records.at(-1).dynamodb.SequenceNumber;
    const wanted = records.map(asLambdaRecord).filter(passes);
    if (wanted.length > 0)
      await processBatch(wanted, rules, {
        invoke: (batch) => functions.invoke(fn, JSON.stringify({ Records: batch })),
        done: (sequenceNumber) => checkpoints.write(shard, sequenceNumber),
        discard: (batch, reason, attempts) =>
          destination
            .send(shard, batch, reason, attempts)
            .catch((error: Error) =>
              complain(`Records of ${table} were lost, the failure destination refused them: ${error.message}`),
            ),
        pause: sleep,
        stopped: () => stopped,
      });
    if (!stopped) checkpoints.write(shard, last);
  };

  /** Reads a shard to its end (when it is closed) or until stopped. */
  const readShard = async (shard: string) => {
    let iterator: string | undefined = await iteratorAt(shard, false);
    let wait = quickestPoll;
    let batch: TemplateValue[] = [];
    let batchDeadline = 0;
    const flush = async () => {
      const ready = batch;
      batch = [];
      if (ready.length > 0) await handle(shard, ready);
    };
    while (!stopped && iterator) {
      const seen = writes;
      let page: TemplateValue;
      try {
        page = await streams("GetRecords", {
          ShardIterator: iterator,
          Limit: Math.min(1000, batchSize - batch.length),
        });
      } catch (error) {
        const { code } = error as { code?: string };
        if (!code || !expired.has(code)) throw error;
        batch = [];
        iterator = await iteratorAt(shard, code === "TrimmedDataAccessException");
        continue;
      }
      iterator = page.NextShardIterator;
      if (page.Records.length > 0) {
        if (batch.length === 0) batchDeadline = Date.now() + windowMilliseconds;
        batch.push(...page.Records);
        wait = quickestPoll;
      }
      if (batch.length >= batchSize || (batch.length > 0 && Date.now() >= batchDeadline)) {
        await flush();
      } else if (batch.length > 0) {
        await sleep(Math.min(batchDeadline - Date.now(), 100));
      } else if (seen === writes) {
        await sleep(wait);
        wait = writes > seen ? quickestPoll : Math.min(slowestPoll, wait * 2);
      }
    }
    if (!stopped) await flush();
  };

  const reading = new Map<string, Promise<void>>();
  const finished = new Set<string>();
  const follow = async () => {
    const { StreamDescription } = await streams("DescribeStream", { StreamArn });
    const shards: Shard[] = StreamDescription.Shards ?? [];
    const known = new Set(shards.map((shard) => shard.ShardId));
    for (const { ShardId, ParentShardId } of shards) {
      if (reading.has(ShardId) || finished.has(ShardId)) continue;
      if (ParentShardId && known.has(ParentShardId) && !finished.has(ParentShardId)) continue;
      const work = readShard(ShardId)
        .then(() => {
          if (!stopped) finished.add(ShardId);
        })
        .catch((error: Error) => {
          if (!stopped) complain(`Reading the stream of ${table} failed: ${error.message}`);
          return sleep(1000);
        })
        .finally(() => {
          reading.delete(ShardId);
          shardsChanged();
        });
      reading.set(ShardId, work);
    }
    resumedShards = true;
  };
  let shardsChanged: () => void = () => {};

  const forever = async () => {
    // Lambda asks for these when a mapping is made, and refuses to make it without the rights.
    await streams("ListStreams", { ExclusiveStartStreamArn: StreamArn, Limit: 1 }).catch((error: Error) =>
      complain(error.message),
    );
    await destination.check().catch((error: Error) => complain(error.message));
    while (!stopped) {
      await follow().catch((error: Error) => {
        if (!stopped) complain(`Reading the stream of ${table} failed: ${error.message}`);
      });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, shardRefresh);
        shardsChanged = () => {
          clearTimeout(timer);
          resolve();
        };
        if (stopped) shardsChanged();
      });
    }
  };
  const running = properties.Enabled === false ? Promise.resolve() : forever();
  return {
    stop: async () => {
      stopped = true;
      forgetWrites();
      wakeAll();
      shardsChanged();
      await Promise.all([running, ...reading.values()]);
    },
  };
};
