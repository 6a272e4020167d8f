import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import { type Client, GRANT_TYPES } from "../domain/client.ts";
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
  grants: z.array(z.enum(GRANT_TYPES)).optional(),
  authentication: z.enum(["secret", "private-key", "none"]).optional(),
  keys: z
    .array(
      z.object({
        kty: z.literal("EC"),
        crv: z.literal("P-256"),
        kid: z.string().optional(),
        x: z.string(),
        y: z.string(),
      }),
    )
    .optional(),
  application: z.enum(["web", "native"]).optional(),
  redirectUris: z.array(z.string()).optional(),
  postLogoutRedirectUris: z.array(z.string()).optional(),
  backchannelLogoutUri: z.string().optional(),
  firstParty: z.boolean().optional(),
  users: z.enum(["persons", "staff"]).optional(),
  acr: z.enum(["1", "2", "3"]).optional(),
}) satisfies z.ZodType<Client>;

const keyOf = (id: string) => ({ pk: `client#${id}`, sk: "current" });

export const dynamoClients = (client: DynamoDBDocumentClient, tableName: string): ClientStore => ({
  async find(id) {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: keyOf(id), ConsistentRead: true }));
    return Item && Row.parse(Item);
  },
  save: (registered) => putAggregate(client, tableName, { ...keyOf(registered.id), ...registered }, []),
});
