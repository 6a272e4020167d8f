import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { putAggregate } from "#shared/runtime/outbox.ts";
import type { CaseFacts } from "../domain/case-facts.ts";
import type { Cases } from "../domain/ports.ts";

const Row = z.object({
  id: z.string(),
  version: z.int().positive(),
  sequence: z.int().positive(),
  status: z.enum(["open", "decided", "concluded", "closed"]),
  number: z.string(),
  itemCode: z.string(),
  department: z.string(),
  division: z.string(),
  applicant: z.object({ kind: z.enum(["natural", "legal"]), id: z.string() }).optional(),
  deliverable: z.boolean().optional(),
}) satisfies z.ZodType<CaseFacts>;

const keyOf = (id: string) => ({ pk: `case#${id}`, sk: "case" });

/** This capability's own copy of what it needs of cases. */
export const dynamoCases = (client: DynamoDBDocumentClient, table: string): Cases => ({
  async find(id) {
    const { Item } = await client.send(new GetCommand({ TableName: table, Key: keyOf(id), ConsistentRead: true }));
    return Item && Row.parse(Item);
  },
  keep: (facts) => putAggregate(client, table, { ...keyOf(facts.id), ...facts }, []),
});
