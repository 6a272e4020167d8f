import { type DynamoDBDocumentClient, GetCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";

const EndpointRow = z.object({
  id: z.string(),
  version: z.int().positive(),
  department: z.string(),
  division: z.string().optional(),
  url: z.string(),
  types: z.array(z.string()),
  description: z.string().optional(),
  secret: z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) }),
  fingerprint: z.string(),
  createdAt: z.string(),
  state: z.discriminatedUnion("name", [
    z.object({ name: z.literal("enabled") }),
    z.object({ name: z.literal("disabled"), at: z.string() }),
    z.object({ name: z.literal("removed"), at: z.string() }),
  ]),
}) satisfies z.ZodType<Endpoint>;

const keyOf = (department: string, id: string) => ({ pk: `department#${department}`, sk: `endpoint#${id}` });

/** A removed endpoint is remembered this long, so that a late repeat of its creation does not bring it back. */
const REMEMBERED_SECONDS = 7 * 86_400;

const expiryOf = ({ state }: Endpoint) =>
  state.name === "removed" ? { expiresAt: Math.ceil(Date.parse(state.at) / 1000) + REMEMBERED_SECONDS } : {};

export const dynamoEndpoints = (client: DynamoDBDocumentClient, tableName: string): EndpointStore => ({
  async find(department, id) {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: keyOf(department, id), ConsistentRead: true }),
    );
    return Item && EndpointRow.parse(Item);
  },

  async ofDepartment(department) {
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": keyOf(department, "").pk },
      },
    );
    const endpoints: Endpoint[] = [];
    for await (const { Items = [] } of pages) endpoints.push(...Items.map((item) => EndpointRow.parse(item)));
    return endpoints.filter(({ state }) => state.name !== "removed");
  },

  save: (endpoint) =>
    putAggregate(
      client,
      tableName,
      { ...keyOf(endpoint.department, endpoint.id), ...endpoint, ...expiryOf(endpoint) },
      [],
    ),
});
