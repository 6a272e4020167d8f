import { type EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AttributeValue, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import * as z from "zod";
import { AnyEvent } from "#shared/contracts/events/envelope.ts";
import { logger } from "#shared/runtime/logger.ts";
import { packedEvents } from "#shared/runtime/packed-events.ts";

const PUT_EVENTS_AT_MOST = 10;

const Outbox = z.array(AnyEvent).default([]);

interface Entry {
  readonly event: AnyEvent;
  readonly sequenceNumber: string;
}

const entriesOf = (record: DynamoDBRecord): Entry[] => {
  const outbox = record.dynamodb?.NewImage?.outbox;
  if (!outbox) return [];
  return Outbox.parse(eventsIn(outbox)).map((event) => ({
    event,
    sequenceNumber: record.dynamodb?.SequenceNumber ?? "",
  }));
};

/** A list of events, or the same packed; a stream record is JSON, and its binaries are base64. */
const eventsIn = (outbox: AttributeValue): unknown => {
  const packed = outbox.B as string | Uint8Array | undefined;
  if (packed !== undefined)
    return packedEvents.unpack(typeof packed === "string" ? Buffer.from(packed, "base64") : packed);
  return unmarshall({ events: outbox as never }).events;
};

/**
 * Publishes the outbox of every changed row to the bus, in stream order. At the first record that cannot be read or that
 * the bus does not take whole (which PutEvents reports inside an HTTP 200), it has the stream come back to that record.
 */
export const relay =
  ({ bus, busName }: { bus: Pick<EventBridgeClient, "send">; busName: string }) =>
  async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const { entries, unreadable } = readUpToUnreadable(Records);
    const comeBackTo = (await publish(bus, busName, entries)) ?? unreadable;
    return { batchItemFailures: comeBackTo === undefined ? [] : [{ itemIdentifier: comeBackTo }] };
  };

const readUpToUnreadable = (records: readonly DynamoDBRecord[]): { entries: Entry[]; unreadable?: string } => {
  const entries: Entry[] = [];
  for (const record of records) {
    try {
      entries.push(...entriesOf(record));
    } catch (error) {
      const sequenceNumber = record.dynamodb?.SequenceNumber ?? "";
      logger.error("relay.unreadable", error, { sequenceNumber });
      return { entries, unreadable: sequenceNumber };
    }
  }
  return { entries };
};

/** The sequence number of the first record that was not published whole; undefined when all were. */
const publish = async (
  bus: Pick<EventBridgeClient, "send">,
  busName: string,
  entries: readonly Entry[],
): Promise<string | undefined> => {
  for (let start = 0; start < entries.length; start += PUT_EVENTS_AT_MOST) {
    const chunk = entries.slice(start, start + PUT_EVENTS_AT_MOST);
    const failed = await put(bus, busName, chunk);
    if (failed !== undefined) return chunk[failed]?.sequenceNumber;
    for (const { event } of chunk)
      logger.info("event.published", { type: event.type, subject: event.subject, id: event.id });
  }
  return undefined;
};

const put = async (bus: Pick<EventBridgeClient, "send">, busName: string, chunk: readonly Entry[]) => {
  try {
    const { Entries, FailedEntryCount } = await bus.send(
      new PutEventsCommand({
        Entries: chunk.map(({ event }) => ({
          EventBusName: busName,
          Source: `yimen${event.source.replaceAll("/", ".")}`,
          DetailType: event.type,
          Time: new Date(event.time),
          Detail: JSON.stringify(event),
        })),
      }),
    );
    if (!FailedEntryCount) return undefined;
    const index = Entries?.findIndex(({ ErrorCode }) => ErrorCode) ?? 0;
    logger.error("relay.entry-refused", new Error(Entries?.[index]?.ErrorMessage ?? "unknown"), {
      code: Entries?.[index]?.ErrorCode,
    });
    return Math.max(index, 0);
  } catch (error) {
    logger.error("relay.bus-unreachable", error);
    return 0;
  }
};
