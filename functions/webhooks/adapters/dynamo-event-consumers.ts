import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { EventConsumer } from "../domain/event-consumer.ts";
import type { EventConsumerStore } from "../domain/feed-ports.ts";

const ConsumerRow = z.object({
  department: z.string(),
  name: z.string(),
  version: z.int().positive(),
  acknowledged: z.int().nonnegative(),
  at: z.string(),
}) satisfies z.ZodType<EventConsumer>;

const keyOf = (department: string, name: string) => ({ pk: `consumers#${department}`, sk: name });

export const dynamoEventConsumers = (client: DynamoDBDocumentClient, TableName: string): EventConsumerStore => ({
  async find(department, name) {
    const { Item } = await client.send(
      new GetCommand({ TableName, Key: keyOf(department, name), ConsistentRead: true }),
    );
    return Item && ConsumerRow.parse(Item);
  },
  /** There are 50 at most: one page. */
  async ofDepartment(department) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": keyOf(department, "").pk },
      }),
    );
    return Items.map((item) => ConsumerRow.parse(item));
  },
  save: (consumer) =>
    putAggregate(client, TableName, { ...keyOf(consumer.department, consumer.name), ...consumer }, []),
  async remove(department, name) {
    await client.send(new DeleteCommand({ TableName, Key: keyOf(department, name) }));
  },
});
