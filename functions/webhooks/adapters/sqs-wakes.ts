import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Speed, WakeQueue } from "../domain/ports.ts";

const BATCH_AT_MOST = 10;

export const sqsWakes = (client: Pick<SQSClient, "send">, queueUrls: Readonly<Record<Speed, string>>): WakeQueue => ({
  async send(speed, wakes) {
    for (let start = 0; start < wakes.length; start += BATCH_AT_MOST) {
      const Entries = wakes.slice(start, start + BATCH_AT_MOST).map(({ delaySeconds, ...message }, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(message),
        DelaySeconds: delaySeconds,
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrls[speed], Entries }));
      if (Failed.length > 0) throw new Error(`${Failed.length} wakes were not queued: ${Failed[0]?.Code}`);
    }
  },
});
