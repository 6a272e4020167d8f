import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate, StaleVersionError } from "#shared/runtime/outbox.ts";
import { ENDPOINTS_AT_MOST, type Endpoint } from "../domain/endpoint.ts";
import type { EndpointStore } from "../domain/ports.ts";
import { endpointEvents } from "./endpoint-events.ts";

const Sealed = z.object({ keyId: z.string(), data: z.instanceof(Uint8Array) });
const Keys = z.object({ madeBy: z.string(), secret: Sealed, seed: Sealed, publicKey: z.string() });

const EndpointRow = z.object({
  id: z.string(),
  version: z.int().positive(),
  department: z.string(),
  division: z.string().optional(),
  url: z.string(),
  types: z.array(z.string()),
  items: z.array(z.string()).optional(),
  divisions: z.array(z.string()).optional(),
  description: z.string().optional(),
  contact: z.string().optional(),
  ordered: z.boolean(),
  ratePerSecond: z.number().positive(),
  keys: z.object({ current: Keys, previous: z.array(Keys.extend({ until: z.string() })).optional() }),
  fingerprint: z.string(),
  createdAt: z.string(),
  state: z.discriminatedUnion("name", [
    z.object({ name: z.literal("enabled"), failingSince: z.string().optional() }),
    z.object({ name: z.literal("disabled"), at: z.string(), reason: z.enum(["department", "gone", "failing"]) }),
    z.object({ name: z.literal("removed"), at: z.string() }),
  ]),
  startsAfter: z.int().nonnegative(),
  receipts: z.array(z.object({ key: z.string(), fingerprint: z.string(), version: z.int() })),
}) satisfies z.ZodType<Endpoint>;

const endpointsOf = (department: string): string => `department#${department}`;
const keyOf = (department: string, id: string) => ({ pk: endpointsOf(department), sk: `endpoint#${id}` });
/** How many endpoints a department has, counted in the same write that makes or removes one. */
const countOf = (department: string) => ({ pk: endpointsOf(department), sk: "count" });

/** A removed endpoint is remembered this long, so that a late repeat of its creation does not bring it back. */
const REMEMBERED_SECONDS = 7 * 86_400;

/** Two transactions at one row cancel each other: the next try comes after. */
const ATTEMPTS_AT_A_RACE = 40;

const rowOf = (endpoint: Endpoint) => ({ ...keyOf(endpoint.department, endpoint.id), ...endpoint });

export const dynamoEndpoints = (client: DynamoDBDocumentClient, TableName: string): EndpointStore => {
  /** Why a transaction was cancelled, by its parts; undefined when it was written. */
  const transact = async (
    TransactItems: NonNullable<TransactWriteCommandInput["TransactItems"]>,
  ): Promise<readonly string[] | undefined> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await client.send(new TransactWriteCommand({ TransactItems }));
        return undefined;
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const codes = (error.CancellationReasons ?? []).map(({ Code = "None" }) => Code);
        if (codes.includes("ConditionalCheckFailed")) return codes;
        if (!codes.includes("TransactionConflict") || attempt === ATTEMPTS_AT_A_RACE) throw error;
      }
    }
  };

  return {
    async find(department, id) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: keyOf(department, id), ConsistentRead: true }),
      );
      return Item && EndpointRow.parse(Item);
    },

    async ofDepartment(department) {
      const pages = paginateQuery(
        { client },
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :endpoint)",
          ExpressionAttributeValues: { ":pk": endpointsOf(department), ":endpoint": "endpoint#" },
        },
      );
      const endpoints: Endpoint[] = [];
      for await (const { Items = [] } of pages) endpoints.push(...Items.map((item) => EndpointRow.parse(item)));
      return endpoints.filter(({ state }) => state.name !== "removed");
    },

    async add(endpoint) {
      const { department } = endpoint;
      const codes = await transact([
        { Put: { TableName, Item: rowOf(endpoint), ConditionExpression: "attribute_not_exists(pk)" } },
        {
          Update: {
            TableName,
            Key: countOf(department),
            UpdateExpression: "ADD live :one",
            ConditionExpression: "attribute_not_exists(live) OR live < :most",
            ExpressionAttributeValues: { ":one": 1, ":most": ENDPOINTS_AT_MOST },
          },
        },
      ]);
      if (codes?.[0] === "ConditionalCheckFailed") throw new StaleVersionError(endpoint.id);
      return codes === undefined;
    },

    save: ({ endpoint, news }) => putAggregate(client, TableName, rowOf(endpoint), endpointEvents(endpoint, news)),

    async remove({ endpoint, news }) {
      const { department, id, state, version } = endpoint;
      const expiresAt =
        state.name === "removed" ? Math.ceil(Date.parse(state.at) / 1000) + REMEMBERED_SECONDS : undefined;
      const codes = await transact([
        {
          Put: {
            TableName,
            Item: { ...rowOf(endpoint), expiresAt, outbox: endpointEvents(endpoint, news) },
            ConditionExpression: "version = :previous",
            ExpressionAttributeValues: { ":previous": version - 1 },
          },
        },
        {
          Update: {
            TableName,
            Key: countOf(department),
            UpdateExpression: "ADD live :less",
            ExpressionAttributeValues: { ":less": -1 },
          },
        },
        { Delete: { TableName, Key: { pk: `endpoint#${id}`, sk: "lane" } } },
      ]);
      if (codes) throw new StaleVersionError(id);
    },
  };
};
