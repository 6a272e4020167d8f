import type { TemplateValue } from "./assembly.ts";
import type { Deployment, Resource } from "./deployment.ts";
import { compilePattern, type Matcher } from "./event-pattern.ts";
import type { Functions, LambdaFunction } from "./functions.ts";
import type { Gateway } from "./gateway.ts";

/** Reads a queue for a function until stopped. */
export interface Mapping {
  /** Resolves when what it was doing is done. */
  stop(): Promise<void>;
}

/** What mappings work with. */
export interface MappingContext {
  deployment: Deployment;
  functions: Functions;
  gateway: Gateway;
  /** Says something that a person should know, such as that reading is not allowed. */
  complain(fn: LambdaFunction, sentence: string): void;
}

/** The filters of a mapping: a record passes when any matches, or when there is none. */
export const filtersOf = (mapping: Resource): Matcher => {
  const filters: { Pattern: string }[] = mapping.properties.FilterCriteria?.Filters ?? [];
  const matchers = filters.map(({ Pattern }) => compilePattern(JSON.parse(Pattern), mapping.logicalId));
  return (record) => matchers.length === 0 || matchers.some((matches) => matches(record));
};

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** A message as ReceiveMessage gives it, in the shape of Lambda's SQS event. */
export const sqsRecord = (message: TemplateValue, queueArn: string, region: string): TemplateValue => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries<TemplateValue>(message.MessageAttributes ?? {}).map(([name, value]) => [
      name,
      {
        stringListValues: [],
        binaryListValues: [],
        ...Object.fromEntries(Object.entries<TemplateValue>(value).map(([key, item]) => [lowerFirst(key), item])),
      },
    ]),
  ),
  md5OfBody: message.MD5OfBody,
  ...(message.MD5OfMessageAttributes && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
  eventSource: "aws:sqs",
  eventSourceARN: queueArn,
  awsRegion: region,
});

/**
 * The identifiers a function reports as failed: none on success, undefined when the whole batch failed.
 * Source: "Handling errors for an SQS event source in Lambda", AWS Lambda Developer Guide.
 */
export const failedIdentifiers = (payload: string, known: ReadonlySet<string>): Set<string> | undefined => {
  const reported = JSON.parse(payload)?.batchItemFailures;
  if (reported === undefined || reported === null) return new Set();
  if (!Array.isArray(reported)) return undefined;
  const identifiers = reported.map((failure) => failure?.itemIdentifier);
  return identifiers.every((id) => typeof id === "string" && known.has(id)) ? new Set(identifiers) : undefined;
};

/** Filters see the body of a message as JSON when it is JSON. */
const filterView = (record: TemplateValue): TemplateValue => {
  try {
    return { ...record, body: JSON.parse(record.body) };
  } catch {
    return record;
  }
};

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref());

/** Starts an SQS event source mapping: one long poll, and as many batches at once as the function may run. */
export const startQueueMapping = (resource: Resource, fn: LambdaFunction, context: MappingContext): Mapping => {
  const { deployment, functions, gateway } = context;
  const { properties } = resource;
  const queueArn = String(properties.EventSourceArn);
  const QueueUrl = `${gateway.url}/${deployment.place.account}/${queueArn.split(":").at(-1)}`;
  const batchSize = Number(properties.BatchSize ?? 10);
  const windowMilliseconds = Number(properties.MaximumBatchingWindowInSeconds ?? 0) * 1000;
  const partial = (properties.FunctionResponseTypes ?? []).includes("ReportBatchItemFailures");
  const concurrency = Math.min(fn.concurrency, Number(properties.ScalingConfig?.MaximumConcurrency ?? fn.concurrency));
  const passes = filtersOf(resource);
  const running = new Set<Promise<void>>();
  let stopped = false;
  let wake: () => void = () => {};
  const stopping = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const sqs = (operation: string, input: TemplateValue) =>
    gateway.call(fn.principal, "sqs", `AmazonSQS.${operation}`, { QueueUrl, ...input });
  const receive = async (wanted: number, WaitTimeSeconds: number): Promise<TemplateValue[]> => {
    const { Messages = [] } = await sqs("ReceiveMessage", {
      MaxNumberOfMessages: Math.min(10, wanted),
      WaitTimeSeconds,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    });
    return Messages;
  };
  const remove = async (records: TemplateValue[]) => {
    for (let i = 0; i < records.length; i += 10) {
      const Entries = records
        .slice(i, i + 10)
        .map((record, n) => ({ Id: String(n), ReceiptHandle: record.receiptHandle }));
      await sqs("DeleteMessageBatch", { Entries });
    }
  };

  const gather = async (): Promise<TemplateValue[]> => {
    const batch = await receive(batchSize, 20);
    const deadline = Date.now() + windowMilliseconds;
    while (batch.length > 0 && batch.length < batchSize && Date.now() < deadline && !stopped) {
      const seconds = Math.min(20, Math.ceil((deadline - Date.now()) / 1000));
      batch.push(...(await receive(batchSize - batch.length, seconds)));
    }
    return batch;
  };

  const handle = async (messages: TemplateValue[]) => {
    const records = messages.map((message) => sqsRecord(message, queueArn, deployment.place.region));
    const wanted = records.filter((record) => passes(filterView(record)));
    await remove(records.filter((record) => !wanted.includes(record)));
    if (wanted.length === 0) return;
    const outcome = await functions.invoke(fn, JSON.stringify({ Records: wanted }));
    if (!outcome.ok) return;
    const failed = partial
      ? failedIdentifiers(outcome.payload, new Set(wanted.map((record) => record.messageId)))
      : new Set<string>();
    if (failed) await remove(wanted.filter((record) => !failed.has(record.messageId)));
  };

  const poll = async () => {
    // Lambda asks for these when a mapping is made, and refuses to make it without the right.
    await sqs("GetQueueAttributes", { AttributeNames: ["QueueArn", "VisibilityTimeout"] });
    while (!stopped) {
      const messages = await gather();
      if (messages.length === 0 || stopped) continue;
      const work: Promise<void> = handle(messages)
        .catch((error: Error) => context.complain(fn, error.message))
        .finally(() => running.delete(work));
      running.add(work);
      if (running.size >= concurrency) await Promise.race(running);
    }
  };

  const forever = async () => {
    while (!stopped) {
      await poll().catch((error: Error) => {
        if (!stopped) context.complain(fn, `Reading ${queueArn} failed: ${error.message}`);
      });
      if (!stopped) await Promise.race([pause(1000), stopping]);
    }
  };
  if (properties.Enabled !== false) forever();
  return {
    stop: async () => {
      stopped = true;
      wake();
      await Promise.all(running);
    },
  };
};
