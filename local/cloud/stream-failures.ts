import { createHash, randomUUID } from "node:crypto";
import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Resource } from "./deployment.ts";
import type { LambdaFunction } from "./functions.ts";
import type { Gateway } from "./gateway.ts";
import type { Place } from "./place.ts";
import type { GivenUp } from "./stream-batch.ts";

const uuidOf = (resource: Resource): string =>
  createHash("sha256")
    .update(`${resource.stack}/${resource.logicalId}`)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

/** Where records go that were given up. */
export interface FailureDestination {
  /** What Lambda makes sure of when the mapping is made. @throws Error when the function lacks the right */
  check(): Promise<void>;
  send(shard: string, batch: TemplateValue[], reason: GivenUp, attempts: number): Promise<void>;
}

/**
 * Sends records that were given up to the mapping's failure destination, with the function's own rights.
 * Source: "Retain discarded records for a DynamoDB event source", AWS Lambda Developer Guide.
 * @throws CloudError for destinations that are neither a queue nor a bucket
 */
export const failureDestination = (
  mapping: Resource,
  fn: LambdaFunction,
  streamArn: string,
  gateway: Gateway,
  place: Place,
): FailureDestination => {
  const destination: string | undefined = mapping.properties.DestinationConfig?.OnFailure?.Destination;
  if (!destination) return { check: async () => {}, send: async () => {} };
  const service = destination.split(":")[2];
  if (service !== "s3" && service !== "sqs")
    throw new CloudError(
      `This cloud cannot send failed records to ${destination} (${mapping.logicalId} in ${mapping.stack}).`,
    );
  const name = destination.split(":").at(-1) ?? "";
  const uuid = uuidOf(mapping);

  const send: FailureDestination["send"] = async (shard, batch, reason, attempts) => {
    const first = batch[0].dynamodb;
    const last = batch.at(-1).dynamodb;
    const now = new Date().toISOString();
    const record = {
      requestContext: {
        requestId: randomUUID(),
        functionArn: fn.arn,
        condition: reason,
        approximateInvokeCount: attempts,
      },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      version: "1.0",
      timestamp: now,
      DDBStreamBatchInfo: {
        shardId: shard,
        startSequenceNumber: first.SequenceNumber,
        endSequenceNumber: last.SequenceNumber,
        approximateArrivalOfFirstRecord: new Date(first.ApproximateCreationDateTime * 1000).toISOString(),
        approximateArrivalOfLastRecord: new Date(last.ApproximateCreationDateTime * 1000).toISOString(),
        batchSize: batch.length,
        streamArn,
      },
    };
    if (service === "sqs") {
      await gateway.call(fn.principal, "sqs", "AmazonSQS.SendMessage", {
        QueueUrl: `${gateway.url}/${place.account}/${name}`,
        MessageBody: JSON.stringify(record),
      });
      return;
    }
    const day = now.slice(0, 10);
    const moment = now.slice(0, 19).replaceAll(":", ".");
    const key = `aws/lambda/${uuid}/${shard}/${day.replaceAll("-", "/")}/${moment}-${randomUUID()}`;
    const payload = JSON.stringify({ Records: batch });
    await gateway.callS3(fn.principal, "PUT", name, key, JSON.stringify({ ...record, payload }));
  };
  return {
    send,
    check: async () => {
      if (service === "s3") await gateway.callS3(fn.principal, "HEAD", name, "", "");
    },
  };
};
