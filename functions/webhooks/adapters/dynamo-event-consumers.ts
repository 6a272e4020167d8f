import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { EventConsumer, FeedReader } from "../domain/event-consumer.ts";
import type { EventConsumerStore } from "../domain/feed-ports.ts";

const ConsumerRow = z.object({
  department: z.string(),
  division: z.string().optional(),
  name: z.string(),
  version: z.int().positive(),
  acknowledged: z.int().nonnegative(),
  at: z.string(),
}) satisfies z.ZodType<EventConsumer>;

const partitionOf = ({ department, division }: FeedReader): string =>
  division === undefined ? `consumers#${department}` : `consumers#${department}#${division}`;
const keyOf = (reader: FeedReader, name: string) => ({ pk: partitionOf(reader), sk: name });

export const dynamoEventConsumers = (client: DynamoDBDocumentClient, TableName: string): EventConsumerStore => ({
  async find(reader, name) {
    const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(reader, name), ConsistentRead: true }));
    return Item && ConsumerRow.parse(Item);
  },
  /** There are 50 at most: one page. */
  async of(reader) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": partitionOf(reader) },
      }),
    );
    return Items.map((item) => ConsumerRow.parse(item));
  },
  save: (consumer) => putAggregate(client, TableName, { ...keyOf(consumer, consumer.name), ...consumer }, []),
  async remove(reader, name) {
    await client.send(new DeleteCommand({ TableName, Key: keyOf(reader, name) }));
  },
});
