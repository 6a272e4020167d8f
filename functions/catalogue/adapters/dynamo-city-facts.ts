import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { CityFacts, Reference } from "../domain/ports.ts";

const ReferenceRow = z.discriminatedUnion("sk", [
  z.object({ sk: z.literal("divisions"), rows: z.array(z.object({ code: z.string(), name: z.string() })) }),
  z.object({
    sk: z.literal("departments"),
    rows: z.array(z.object({ uscc: z.string(), name: z.string(), division: z.string(), assumed: z.boolean() })),
  }),
  z.object({
    sk: z.literal("licenceTypes"),
    rows: z.array(z.object({ name: z.string(), tells: z.array(z.string()) })),
  }),
]);
const StaffRow = z.object({ division: z.string(), roles: z.array(z.string()) });

const REFERENCE = "reference";
const staffOwner = (department: string) => `staff#${department}`;

/** What the operator told is three rows of one partition; staff are one row each, found by department in `by-owner`. */
export const dynamoCityFacts = (client: DynamoDBDocumentClient, TableName: string): CityFacts => {
  const query = async (input: Omit<Parameters<typeof paginateQuery>[1], "TableName">): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for await (const { Items = [] } of paginateQuery({ client }, { TableName, ...input })) rows.push(...Items);
    return rows;
  };
  return {
    async reference() {
      const rows = await query({
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": REFERENCE },
      });
      const parts = rows.map((row) => ReferenceRow.parse(row)).map(({ sk, rows: part }) => [sk, part] as const);
      const known: Partial<Reference> = Object.fromEntries(parts);
      return { divisions: [], departments: [], licenceTypes: [], ...known };
    },
    async keepReference(reference) {
      for (const [sk, rows] of Object.entries(reference))
        if (rows) await client.send(new PutCommand({ TableName, Item: { pk: REFERENCE, sk, rows } }));
    },
    async staffOf(department) {
      const rows = await query({
        IndexName: "by-owner",
        KeyConditionExpression: "#owner = :owner",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":owner": staffOwner(department) },
      });
      return rows.map((row) => StaffRow.parse(row)).filter(({ roles }) => roles.length > 0);
    },
    async keepStaff({ staff, department, division, roles, sequence }) {
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: {
              pk: `staff#${staff}`,
              sk: "staff",
              owner: staffOwner(department),
              ownedAt: `${division}#${staff}`,
              division,
              roles,
              sequence,
            },
            ConditionExpression: "attribute_not_exists(pk) OR #sequence < :new",
            ExpressionAttributeNames: { "#sequence": "sequence" },
            ExpressionAttributeValues: { ":new": sequence },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },
  };
};
