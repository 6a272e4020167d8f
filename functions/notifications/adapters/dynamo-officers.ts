import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand, paginateQuery, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Officer } from "../domain/officer.ts";
import type { OfficerDirectory } from "../domain/ports.ts";

const OfficerRow = z.object({
  staff: z.string(),
  department: z.string(),
  division: z.string(),
  roles: z.array(z.enum(["clerk", "officer", "approver", "supervisor", "catalogue-manager", "operator"])),
  sequence: z.int().positive(),
  chatUser: z.string().optional(),
}) satisfies z.ZodType<Officer>;

/** Where operators are found in the index of what has to be looked at: they are few. */
const OPERATORS = "operators";

const keyOf = (staff: string) => ({ pk: `staff#${staff}`, sk: "officer" });

/** One row a member of staff, found by department through an index: who is transferred leaves nothing behind. */
export const dynamoOfficers = (client: DynamoDBDocumentClient, tableName: string): OfficerDirectory => {
  const find = async (staff: string): Promise<Officer | undefined> => {
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: keyOf(staff) }));
    const officer = OfficerRow.safeParse(Item);
    return officer.success ? officer.data : undefined;
  };

  return {
    /** Leaves the bound account as it is: an appointment knows nothing of it. */
    async appoint({ staff, department, division, roles, sequence }) {
      const isOperator = roles.includes("operator");
      try {
        await client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(staff),
            UpdateExpression: `SET staff = :staff, department = :department, division = :division, #roles = :roles, #sequence = :new, departmentKey = :departmentKey, divisionKey = :divisionKey${isOperator ? ", dueShard = :operators, dueAt = :staff" : " REMOVE dueShard, dueAt"}`,
            ConditionExpression: "attribute_not_exists(#sequence) OR #sequence < :new",
            ExpressionAttributeNames: { "#sequence": "sequence", "#roles": "roles" },
            ExpressionAttributeValues: {
              ":staff": staff,
              ":department": department,
              ":division": division,
              ":roles": roles,
              ":new": sequence,
              ":departmentKey": `officer#${department}`,
              ":divisionKey": `${division}#${staff}`,
              ...(isOperator && { ":operators": OPERATORS }),
            },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
    },

    find,

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

    async operators() {
      const pages = paginateQuery(
        { client },
        {
          TableName: tableName,
          IndexName: "due",
          KeyConditionExpression: "dueShard = :operators",
          ExpressionAttributeValues: { ":operators": OPERATORS },
        },
      );
      const officers: Officer[] = [];
      for await (const { Items = [] } of pages) {
        const found = await Promise.all(Items.map(({ staff }) => find(String(staff))));
        officers.push(...found.filter((officer) => officer !== undefined));
      }
      return officers;
    },
  };
};
