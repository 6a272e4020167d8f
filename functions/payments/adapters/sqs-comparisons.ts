import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { ComparisonQueue } from "../domain/ports.ts";

export const sqsComparisons = (client: SQSClient, QueueUrl: string): ComparisonQueue => ({
  async send({ provider, date }) {
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ provider, date }) }));
  },
});
