import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import * as z from "zod";
import { correlated } from "./correlation.ts";
import { logger } from "./logger.ts";

const EventBridgeBody = z.object({ detail: z.unknown() });

type Subscribed = {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly correlationid?: string | undefined;
};

/**
 * Handles one kind of event from a queue that a bus rule feeds; its body is an EventBridge envelope whose `detail` is our
 * CloudEvent. What throws is retried and at last dead-lettered, alone: the rest of the batch is done.
 */
export const consume = <E extends Subscribed>(schema: z.ZodType<E>, handle: (event: E) => Promise<void>) =>
  consumeQueue(EventBridgeBody, ({ detail }) => {
    const event = schema.parse(detail);
    return correlated(event.correlationid ?? event.id, () => handle(event));
  });

/** The same for a queue whose messages are our own. */
export const consumeQueue = <M>(schema: z.ZodType<M>, handle: (message: M) => Promise<void>) => {
  const processor = new BatchProcessor(EventType.SQS);
  const onRecord = async (record: SQSRecord) => {
    try {
      await handle(schema.parse(JSON.parse(record.body)));
    } catch (error) {
      logger.error("message.failed", error, { messageId: record.messageId });
      throw error;
    }
  };
  return (event: SQSEvent, context: Context): Promise<SQSBatchResponse> =>
    processPartialResponse(event, onRecord, processor, { context, throwOnFullBatchFailure: false });
};
