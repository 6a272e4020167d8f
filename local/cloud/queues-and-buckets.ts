import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { buildApp, FauxqsServer } from "fauxqs";
import type { TemplateValue } from "./assembly.ts";
import type { Resource } from "./deployment.ts";
import type { Answer, RawRequest } from "./wire.ts";

/** SQS and S3, in this process, by fauxqs. */
export interface QueuesAndBuckets {
  forward(request: RawRequest): Promise<Answer>;
  createQueue(queue: Resource, url: string, arn: string): void;
  createBucket(name: string): void;
  /** Puts a message into a queue, as AWS services do. Durable when it returns (if a directory is used). */
  send(queue: string, body: string, group?: string): void;
  stop(): Promise<void>;
}

type StoredMessage = ReturnType<NonNullable<ReturnType<FauxqsServer["inspectQueue"]>>["messages"]["ready"]["at"]>;

interface StoredQueue {
  name: string;
  url: string;
  inflightMessages: Map<string, unknown>;
  persistence?: unknown;
  attributes: Record<string, string>;
  setAttributes(attributes: Record<string, string>): void;
  changeVisibility(receiptHandle: string, seconds: number): void;
  enqueue(message: StoredMessage): void;
  nextSequenceNumber(): string;
}

interface QueueStore {
  queues: Map<string, StoredQueue>;
  persistence?: unknown;
  createQueue(name: string, url: string, arn: string, attributes: Record<string, string>): StoredQueue;
  getQueueByName(name: string): StoredQueue | undefined;
  allQueues(): Iterable<StoredQueue>;
}

interface BucketStore {
  persistence?: unknown;
  createBucket(name: string): void;
}

interface Persistence {
  db: { exec(sql: string): void; prepare(sql: string): { run(...values: string[]): unknown } };
  updateMessageReady(messageId: string): void;
  load(queues: QueueStore, topics: unknown, buckets: BucketStore): void;
  close(): void;
}

/**
 * fauxqs exports only a server that listens on every network interface and gives queues a fixed account. Its parts, at the version that
 * package.json pins, let us run it without any port and with the account of the templates.
 */
const fauxqsParts = async () => {
  const root = dirname(fileURLToPath(import.meta.resolve("fauxqs")));
  const load = (path: string) => import(pathToFileURL(join(root, path)).href);
  const [fauxqs, { SqsStore }, { SnsStore }, { S3Store }, { PersistenceManager }] = await Promise.all([
    load("app.js"),
    load("sqs/sqsStore.js"),
    load("sns/snsStore.js"),
    load("s3/s3Store.js"),
    load("persistence.js"),
  ]);
  return {
    buildApp: fauxqs.buildApp as typeof buildApp,
    queues: new SqsStore() as QueueStore,
    topics: new SnsStore() as { persistence?: unknown },
    buckets: new S3Store() as BucketStore,
    message: SqsStore.createMessage as (
      body: string,
      attributes: Record<string, never>,
      delaySeconds: number | undefined,
      group: string | undefined,
      deduplication: string | undefined,
    ) => NonNullable<StoredMessage>,
    deduplicationId: SqsStore.contentBasedDeduplicationId as (body: string) => string,
    persistence: (directory: string) => new PersistenceManager(directory) as Persistence,
  };
};

const copiedAttributes = [
  ...["VisibilityTimeout", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "MaximumMessageSize"],
  ...["MessageRetentionPeriod", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"],
];

const queueAttributes = (properties: Record<string, TemplateValue>): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const name of copiedAttributes) if (properties[name] !== undefined) attributes[name] = String(properties[name]);
  if (properties.RedrivePolicy) attributes.RedrivePolicy = JSON.stringify(properties.RedrivePolicy);
  return attributes;
};

/** Starts fauxqs. @param directory where queues and objects are kept; undefined keeps them in memory */
export const startQueuesAndBuckets = async (directory: string | undefined): Promise<QueuesAndBuckets> => {
  const { queues, topics, buckets, message, deduplicationId, persistence, ...fauxqs } = await fauxqsParts();
  const kept = directory ? persistence(directory) : undefined;
  if (kept) {
    // Safe when the process is killed; only a failing machine could lose the last moments.
    kept.db.exec("PRAGMA synchronous = NORMAL");
    // fauxqs 2.4.1 sets the receive count to NULL here, which its own table refuses: ChangeMessageVisibility to 0 would fail.
    const ready = kept.db.prepare(
      "UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
    );
    kept.updateMessageReady = (messageId) => ready.run(messageId);
    kept.load(queues, topics, buckets);
    queues.persistence = topics.persistence = buckets.persistence = kept;
    for (const queue of queues.allQueues()) {
      queue.persistence = kept;
      // Whoever had received these messages ended with the process before this one.
      for (const handle of [...queue.inflightMessages.keys()]) queue.changeVisibility(handle, 0);
    }
  }
  const app = fauxqs.buildApp({
    logger: false,
    stores: { sqsStore: queues, snsStore: topics, s3Store: buckets } as unknown as NonNullable<
      NonNullable<Parameters<typeof buildApp>[0]>["stores"]
    >,
  });
  await app.ready();

  return {
    forward: async ({ method, url, headers, body }) => {
      const response = await app.inject({ method: method as "GET", url, headers, payload: body });
      return { status: response.statusCode, headers: response.headers, body: response.rawPayload };
    },
    createQueue: (queue, url, arn) => {
      const attributes = queueAttributes(queue.properties);
      const existing = queues.getQueueByName(queue.physicalId);
      if (!existing) {
        queues.createQueue(queue.physicalId, url, arn, attributes);
        return;
      }
      existing.setAttributes(attributes);
      queues.queues.delete(existing.url);
      existing.url = url;
      queues.queues.set(url, existing);
    },
    createBucket: (name) => buckets.createBucket(name),
    send: (name, body, group) => {
      const queue = queues.getQueueByName(name);
      if (!queue) throw new Error(`There is no queue ${name}.`);
      const fifo = queue.attributes.FifoQueue === "true";
      const delay = Number(queue.attributes.DelaySeconds ?? 0);
      const sent = message(
        body,
        {},
        delay || undefined,
        fifo ? (group ?? "events") : undefined,
        fifo ? deduplicationId(body) : undefined,
      );
      if (fifo) sent.sequenceNumber = queue.nextSequenceNumber();
      queue.enqueue(sent);
    },
    stop: async () => {
      await app.close();
      kept?.close();
    },
  };
};
