import { CreateTableCommand, type CreateTableCommandInput } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { Construct } from "constructs";

/** Makes the one table that a data construct declares, so that keys, indexes and projections are those that are deployed. */
export const createDeployedTable = async (
  client: DynamoDBDocumentClient,
  TableName: string,
  declare: (scope: Construct) => void,
): Promise<void> => {
  const stack = new Stack(new App(), "Data");
  declare(stack);
  const [table] = Object.values(Template.fromStack(stack).findResources("AWS::DynamoDB::GlobalTable"));
  if (!table) throw new Error("no table is declared");
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = table.Properties as CreateTableCommandInput;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions,
      KeySchema,
      ...(GlobalSecondaryIndexes && { GlobalSecondaryIndexes }),
    }),
  );
};
