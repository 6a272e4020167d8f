import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";

type RowAction =
  `dynamodb:${"GetItem" | "BatchGetItem" | "PutItem" | "BatchWriteItem" | "UpdateItem" | "DeleteItem" | "Query" | "Scan" | "ConditionCheckItem"}`;

/** Exactly these actions on a table's rows, and queries on exactly these of its indexes. */
export const grantRows = (
  table: TableV2,
  grantee: IGrantable,
  actions: readonly RowAction[],
  queriedIndexes: readonly string[] = [],
): void => {
  if (actions.length > 0) Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [table.tableArn] });
  if (queriedIndexes.length > 0)
    Grant.addToPrincipal({
      grantee,
      actions: ["dynamodb:Query"],
      resourceArns: queriedIndexes.map((index) => `${table.tableArn}/index/${index}`),
    });
};
