import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ItemRules } from "../domain/application.ts";
import type { Items } from "../domain/ports.ts";

const Row = z.object({
  code: z.string(),
  version: z.int(),
  name: z.string(),
  department: z.object({ uscc: z.string(), name: z.string() }),
  division: z.string(),
  handling: z.enum(["instant", "committed"]),
  applicants: z.array(z.enum(["natural", "legal"])),
  limits: z.object({ statutory: z.int(), promised: z.int() }),
  stages: z.array(z.enum(["handling", "review", "approval"])),
}) satisfies z.ZodType<ItemRules>;

const keyOf = (code: string) => ({ pk: `item#${code}`, sk: "item" });

export const dynamoItems = (client: DynamoDBDocumentClient, table: string): Items => ({
  async inForce(code) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(code) }));
    return Item && Row.parse(Item);
  },
  async keep(rules) {
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: { ...keyOf(rules.code), ...rules },
          ConditionExpression: "attribute_not_exists(pk) OR version < :version",
          ExpressionAttributeValues: { ":version": rules.version },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },
});
