import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";

const OfficerRow = z.object({
  staff: z.string(),
  department: z.string(),
  division: z.string(),
  roles: z.array(z.enum(["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"])),
  sequence: z.int().positive(),
}) satisfies z.ZodType<Officer>;

/** One row a member of staff, found by department through an index: who is transferred leaves nothing behind. */
export const dynamoOfficers = (client: DynamoDBDocumentClient, tableName: string): OfficerDirectory => ({
  async appoint(officer) {
    const { staff, department, division } = officer;
    try {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            pk: `staff#${staff}`,
            sk: "officer",
            ...officer,
            departmentKey: `officer#${department}`,
            divisionKey: `${division}#${staff}`,
          },
          ConditionExpression: "attribute_not_exists(pk) OR #sequence < :new",
          ExpressionAttributeNames: { "#sequence": "sequence" },
          ExpressionAttributeValues: { ":new": officer.sequence },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },

  async ofDepartment(department) {
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        IndexName: "officers",
        KeyConditionExpression: "departmentKey = :department",
        ExpressionAttributeValues: { ":department": `officer#${department}` },
      },
    );
    const officers: Officer[] = [];
    for await (const { Items = [] } of pages) officers.push(...Items.map((item) => OfficerRow.parse(item)));
    return officers;
  },
});
