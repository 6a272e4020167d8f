import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { AttemptQueue } from "../domain/ports.ts";

const BATCH_AT_MOST = 10;

export const sqsAttempts = (client: Pick<SQSClient, "send">, queueUrl: string): AttemptQueue => ({
  async send(attempts) {
    for (let start = 0; start < attempts.length; start += BATCH_AT_MOST) {
      const Entries = attempts.slice(start, start + BATCH_AT_MOST).map(({ delaySeconds, ...message }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(message),
        DelaySeconds: delaySeconds,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      if (Failed.length > 0) throw new Error(`${Failed.length} attempts were not queued: ${Failed[0]?.Code}`);
    }
  },
});
