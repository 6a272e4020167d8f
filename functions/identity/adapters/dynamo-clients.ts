import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Client } from "../domain/client.ts";
import type { ClientStore } from "../domain/ports.ts";

const Row = z.object({
  id: z.string(),
  version: z.int().positive(),
  name: z.string(),
  secretHash: z.string(),
  scopes: z.array(z.string()),
  channel: z.string().optional(),
  department: z.string().optional(),
  division: z.string().optional(),
}) satisfies z.ZodType<Client>;

const keyOf = (id: string) => ({ pk: `client#${id}`, sk: "current" });

export const dynamoClients = (client: DynamoDBDocumentClient, tableName: string): ClientStore => ({
  async find(id) {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: keyOf(id), ConsistentRead: true }));
    return Item && Row.parse(Item);
  },
  save: (registered) => putAggregate(client, tableName, { ...keyOf(registered.id), ...registered }, []),
});
